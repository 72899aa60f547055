"""Who the caller is, for a page that shows what it may do."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from wenyuan.server.identity import RIGHTS
from wenyuan.server.routes.given import ERRORS, Anyone, service_of, shown

router = APIRouter(prefix="/api", tags=["keys"], responses=ERRORS)


@router.get("/me")
async def me(request: Request, caller: Anyone) -> JSONResponse:
    """Who calls, and what it may do; `groups` is null where it sees all documents."""

    def known() -> dict[str, Any]:
        keys = {key.id: key.name for key in service_of(request).keys.all(caller.tenant)}
        return {
            "tenant": caller.tenant,
            "name": keys.get(caller.key),
            "rights": [right for right in RIGHTS if caller.may(right)],
            "owner": caller.owner,
            "groups": None if caller.groups is None else sorted(caller.groups),
            "only": caller.only,
            "version": version("wenyuan"),
        }

    return await shown(request, known)
