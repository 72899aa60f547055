"""The settings' endpoints as one chat model, each with the profile that was found for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from wenyuan.errors import WrongUse
from wenyuan.settings import EndpointSettings, LlmSettings

if TYPE_CHECKING:
    from wenyuan.chat.client import Endpoint
    from wenyuan.chat.probe import Probed
    from wenyuan.chat.profile import Profile
    from wenyuan.types import ChatModel


def chat_model(settings: LlmSettings, folder: Path) -> ChatModel | None:
    """The model that the settings name, with those that stand in for it; None where they name none.

    Raises:
        WrongUse: one has no URL or no name, or the file of profiles in `folder` is not valid.
    """
    if not settings.url:
        return None
    from wenyuan.chat.failover import Failover
    from wenyuan.chat.profile import Profiles
    from wenyuan.tools.schema_tools import SchemaTools

    first = EndpointSettings(url=settings.url, model=settings.model, key=settings.key)
    profiles = Profiles.read(folder)
    models: list[ChatModel] = []
    for each in (first, *settings.fallbacks):
        if not each.model:
            raise WrongUse(f'The endpoint {each.url} needs the name of its model: [llm] model = "…".')
        endpoint = make_endpoint(each.url, each.model, each.key, settings)
        profile = profiles.get(endpoint.id)
        if settings.window:
            profile = profile.model_copy(update={"window": settings.window})
        endpoint = endpoint.with_profile(profile)
        models.append(endpoint if profile.tools == "native" else SchemaTools(endpoint))
    return Failover(models)


def make_endpoint(url: str, model: str, key: SecretStr, settings: LlmSettings) -> Endpoint:
    """One endpoint with the settings' patience."""
    from wenyuan.chat.client import Endpoint, Patience

    if not url.startswith(("http://", "https://")):
        raise WrongUse(f"'{url}' is no base URL; write http://host:port/v1.")
    patience = Patience(
        connect=settings.connect_seconds,
        first=settings.first_seconds,
        between=settings.between_seconds,
        total=settings.total_seconds,
        retries=settings.retries,
    )
    return Endpoint(url, model, key.get_secret_value() or None, patience=patience)


async def probe_endpoint(url: str, model: str | None, settings: LlmSettings, window: int) -> Probed:
    """What an endpoint can do; see `generate.probe`."""
    from wenyuan.chat.probe import probe

    place = url.rstrip("/")
    known = next((each for each in settings.fallbacks if each.url.rstrip("/") == place), None)
    named = known if known and settings.url.rstrip("/") != place else settings

    def make(name: str, profile: Profile) -> Endpoint:
        return make_endpoint(url, name, named.key, settings).with_profile(profile)

    return await probe(make, model or named.model or None, window=window)


def keep_profile(folder: Path, url: str, probed: Probed) -> Path:
    """Write the profile where the knowledge base in `folder` finds it."""
    from wenyuan.chat.client import Endpoint
    from wenyuan.chat.profile import Profiles

    return Profiles.read(folder).write(Endpoint(url, probed.model).id, probed.profile)
