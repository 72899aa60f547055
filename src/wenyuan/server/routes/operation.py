"""Whether it lives, whether it can be asked, which version it is, and its figures."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from wenyuan.server.routes.given import ALWAYS, ERRORS, Admin, looked, metrics_of, service_of

_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}

router = APIRouter(tags=["operation"], responses=ALWAYS)

_SPARE = 256 << 20  # bytes of disk below which it says so


@router.head("/livez", include_in_schema=False)
@router.get("/livez")
async def live() -> dict[str, str]:
    """Whether the process answers."""
    return {"status": "alive"}


@router.head("/readyz", include_in_schema=False)
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
