"""Whether it lives, whether it can be asked, which version it is, and its figures."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from wenyuan.server.routes.given import ERRORS, Admin, looked, metrics_of, service_of

# What the door says, or the application, of a request to any path.
_ALWAYS: dict[int | str, dict[str, Any]] = {status: ERRORS[status] for status in (400, 403, 405, 408, 413, 421, 500)}

_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}

router = APIRouter(tags=["operation"], responses=_ALWAYS)

_SPARE = 256 << 20  # bytes of disk below which it says so


@router.get("/livez")
async def live() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: ERRORS[503]})
async def ready(request: Request) -> JSONResponse:
    """Whether it can be asked and written."""
    service = service_of(request)

    def found() -> dict[str, Any]:
        room = shutil.disk_usage(service.home.folder).free >= _SPARE
        return {
            "database": bool(service.database.select("SELECT 1")),
            "disk": room,
            "jobs": service.worker.alive and service.feeding.alive and service.evaluating.alive,
        }

    checks = await looked(request, found)
    good = all(checks.values())
    return JSONResponse({"status": "ready" if good else "degraded", "checks": checks}, 200 if good else 503)


@router.get("/version")
async def program() -> dict[str, str]:
    """The version of the program."""
    return {"name": "wenyuan", "version": version("wenyuan")}


@router.get("/metrics", response_class=Response, responses=ERRORS | _TEXT)
async def figures(request: Request, caller: Admin) -> Response:
    """Figures in Prometheus' format."""
    del caller
    text = await looked(request, metrics_of(request).text)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
