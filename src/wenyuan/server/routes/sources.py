"""Sources: what a knowledge base is kept in step with, what of it failed, and single pages that are fetched."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from wenyuan.engine.places import FILES
from wenyuan.server.arrivals import fields_of
from wenyuan.server.bodies import PauseBody, SourceBody, UrlBody
from wenyuan.server.errors import Refused, not_found
from wenyuan.server.identity import Identity
from wenyuan.server.proposals import check_url, source_of
from wenyuan.server.routes.given import ERRORS, Admin, Ingester, service_of, shown
from wenyuan.server.service import Service
from wenyuan.server.sources import Kept, failure_shape, source_shape

router = APIRouter(prefix="/api/knowledge-bases/{kb}", tags=["sources"], responses=ERRORS)


@router.get("/sources")
async def list_all(request: Request, kb: str, caller: Ingester) -> JSONResponse:
    """What the knowledge base is kept in step with."""
    service = service_of(request)

    def found() -> dict[str, Any]:
        _reached(service, caller, kb)
        return {"sources": [_shape(service, kept) for kept in service.feeding.sources.all(caller.tenant, kb)]}

    return await shown(request, found)


@router.post("/sources", status_code=201)
async def make(request: Request, kb: str, body: SourceBody, caller: Admin) -> JSONResponse:
    """Keep in step with a source from now on; it is read at once."""
    service = service_of(request)

    def made() -> dict[str, Any]:
        _reached(service, caller, kb)
        source = source_of(body, caller, service.home, service.feeding.networks)
        folder = service.home.place(caller.tenant, kb) / FILES / source.name
        if source.kind != "folder" and folder.exists():
            raise Refused(409, "taken", f"There are documents in '{source.name}' already; take another name.")
        kept = service.feeding.sources.add(caller.tenant, kb, source, paused=body.paused)
        if not body.paused:
            service.feeding.schedule.queue(caller, kept, "asked")
        return _shape(service, _found(service, caller, kb, source.name))

    return await shown(request, made, 201)


@router.get("/sources/{name}")
async def look(request: Request, kb: str, name: str, caller: Ingester) -> JSONResponse:
    """A source, and how it stands."""
    service = service_of(request)
    return await shown(request, lambda: _shape(service, _found(service, caller, kb, name)))


@router.patch("/sources/{name}")
async def pause(request: Request, kb: str, name: str, body: PauseBody, caller: Admin) -> JSONResponse:
    """Pause a source, or have it go on."""
    service = service_of(request)

    def paused() -> dict[str, Any]:
        service.feeding.sources.pause(_found(service, caller, kb, name).id, body.paused)
        return _shape(service, _found(service, caller, kb, name))

    return await shown(request, paused)


@router.delete("/sources/{name}", status_code=202)
async def remove(
    request: Request,
    kb: str,
    name: str,
    caller: Admin,
    keep: Annotated[bool, Query(description="Whether its documents stay.")] = False,
) -> JSONResponse:
    """Remove a source and, unless they are kept, its documents."""
    service = service_of(request)

    def removed() -> dict[str, Any]:
        return {"job": service.feeding.schedule.forget(caller, _found(service, caller, kb, name), keep=keep).id}

    return await shown(request, removed, 202)


@router.post("/sources/{name}/run", status_code=202)
async def run(request: Request, kb: str, name: str, caller: Ingester) -> JSONResponse:
    """Look at a source now, at what failed, too."""
    service = service_of(request)

    def queued() -> dict[str, Any]:
        return {"job": service.feeding.schedule.queue(caller, _found(service, caller, kb, name), "asked").id}

    return await shown(request, queued, 202)


@router.get("/sources/{name}/failures")
async def failures(request: Request, kb: str, name: str, caller: Ingester) -> JSONResponse:
    """What of a source failed, why, and when it is tried again."""
    service = service_of(request)

    def found() -> dict[str, Any]:
        kept = _found(service, caller, kb, name)
        listed = [failure_shape(failure) for failure in service.feeding.failures.all(kept.id)]
        return {"error": kept.error, "failures": listed}

    return await shown(request, found)


@router.post("/documents/url", status_code=202)
async def fetch(request: Request, kb: str, body: UrlBody, caller: Ingester) -> JSONResponse:
    """Fetch a page or file of the web and bring it in."""
    service = service_of(request)

    def queued() -> dict[str, Any]:
        if not caller.reaches(kb):
            raise not_found()
        service.home.place(caller.tenant, kb)
        fields = fields_of(json.dumps(body.metadata), caller)
        check_url(body.url, service.feeding.networks)
        groups = None if caller.groups is None else sorted(caller.groups)
        spec = {"url": body.url, "fields": fields, "groups": groups}
        return {"job": service.jobs.put(caller, kb, "url", spec).id}

    return await shown(request, queued, 202)


def _reached(service: Service, caller: Identity, kb: str) -> None:
    """See that a caller may know of the sources: what they bring may be of groups that it does not see."""
    if not caller.reaches(kb) or caller.groups is not None:
        raise not_found()
    service.home.place(caller.tenant, kb)


def _found(service: Service, caller: Identity, kb: str, name: str) -> Kept:
    _reached(service, caller, kb)
    kept = service.feeding.sources.get(caller.tenant, kb, name)
    if kept is None:
        raise not_found()
    return kept


def _shape(service: Service, kept: Kept) -> dict[str, Any]:
    job = service.jobs.get(kept.job) if kept.job else None
    sources, folder = service.feeding.sources, kept.source.kind == "folder"  # whose documents are nobody's own
    documents = kept.found.get("documents", 0) if folder else sources.count(kept.id)
    counts = {"documents": documents, "failures": service.feeding.failures.count(kept.id)}
    state = {"job": kept.job, "state": None if job is None else job.state}
    return source_shape(kept) | counts | state
