"""Backups of knowledge bases, and their snapshots."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from anyio import CancelScope
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.responses import JSONResponse, Response, StreamingResponse

from wenyuan import shapes
from wenyuan.engine import backup, snapshots
from wenyuan.engine.snapshots import Snapshot
from wenyuan.errors import WrongUse
from wenyuan.server.bodies import NewBody
from wenyuan.server.errors import Refused, not_found
from wenyuan.server.identity import Identity
from wenyuan.server.routes.given import ERRORS, Admin, looked, service_of, shown
from wenyuan.server.routes.knowledge_bases import require_whole
from wenyuan.server.service import Service
from wenyuan.server.waiting import awaited

T = TypeVar("T")

router = APIRouter(prefix="/api/knowledge-bases/{kb}", tags=["backups"], responses=ERRORS)

_LONGEST = 86_400.0  # seconds that a caller waits for a large one
_INFLATED = 32  # times the size of an upload that a backup may have unpacked
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
_ARCHIVE = {"content": {"application/gzip": {}}, "description": "A .tar.gz of the knowledge base as it is now."}


@router.get("/backup", response_model=None, responses={200: _ARCHIVE})
async def fetch(request: Request, kb: str, caller: Admin) -> Response:
    """The knowledge base as one file."""
    pieces = backup.stream(_place(service_of(request), caller, kb))
    first = await _done(request, lambda: next(pieces))
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{_escaped(kb)}.tar.gz"}
    return StreamingResponse(_sent(first, pieces), media_type="application/gzip", headers=headers)


@router.post("/restore", openapi_extra=_UPLOAD)
async def restore(request: Request, kb: str, caller: Admin) -> JSONResponse:
    """Make the knowledge base what a backup has."""
    service = service_of(request)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refused(415, "not_multipart", "A backup is sent as multipart/form-data, in a field called `file`.")
    await run_sync(_target, service, caller, kb)  # not `looked`: who watches the connection would read the body
    try:
        form = await request.form(max_files=1, max_fields=1)
    except MultiPartException as error:
        raise WrongUse(f"The upload cannot be read ({error.message}).") from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise WrongUse("The upload has no file; send the backup in a field called `file`.")
        opened = file.file
        return JSONResponse(await _done(request, lambda: _restored(service, caller, kb, opened)))
    finally:
        await form.close()


@router.get("/snapshots")
async def list_all(request: Request, kb: str, caller: Admin) -> JSONResponse:
    """The snapshots that there are, the oldest first."""

    def found() -> dict[str, Any]:
        place = _place(service_of(request), caller, kb)
        return {"snapshots": [snapshot_shape(each) for each in snapshots.listed(place)]}

    return await shown(request, found)


@router.post("/snapshots", status_code=201)
async def take(request: Request, kb: str, body: NewBody, caller: Admin) -> JSONResponse:
    """Keep the knowledge base as it is now, by a name."""

    def taken() -> dict[str, Any]:
        return snapshot_shape(snapshots.take(_place(service_of(request), caller, kb), body.name))

    return JSONResponse(await _done(request, taken), 201)


@router.post("/snapshots/{name}/restore")
async def roll_back(request: Request, kb: str, name: str, caller: Admin) -> JSONResponse:
    """Have the knowledge base be what it was; what it is becomes one, too."""
    service = service_of(request)

    def rolled() -> dict[str, Any]:
        place = _existing(service, caller, kb, name)
        with snapshots.made_ready(place, name) as ready, service.shelf.closed(caller.tenant, kb):
            before = snapshots.put_in_place(place, ready, name)
        service.traces.forget(caller.tenant, kb)
        return {"before": snapshot_shape(before)}

    return JSONResponse(await _done(request, rolled))


@router.delete("/snapshots/{name}", status_code=204)
async def delete(request: Request, kb: str, name: str, caller: Admin) -> Response:
    """Let a snapshot go."""
    service = service_of(request)
    await looked(request, lambda: snapshots.delete(_existing(service, caller, kb, name), name))
    return Response(status_code=204)


def snapshot_shape(snapshot: Snapshot) -> dict[str, Any]:
    """A snapshot as people see it."""
    about = snapshot.about
    return {
        "name": snapshot.name,
        "made": shapes.moment(about.made),
        "documents": about.documents,
        "passages": about.passages,
        "version": about.version,
        "model": about.model,
    }


def _place(service: Service, caller: Identity, kb: str) -> Path:
    """The folder of a knowledge base for a caller who may have all of it."""
    if not caller.reaches(kb):
        raise not_found()
    place = service.home.place(caller.tenant, kb)
    _require_all(caller)
    return place


def _existing(service: Service, caller: Identity, kb: str, name: str) -> Path:
    place = _place(service, caller, kb)
    if name not in {each.name for each in snapshots.listed(place)}:
        raise not_found()
    return place


def _target(service: Service, caller: Identity, kb: str) -> Path:
    """Where a backup goes: a knowledge base that is there, or a new one."""
    if kb in service.home.reached(caller):
        return _place(service, caller, kb)
    require_whole(caller)
    _require_all(caller)
    return service.home.new(caller.tenant, kb)


def _restored(service: Service, caller: Identity, kb: str, file: BinaryIO) -> dict[str, Any]:
    most = (service.limits.upload_mb << 20) * _INFLATED
    place = _target(service, caller, kb)
    new = not place.exists()
    with service.shelf.closed(caller.tenant, kb):
        about = backup.restore_from(file, place, trusted=caller.owner, most=most)
    service.traces.forget(caller.tenant, kb)
    if new:
        service.point(caller.tenant, kb)
    return {"documents": about.documents, "passages": about.passages, "made": shapes.moment(about.made)}


def _require_all(caller: Identity) -> None:
    if caller.groups is not None:
        raise Refused(403, "forbidden", "A backup holds the documents of all groups; use a key that sees them all.")


async def _done(request: Request, work: Callable[[], T]) -> T:
    """The result of work that may take its time."""
    return await awaited(request, service_of(request).looking, work, _LONGEST)


async def _sent(first: bytes, rest: Generator[bytes, None, None]) -> AsyncIterator[bytes]:
    pieces = itertools.chain([first], rest)
    try:
        while (piece := await run_sync(next, pieces, None)) is not None:
            yield piece
    finally:
        with CancelScope(shield=True):
            await run_sync(rest.close)  # removes the folder in which it was made


def _escaped(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")
