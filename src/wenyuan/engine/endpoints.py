"""The settings' endpoints as one chat model, each with the profile that was found for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from wenyuan.chat.address import without_secrets
from wenyuan.engine.portal import Portal
from wenyuan.errors import WrongUse
from wenyuan.settings import EndpointSettings, LlmSettings, read_settings

if TYPE_CHECKING:
    from wenyuan.chat.client import Endpoint
    from wenyuan.chat.probe import Probed
    from wenyuan.chat.profile import Profile
    from wenyuan.types import ChatModel


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found out of an endpoint, and where its profile is kept: None without a knowledge base."""

    probed: Probed
    url: str  # as it may be shown
    file: Path | None


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
            raise WrongUse(f'The endpoint {without_secrets(each.url)} needs the name of its model: [llm] model = "…".')
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

    check_url(url)
    patience = Patience(
        connect=settings.connect_seconds,
        first=settings.first_seconds,
        between=settings.between_seconds,
        total=settings.total_seconds,
        retries=settings.retries,
    )
    return Endpoint(url, model, key.get_secret_value() or None, patience=patience)


def check_url(url: str) -> None:
    """WrongUse where no endpoint can be at this address."""
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # of the port, or of brackets
        well_formed = False
    if not well_formed:
        raise WrongUse(f"'{without_secrets(url)}' is no base URL; write http://host:port/v1.")


def examine(folder: Path, url: str, model: str | None = None, window: int = 0) -> Examined:
    """Find out what an endpoint can do (see `chat.probe`), and keep its profile for the knowledge base in `folder`.

    Raises:
        WrongUse: it is no URL, or it offers several models and none is named.
        EndpointError: it gives no plain reply.
    """
    from wenyuan.chat.client import Endpoint
    from wenyuan.chat.profile import Profiles

    settings, portal = read_settings(folder).llm, Portal()
    try:
        probed = portal.call(lambda: _probed(url, model, settings, window))
    finally:
        portal.close()
    file = Profiles.read(folder).write(Endpoint(url, probed.model).id, probed.profile) if folder.is_dir() else None
    return Examined(probed, without_secrets(url), file)


async def _probed(url: str, model: str | None, settings: LlmSettings, window: int) -> Probed:
    from wenyuan.chat.probe import probe

    place = url.rstrip("/")
    known = next((each for each in settings.fallbacks if each.url.rstrip("/") == place), None)
    named = known if known and settings.url.rstrip("/") != place else settings

    def make(name: str, profile: Profile) -> Endpoint:
        return make_endpoint(url, name, named.key, settings).with_profile(profile)

    return await probe(make, model or named.model or None, window=window)
