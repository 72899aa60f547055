"""Keys of the caller's tenant, and its log of changes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from wenyuan import shapes
from wenyuan.server.bodies import KeyBody
from wenyuan.server.errors import not_found
from wenyuan.server.keys import Key
from wenyuan.server.routes.given import ERRORS, Admin, looked, service_of, shown
from wenyuan.server.routes.knowledge_bases import require_whole

router = APIRouter(prefix="/api", tags=["keys"], responses=ERRORS)


@router.get("/keys")
async def list_all(request: Request, caller: Admin) -> JSONResponse:
    """The keys of the tenant; their secrets are not kept."""

    def known() -> dict[str, Any]:
        require_whole(caller)
        return {"keys": [key_shape(key) for key in service_of(request).keys.all(caller.tenant)]}

    return await shown(request, known)


@router.post("/keys", status_code=201)
async def make(request: Request, body: KeyBody, caller: Admin) -> JSONResponse:
    """Make a key; its secret is shown now and never again."""

    def made() -> dict[str, Any]:
        require_whole(caller)
        service, pages = service_of(request), body.pages()
        if pages is not None:
            service.home.place(caller.tenant, pages.kb)  # it is there
        key, secret = service.keys.add(body.name, caller.tenant, body.rights, body.groups, pages)
        return key_shape(key) | {"secret": secret}

    return await shown(request, made, 201)


@router.delete("/keys/{key}", status_code=204)
async def revoke(request: Request, key: str, caller: Admin) -> Response:
    """Let a key be none from now on."""

    def revoked() -> None:
        require_whole(caller)
        if not service_of(request).keys.revoke(key, caller.tenant):
            raise not_found()

    await looked(request, revoked)
    return Response(status_code=204)


@router.get("/audit")
async def audit(
    request: Request,
    caller: Admin,
    limit: int = Query(100, ge=1, le=1000),
    before: int | None = Query(None, ge=0, le=1 << 62),
) -> JSONResponse:
    """Who changed what, the newest first."""

    def read() -> dict[str, Any]:
        require_whole(caller)
        return {"entries": service_of(request).audit.last(caller.tenant, limit, before)}

    return await shown(request, read)


def key_shape(key: Key) -> dict[str, Any]:
    """A key as people see it."""
    return {
        "id": key.id,
        "name": key.name,
        "tenant": key.tenant,
        "rights": sorted(key.rights),
        "groups": None if key.groups is None else sorted(key.groups),
        "origins": None if key.pages is None else sorted(key.pages.origins),
        "only": None if key.pages is None else key.pages.kb,
        "created": shapes.moment(key.created),
        "revoked": None if key.revoked is None else shapes.moment(key.revoked),
    }
