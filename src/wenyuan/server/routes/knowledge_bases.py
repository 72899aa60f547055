"""Knowledge bases: made, looked at, set up, deleted."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from wenyuan.errors import WenyuanError
from wenyuan.rules import FILE_NAME as RULES_FILE
from wenyuan.server.bodies import NewBody, TomlBody
from wenyuan.server.errors import Refused, envelope, language_of
from wenyuan.server.files import place_of, read_file, replace_file
from wenyuan.server.identity import Identity
from wenyuan.server.routes.given import ERRORS, Admin, Anyone, looked, service_of, shown
from wenyuan.server.service import Service
from wenyuan.settings import FILE_NAME as SETTINGS_FILE

router = APIRouter(prefix="/api/knowledge-bases", tags=["knowledge bases"], responses=ERRORS)


@router.get("")
async def list_all(request: Request, caller: Anyone) -> JSONResponse:
    """The knowledge bases that the caller may use."""
    service = service_of(request)
    language = language_of(request.headers)

    def summary(name: str) -> dict[str, Any]:
        try:
            return _summary(service, caller, name)
        except WenyuanError as error:  # one that cannot be opened hides none of the others
            unknown = dict.fromkeys(("documents", "passages", "version", "model"))
            return {"name": name, **unknown, **envelope(error, language)}

    return await shown(request, lambda: {"knowledge_bases": [summary(name) for name in service.home.reached(caller)]})


@router.post("", status_code=201)
async def make(request: Request, body: NewBody, caller: Admin) -> JSONResponse:
    """Make a knowledge base."""
    service = service_of(request)

    def made() -> dict[str, Any]:
        require_whole(caller)
        service.shelf.make(caller.tenant, body.name)
        service.point(caller.tenant, body.name)
        return _summary(service, caller, body.name)

    return await shown(request, made, 201)


@router.get("/{kb}")
async def look(request: Request, kb: str, caller: Anyone) -> JSONResponse:
    """A knowledge base, and whether its indexes agree."""
    service = service_of(request)
    return await shown(request, lambda: _summary(service, caller, kb))


@router.get("/{kb}/health")
async def health(request: Request, kb: str, caller: Admin) -> JSONResponse:
    """Whether the indexes of a knowledge base agree, document by document."""
    from wenyuan import shapes

    def checked() -> dict[str, Any]:
        with service_of(request).held(caller, kb) as base:
            return shapes.health_shape(base.check())

    return await shown(request, checked)


@router.delete("/{kb}", status_code=204)
async def delete(request: Request, kb: str, caller: Admin) -> Response:
    """Delete a knowledge base with all its documents."""
    service = service_of(request)

    def removed() -> None:
        place_of(service, caller, kb)
        require_whole(caller)
        service.feeding.forget(caller.tenant, kb)
        service.evaluating.forget(caller.tenant, kb)
        with service.shelf.closed(caller.tenant, kb):
            service.home.remove(caller.tenant, kb)
        service.unpoint(caller.tenant, kb)
        service.traces.forget(caller.tenant, kb)
        for each in (service.feedback, service.inbox, service.handoffs, service.keys):
            each.forget(caller.tenant, kb)

    await looked(request, removed)
    return Response(status_code=204)


@router.get("/{kb}/settings")
async def settings(request: Request, kb: str, caller: Admin) -> JSONResponse:
    """wenyuan.toml."""
    return await shown(request, lambda: _read(request, caller, kb, SETTINGS_FILE))


@router.put("/{kb}/settings")
async def set_settings(request: Request, kb: str, body: TomlBody, caller: Admin) -> JSONResponse:
    """Write wenyuan.toml; what is not valid changes nothing."""
    return await shown(request, lambda: _write(request, caller, kb, SETTINGS_FILE, body.toml))


@router.get("/{kb}/rules")
async def rules(request: Request, kb: str, caller: Admin) -> JSONResponse:
    """rules.toml."""
    return await shown(request, lambda: _read(request, caller, kb, RULES_FILE))


@router.put("/{kb}/rules")
async def set_rules(request: Request, kb: str, body: TomlBody, caller: Admin) -> JSONResponse:
    """Write rules.toml; what is not valid changes nothing."""
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


def _read(request: Request, caller: Identity, kb: str, name: str) -> dict[str, str]:
    return {"toml": read_file(place_of(service_of(request), caller, kb), name)}


def _write(request: Request, caller: Identity, kb: str, name: str, text: str) -> dict[str, str]:
    replace_file(service_of(request), caller, kb, name, text)
    return {"toml": text}
