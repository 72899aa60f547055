"""Documents: brought, listed, read, removed."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.responses import JSONResponse

from wenyuan import shapes
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.places import own_file
from wenyuan.errors import WrongUse
from wenyuan.server.arrivals import as_spec, fields_of, no_room, refuse_taken, sorted_out
from wenyuan.server.bodies import FieldsBody, NamesBody, PlacesBody, SyncBody, filter_of, tree_of
from wenyuan.server.errors import Refused, not_found
from wenyuan.server.identity import Identity
from wenyuan.server.jobs import Job
from wenyuan.server.routes.given import ERRORS, Ingester, Reader, service_of, shown
from wenyuan.server.service import Service, require

router = APIRouter(prefix="/api/knowledge-bases/{kb}", tags=["documents"], responses=ERRORS)

_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "metadata": {"type": "string", "description": "A JSON object."},
                    },
                }
            }
        },
    }
}


@router.get("/documents")
async def list_all(
    request: Request,
    kb: str,
    caller: Reader,
    folder: Annotated[str | None, Query(max_length=1_024)] = None,
    where: Annotated[list[str], Query(max_length=100)] = [],  # noqa: B006 - FastAPI copies it
    filter: Annotated[str | None, Query(max_length=65_536, description="A filter as JSON.")] = None,
    limit: Annotated[int, Query(ge=1, le=100_000)] = 100_000,
    after: Annotated[str | None, Query(max_length=1_024, description="Those after this id only.")] = None,
) -> JSONResponse:
    """The documents that the caller sees, by id."""

    def found() -> dict[str, Any]:
        narrowed = filter_of(where, tree_of(filter))
        with service_of(request).lent(caller, kb) as base:
            infos = [info for info in base.documents(folder, filter=narrowed) if after is None or info.id > after]
        more = {"next": infos[limit - 1].id} if len(infos) > limit else {}
        return shapes.documents_shape(infos[:limit]) | more

    return await shown(request, found)


@router.get("/documents/{document:path}")
async def read_document(request: Request, kb: str, document: str, caller: Reader) -> JSONResponse:
    """A document with its text, and what was lost of it."""

    def read() -> dict[str, Any]:
        with service_of(request).lent(caller, kb) as base:
            found = base.document(known(base, document))
        return shapes.document_shape(found, found.text)

    return await shown(request, read)


@router.get("/text")
async def read_text(
    request: Request,
    kb: str,
    caller: Reader,
    document: Annotated[str, Query(min_length=1, max_length=1_024)],
    start: Annotated[int, Query(ge=0, le=1 << 62)] = 0,
    end: Annotated[int, Query(ge=0, le=1 << 62)] = 1 << 62,
) -> JSONResponse:
    """A stretch of a document's text, by characters, as citations name them."""

    def read() -> dict[str, Any]:
        with service_of(request).lent(caller, kb) as base:
            text = base.read(known(base, document), start, end)
        return {"document": document, "start": start, "end": start + len(text), "text": text}

    return await shown(request, read)


@router.post("/documents", status_code=202, openapi_extra=_UPLOAD)
async def upload(request: Request, kb: str, caller: Ingester) -> JSONResponse:
    """Bring files in."""
    service = service_of(request)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise Refused(415, "not_multipart", "Files are sent as multipart/form-data, in fields called `files`.")
    await run_sync(_reached, service, caller, kb)  # not `looked`: who watches the connection would read the body
    try:
        form = await request.form(max_files=service.limits.files, max_fields=10, max_part_size=1 << 20)
    except MultiPartException as error:
        raise WrongUse(f"The upload cannot be read ({error.message}).") from error
    except OSError as error:  # of the disk where it is kept while it comes in
        raise no_room(error) from error
    try:
        return await shown(request, lambda: _staged(service, caller, kb, form), 202)
    finally:
        await form.close()


@router.patch("/documents/{document:path}")
async def relabel(request: Request, kb: str, document: str, body: FieldsBody, caller: Ingester) -> JSONResponse:
    """Add fields to those of a document that was uploaded or fetched; filters see them at once."""

    def relabelled() -> dict[str, Any]:
        if said := "access" in body.metadata:
            require(caller, "admin")
        fields = fields_of(json.dumps(body.metadata), caller if said else replace(caller, groups=None))
        with service_of(request).held(caller, kb) as base:
            seen = base if caller.groups is None else base.seen_by(caller.groups)
            known(seen, document)
            _relabel(base, document, fields)
            found = base.document(document)
        return shapes.document_shape(found, found.text)

    return await shown(request, relabelled)


@router.post("/sync", status_code=202)
async def sync(request: Request, kb: str, body: SyncBody, caller: Ingester) -> JSONResponse:
    """Look at everything again: new, changed, moved and deleted files."""

    def queued() -> dict[str, Any]:
        service = service_of(request)
        _reached(service, caller, kb)
        if body.rebuild:
            require(caller, "admin")
        if caller.groups is not None:  # its report names all documents
            raise Refused(403, "forbidden", "A key of some groups cannot look at all documents; use one without.")
        return {"job": service.jobs.put(caller, kb, "rebuild" if body.rebuild else "sync", {}).id}

    return await shown(request, queued, 202)


@router.post("/add", status_code=202)
async def add(request: Request, kb: str, body: PlacesBody, caller: Ingester) -> JSONResponse:
    """Bring in places on the server's own disk; for the folder's owner."""

    def queued() -> dict[str, Any]:
        service = service_of(request)
        _reached(service, caller, kb)
        if not caller.owner:
            raise Refused(403, "forbidden", "Only who owns the server's folder names places on its disk; upload files.")
        for path in body.paths:
            if not Path(path).is_absolute():
                raise WrongUse(f"'{path}' is no whole path; the server does not know from where it is meant.")
        return {"job": service.jobs.put(caller, kb, "add", body.model_dump()).id}

    return await shown(request, queued, 202)


@router.post("/delete")
async def delete_many(request: Request, kb: str, body: NamesBody, caller: Ingester) -> JSONResponse:
    """Remove documents, or folders of documents."""
    return await shown(request, lambda: _deleted(service_of(request), caller, kb, body.documents))


@router.delete("/documents/{document:path}")
async def delete(request: Request, kb: str, document: str, caller: Ingester) -> JSONResponse:
    """Remove a document."""

    def removed() -> dict[str, Any]:
        service = service_of(request)
        with service.lent(caller, kb) as base:
            known(base, document)
        return _deleted(service, caller, kb, [document])

    return await shown(request, removed)


def _relabel(base: KnowledgeBase, document: str, fields: Mapping[str, Any]) -> None:
    try:
        base.relabel(document, fields)
    except WrongUse as error:
        if own_file(base.folder, document) is None:
            raise Refused(409, "not_own", str(error)) from error
        raise


def known(base: KnowledgeBase, document: str) -> str:
    """The id of a document; the sentence about one that is not there names those alone that the caller sees.

    Raises:
        Refused: there is none of this id for the caller.
    """
    if base.has(document):
        return document
    try:
        base.document(document)
    except WrongUse as error:
        raise Refused(404, "not_found", str(error)) from error
    raise not_found()  # nearly its name, as with a stroke at the end


def _reached(service: Service, caller: Identity, kb: str) -> None:
    if not caller.reaches(kb):
        raise not_found()
    service.home.place(caller.tenant, kb)


def _staged(service: Service, caller: Identity, kb: str, form: FormData) -> dict[str, Any]:
    """Files on the server's disk, and the job that takes them over."""
    files = [each for each in form.getlist("files") if isinstance(each, UploadFile)]
    if not files:
        raise WrongUse("The upload has no file; send files in fields called `files`.")
    metadata = form.get("metadata")
    fields = fields_of(metadata if isinstance(metadata, str) else None, caller)
    arrivals, left = sorted_out([(each.filename or "", each.size or 0) for each in files], service.limits.file_mb)
    if len({each.document for each in arrivals}) < len(arrivals):
        raise WrongUse("Two files of the upload have one name; give each its own.")
    with service.held(caller, kb) as base:
        refuse_taken(base, [each.document for each in arrivals], caller.groups)
    job = secrets.token_hex(16)
    folder = service.home.staging / job
    try:
        _make(folder)
        for arrival in arrivals:
            _store(files[int(arrival.staged)], folder / arrival.staged)
        return {"job": service.jobs.put(caller, kb, "take", as_spec(arrivals, fields, caller, left), id=job).id}
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _store(upload: UploadFile, place: Path) -> None:
    try:
        with place.open("wb") as out:
            shutil.copyfileobj(upload.file, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise no_room(error) from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir()
    except OSError as error:
        raise no_room(error) from error


def _deleted(service: Service, caller: Identity, kb: str, names: list[str]) -> dict[str, Any]:
    with service.held(caller, kb) as base:
        if caller.groups is None:
            return shapes.report_shape(base.delete(*names))
        seen = base.seen_by(caller.groups)
        names = [info.id for name in names for info in seen.documents(name)]
        if any(not seen.has(each.id) for name in names for each in base.documents(name)):  # below one of them
            raise Refused(403, "forbidden", "This key sees some documents only, and there are more by that name.")
        return own_report(shapes.report_shape(base.delete(*names)))


def own_report(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report for a caller of some groups: what was encoded before may be a text that it may not see."""
    return {**report, "encoded": 0, "reused": 0}


def job_shape(service: Service, job: Job, caller: Identity) -> dict[str, Any]:
    """A job as callers see it."""
    report = job.report if caller.groups is None or job.report is None else own_report(job.report)
    return {
        "id": job.id,
        "kb": job.kb,
        "kind": job.kind,
        "state": job.state,
        "progress": service.jobs.progress(job.id),
        "report": report,
        "error": job.error,
        "created": shapes.moment(job.created),
        "changed": shapes.moment(job.changed),
    }
