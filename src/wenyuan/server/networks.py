"""What callers may name as a model: their knowledge bases, and the networks that these share.

A network is known by its id ("embed@1f2e3d4c"), by that without its hash, and by the name of a knowledge base that it
works for. A name that a caller sends is only compared with these: it never says what is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from wenyuan.errors import WenyuanError
from wenyuan.server.errors import Refused
from wenyuan.server.identity import Identity
from wenyuan.server.service import Service
from wenyuan.settings import Settings, read_settings
from wenyuan.types import CrossEncoder, Encoder

Kind = Literal["knowledge_base", "encoder", "reranker"]

_PREFIX = "kb:"


@dataclass(frozen=True, slots=True)
class Model:
    """Something that has a name, as OpenAI's list has it."""

    id: str
    kind: Kind
    owner: str
    created: int = 0  # Unix seconds; a network has no such moment

    @property
    def shape(self) -> dict[str, Any]:
        """Its entry in the list."""
        about = {"id": self.id, "object": "model", "created": self.created, "owned_by": self.owner}
        return about | {"wenyuan": {"kind": self.kind}}


def models(service: Service, caller: Identity) -> list[Model]:
    """All that a caller may name: knowledge bases first, then their networks."""
    bases = [_base(service, caller, name) for name in service.home.reached(caller)]
    known = [*_encoders(service, caller)], [*_rerankers(service, caller)]
    encoders = [Model(id_, "encoder", "wenyuan") for id_ in dict.fromkeys(each.id for each in known[0])]
    rerankers = [Model(id_, "reranker", "wenyuan") for id_ in dict.fromkeys(each.id for each, _ in known[1])]
    return [*bases, *encoders, *rerankers]


def model(service: Service, caller: Identity, name: str) -> Model:
    """The one that a name means.

    Raises:
        Refused: there is none for this caller.
    """
    for each in models(service, caller):
        if (name.removeprefix(_PREFIX) == each.id) if each.kind == "knowledge_base" else _means(name, each.id):
            return each
    raise _unknown(name)


def knowledge_base(service: Service, caller: Identity, name: str) -> str:
    """The knowledge base that the name of a model means.

    Raises:
        Refused: there is none for this caller.
    """
    plain = name.removeprefix(_PREFIX)
    if plain not in service.home.reached(caller):
        raise _unknown(name)
    return plain


def encoder(service: Service, caller: Identity, name: str) -> Encoder:
    """The encoder that the name of a model means.

    Raises:
        Refused: there is none for this caller.
        WenyuanError: it cannot be loaded.
    """
    own = _own(service, caller, name)
    if own is not None:
        return service.shelf.models.encoder(own.encoder)
    for each in _encoders(service, caller):
        if _means(name, each.id):
            return each
    raise _unknown(name)


def reranker(service: Service, caller: Identity, name: str | None) -> tuple[CrossEncoder, Encoder]:
    """The reranker that the name of a model means, or the first there is, and the encoder it works with.

    Raises:
        Refused: there is none for this caller.
        WenyuanError: it cannot be loaded.
    """
    shared, own = service.shelf.models, None if name is None else _own(service, caller, name)
    if own is not None and own.rerank.model != "none":
        return shared.cross_encoder(own.rerank), shared.encoder(own.encoder)
    for each in _rerankers(service, caller):
        if name is None or _means(name, each[0].id):
            return each
    raise _unknown(name or "rerank")


def _base(service: Service, caller: Identity, name: str) -> Model:
    folder = service.home.place(caller.tenant, name)
    return Model(name, "knowledge_base", caller.tenant, int(folder.stat().st_mtime))


def _own(service: Service, caller: Identity, name: str) -> Settings | None:
    """The settings of the knowledge base of this name, if the caller has it."""
    plain = name.removeprefix(_PREFIX)
    if plain not in service.home.reached(caller):
        return None
    return read_settings(service.home.place(caller.tenant, plain))


def _settings(service: Service, caller: Identity) -> Iterator[Settings]:
    """Those of the caller's knowledge bases, then what holds where nothing is set; broken ones are left out."""
    for name in service.home.reached(caller):
        with suppress(WenyuanError):
            yield read_settings(service.home.place(caller.tenant, name))
    yield Settings()


def _encoders(service: Service, caller: Identity) -> Iterator[Encoder]:
    """Those that can be loaded."""
    for settings in _settings(service, caller):
        with suppress(WenyuanError):
            yield service.shelf.models.encoder(settings.encoder)


def _rerankers(service: Service, caller: Identity) -> Iterator[tuple[CrossEncoder, Encoder]]:
    """Those that can be loaded, each with the encoder of the same settings."""
    shared = service.shelf.models
    for settings in _settings(service, caller):
        if settings.rerank.model != "none":
            with suppress(WenyuanError):
                yield shared.cross_encoder(settings.rerank), shared.encoder(settings.encoder)


def _means(name: str, id_: str) -> bool:
    return name in (id_, id_.partition("@")[0])


def _unknown(name: str) -> Refused:
    sentence = f"There is no model {name!r} for this key; `GET /v1/models` lists those that there are."
    return Refused(404, "model_not_found", sentence, param="model")
