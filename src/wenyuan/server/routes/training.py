"""Training runs that write into the server's folder: how they stand, and their curves. For who owns that folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from wenyuan import shapes
from wenyuan.errors import WenyuanError
from wenyuan.server.errors import Refused, error_of, not_found, status_of
from wenyuan.server.identity import Identity
from wenyuan.server.routes.given import ERRORS, Admin, service_of, shown
from wenyuan.server.service import Service

router = APIRouter(prefix="/api/training-runs", tags=["training"], responses=ERRORS)

RUNS = "runs"
"""The folder within the server's own, of which each folder is one run: what `out` names in a training file."""


@router.get("")
async def list_all(request: Request, caller: Admin) -> JSONResponse:
    """The runs that there are, the newest first."""
    service = service_of(request)

    def found() -> dict[str, Any]:
        runs = [_shape(folder) for folder in _folders(service, caller)]
        return {"training_runs": sorted(runs, key=lambda run: (run["started"] or "", run["name"]), reverse=True)}

    return await shown(request, found)


@router.get("/{run}")
async def look(request: Request, run: str, caller: Admin) -> JSONResponse:
    """A run with its curves and, once it is done, what is known of it."""
    service = service_of(request)

    def read() -> dict[str, Any]:
        from wenyuan.training.loop.curves import curves, record

        folder = next((each for each in _folders(service, caller) if each.name == run), None)
        if folder is None:
            raise not_found()
        return _shape(folder) | {"record": record(folder), "curves": curves(folder)}

    return await shown(request, read)


def _folders(service: Service, caller: Identity) -> list[Path]:
    from wenyuan.training.loop.curves import is_run

    if not caller.owner:
        raise Refused(403, "forbidden", "Only who owns the server's folder sees training runs; ask on that machine.")
    place = service.home.folder / RUNS
    inside = list(place.iterdir()) if place.is_dir() else []
    return [each for each in inside if not each.is_symlink() and is_run(each)]


def _shape(folder: Path) -> dict[str, Any]:
    """A run as people see it; one that cannot be read hides none of the others."""
    from wenyuan.training.loop.curves import summary

    try:
        run = summary(folder)
    except WenyuanError as error:
        unknown = dict.fromkeys(("state", "kind", "started", "changed", "step"))
        return {"name": folder.name, **unknown, "error": error_of(*status_of(error), str(error))}
    moments = {"started": shapes.moment(run.started), "changed": shapes.moment(run.changed)}
    return {"name": run.name, "state": run.state, "kind": run.kind, **moments, "step": run.step, "error": None}
