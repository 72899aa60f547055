"""Knowledge bases: made, looked at, set up, deleted."""

from __future__ import annotations

import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from wenyuan.errors import WrongUse
from wenyuan.rules import FILE_NAME as RULES_FILE
from wenyuan.rules import read_rules
from wenyuan.server.bodies import NewBody, TomlBody
from wenyuan.server.errors import Refused, not_found
from wenyuan.server.identity import Identity
from wenyuan.server.routes.given import ERRORS, Admin, Anyone, looked, service_of, shown
from wenyuan.server.service import Service
from wenyuan.settings import FILE_NAME as SETTINGS_FILE
from wenyuan.settings import Settings, read_settings

router = APIRouter(prefix="/api/knowledge-bases", tags=["knowledge bases"], responses=ERRORS)


@router.get("", summary="The knowledge bases that the caller may use")
async def list_all(request: Request, caller: Anyone) -> JSONResponse:
    service = service_of(request)
    return await shown(
        request, lambda: {"knowledge_bases": [_summary(service, caller, name) for name in service.home.reached(caller)]}
    )


@router.post("", status_code=201, summary="Make a knowledge base")
async def make(request: Request, body: NewBody, caller: Admin) -> JSONResponse:
    service = service_of(request)

    def made() -> dict[str, Any]:
        require_whole(caller)
        service.shelf.make(caller.tenant, body.name)
        service.point(caller.tenant, body.name)
        return _summary(service, caller, body.name)

    return await shown(request, made, 201)


@router.get("/{kb}", summary="A knowledge base, and whether its indexes agree")
async def look(request: Request, kb: str, caller: Anyone) -> JSONResponse:
    service = service_of(request)
    return await shown(request, lambda: _summary(service, caller, kb))


@router.get("/{kb}/health", summary="Whether the indexes of a knowledge base agree, document by document")
async def health(request: Request, kb: str, caller: Admin) -> JSONResponse:
    from wenyuan import shapes

    def checked() -> dict[str, Any]:
        with service_of(request).held(caller, kb) as base:
            return shapes.health_shape(base.check())

    return await shown(request, checked)


@router.delete("/{kb}", status_code=204, summary="Delete a knowledge base with all its documents")
async def delete(request: Request, kb: str, caller: Admin) -> Response:
    service = service_of(request)

    def removed() -> None:
        _place(request, caller, kb)
        require_whole(caller)
        with service.shelf.closed(caller.tenant, kb):
            service.home.remove(caller.tenant, kb)
        service.unpoint(caller.tenant, kb)
        service.traces.forget(caller.tenant, kb)
        service.feedback.forget(caller.tenant, kb)

    await looked(request, removed)
    return Response(status_code=204)


@router.get("/{kb}/settings", summary="wenyuan.toml")
async def settings(request: Request, kb: str, caller: Admin) -> JSONResponse:
    return await shown(request, lambda: _read(_place(request, caller, kb) / SETTINGS_FILE))


@router.put("/{kb}/settings", summary="Write wenyuan.toml; what is not valid changes nothing")
async def set_settings(request: Request, kb: str, body: TomlBody, caller: Admin) -> JSONResponse:
    return await shown(request, lambda: _write(request, caller, kb, SETTINGS_FILE, body.toml))


@router.get("/{kb}/rules", summary="rules.toml")
async def rules(request: Request, kb: str, caller: Admin) -> JSONResponse:
    return await shown(request, lambda: _read(_place(request, caller, kb) / RULES_FILE))


@router.put("/{kb}/rules", summary="Write rules.toml; what is not valid changes nothing")
async def set_rules(request: Request, kb: str, body: TomlBody, caller: Admin) -> JSONResponse:
    return await shown(request, lambda: _write(request, caller, kb, RULES_FILE, body.toml))


def require_whole(caller: Identity) -> None:
    """See that the caller may make and delete knowledge bases, not only the one that it was let into."""
    if caller.only is not None:
        raise Refused(403, "forbidden", "This token is for one knowledge base; use a key with the right 'admin'.")


def _summary(service: Service, caller: Identity, name: str) -> dict[str, Any]:
    with service.lent(caller, name) as base:
        infos = base.documents()
        passages = sum(info.chunks for info in infos)
        return {
            "name": name,
            "documents": len(infos),
            "passages": passages,
            "version": base.version,
            "model": base.model,
        }


def _place(request: Request, caller: Identity, kb: str) -> Path:
    if not caller.reaches(kb):
        raise not_found()
    return service_of(request).home.place(caller.tenant, kb)


def _read(file: Path) -> dict[str, str]:
    return {"toml": file.read_text("utf-8") if file.is_file() else ""}


def _write(request: Request, caller: Identity, kb: str, name: str, text: str) -> dict[str, str]:
    """Put a file in the place of another, if a knowledge base can be opened with it."""
    folder = _place(request, caller, kb)
    with TemporaryDirectory(prefix=f".{name}.", dir=folder) as trial:
        written = Path(trial) / name
        written.write_text(text, "utf-8")
        try:
            if name == SETTINGS_FILE:
                _check_reach(caller, read_settings(folder), read_settings(Path(trial)))
            else:
                read_rules(written)
        except WrongUse as error:
            raise WrongUse(str(error).replace(f"{trial}/", "")) from error
        with service_of(request).shelf.closed(caller.tenant, kb):
            os.replace(written, folder / name)
    return {"toml": text}


def _check_reach(caller: Identity, before: Settings, after: Settings) -> None:
    """See that nobody but the folder's owner makes the server call an address, or read a model off its disk.

    It would do so with rights of its own, and with the key for language models that its environment may hold.
    """
    if not caller.owner and not reach(after) <= reach(before):
        raise Refused(
            403,
            "forbidden",
            "Only who owns the server's folder names addresses of language models and folders of models; write "
            "wenyuan.toml there, or leave these as they are.",
        )


def reach(settings: Settings) -> set[str]:
    """The addresses that settings have a server call, and the models that are not shipped with it."""
    llm = settings.llm
    models = {settings.encoder.model, settings.rerank.model, settings.understand.intent, settings.recall.glossary}
    placed = {name for name in (*models, settings.fuse.policy) if not re.fullmatch(r"[\w-]+", name)}
    return placed | {url for url in (llm.url, *(each.url for each in llm.fallbacks)) if url}
