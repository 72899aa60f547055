"""Jobs: how far they are, what became of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from wenyuan.server.errors import language_of, not_found
from wenyuan.server.events import Event, EventStream
from wenyuan.server.identity import Identity
from wenyuan.server.jobs import OVER, Job
from wenyuan.server.peer import peer_of
from wenyuan.server.routes.documents import job_shape
from wenyuan.server.routes.given import ERRORS, EVENTS, Ingester, service_of, shown
from wenyuan.server.saying import said
from wenyuan.server.service import Service

router = APIRouter(prefix="/api/jobs", tags=["jobs"], responses=ERRORS)

_LOOK = 1.0  # seconds between two looks, where nobody tells of a change
_LONGEST = 86_400.0  # seconds of a job that is watched


@router.get("")
async def list_all(request: Request, caller: Ingester, limit: int = Query(100, ge=1, le=1000)) -> JSONResponse:
    """The newest jobs."""
    service = service_of(request)

    def found() -> dict[str, Any]:
        jobs = [job for job in service.jobs.last(caller.tenant, limit) if job.belongs_to(caller)]
        return {"jobs": [job_shape(service, job, caller) for job in jobs]}

    return await shown(request, found)


@router.get("/{job}")
async def look(request: Request, job: str, caller: Ingester) -> JSONResponse:
    """How far a job is."""
    service = service_of(request)
    return await shown(request, lambda: job_shape(service, _found(service, caller, job), caller))


@router.get("/{job}/events", response_class=Response, responses=EVENTS)
async def watch(request: Request, job: str, caller: Ingester) -> Response:
    """How far a job is, as it goes on; the job itself last."""
    service, language, closed = service_of(request), language_of(request.headers), False

    def close() -> None:
        nonlocal closed
        closed = True

    def events() -> Iterator[Event]:
        told: object = None
        while True:
            service.identify(request.headers.get("authorization"), peer_of(request.scope))  # its key may be none by now
            now = _found(service, caller, job)
            if now.state in OVER:
                yield "end", said(job_shape(service, now, caller), language)
                return
            shape = job_shape(service, now, caller)
            if (shape["state"], shape["progress"]) != told:
                told = shape["state"], shape["progress"]
                yield "progress", shape
            if closed or service.ending.is_set():  # only now: who came in while the server ends has its state
                return
            with service.jobs.changed:
                service.jobs.changed.wait(_LOOK)

    return EventStream(service.watching, events, cancel=close, seconds=_LONGEST)


@router.delete("/{job}")
async def cancel(request: Request, job: str, caller: Ingester) -> JSONResponse:
    """Break a job off; what is done of it stays."""
    service = service_of(request)

    def cancelled() -> dict[str, Any]:
        id_ = _found(service, caller, job).id
        service.jobs.cancel(id_)
        now = _found(service, caller, job)
        if now.state == "cancelled":  # before it was begun: what came in for it is of use to nobody any more
            shutil.rmtree(service.home.staging / id_, ignore_errors=True)
        return job_shape(service, now, caller)

    return await shown(request, cancelled)


def _found(service: Service, caller: Identity, job: str) -> Job:
    found = service.jobs.get(job)
    if found is None or not found.belongs_to(caller):
        raise not_found()
    return found
