"""Question sets, and runs that measure a knowledge base by them."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from wenyuan import messages, shapes
from wenyuan.errors import SourceError
from wenyuan.server.bodies import RunBody, SetBody
from wenyuan.server.errors import language_of, not_found, not_valid
from wenyuan.server.evaluations import QuestionSet, Run
from wenyuan.server.files import place_of
from wenyuan.server.identity import Identity
from wenyuan.server.naming import checked_name
from wenyuan.server.routes.given import ERRORS, Admin, looked, service_of, shown
from wenyuan.server.service import Service

router = APIRouter(prefix="/api/knowledge-bases/{kb}", tags=["evaluation"], responses=ERRORS)

_PAGE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}


@router.get("/question-sets")
async def list_sets(request: Request, kb: str, caller: Admin) -> JSONResponse:
    """The question sets that there are."""
    service = service_of(request)

    def found() -> dict[str, Any]:
        place_of(service, caller, kb)
        sets = service.evaluating.evaluations.sets(caller.tenant, kb)
        return {"question_sets": [_set_shape(each) for each in sets]}

    return await shown(request, found)


@router.get("/question-sets/{name}")
async def read_set(request: Request, kb: str, name: str, caller: Admin) -> JSONResponse:
    """A question set, as it was written and line by line."""
    service = service_of(request)

    def read() -> dict[str, Any]:
        place_of(service, caller, kb)
        return _whole(_found(service, caller, kb, name))

    return await shown(request, read)


@router.put("/question-sets/{name}")
async def write_set(request: Request, kb: str, name: str, body: SetBody, caller: Admin) -> JSONResponse:
    """Write a question set, one JSON object a line; what is not valid changes nothing."""
    service = service_of(request)

    def written() -> dict[str, Any]:
        from wenyuan.evaluate.question_set import read_set

        place_of(service, caller, kb)
        checked_name("question set", name)
        try:
            questions = read_set(body.jsonl, _file(name))
        except SourceError as error:
            raise not_valid(error) from error
        service.evaluating.evaluations.keep_set(caller.tenant, kb, name, body.jsonl, len(questions))
        return _whole(_found(service, caller, kb, name))

    return await shown(request, written)


@router.delete("/question-sets/{name}", status_code=204)
async def delete_set(request: Request, kb: str, name: str, caller: Admin) -> Response:
    """Delete a question set; the runs by it stay."""
    service = service_of(request)

    def deleted() -> None:
        place_of(service, caller, kb)
        if not service.evaluating.evaluations.delete_set(caller.tenant, kb, name):
            raise not_found()

    await looked(request, deleted)
    return Response(status_code=204)


@router.post("/question-sets/{name}/run", status_code=202)
async def run(request: Request, kb: str, name: str, caller: Admin, body: RunBody | None = None) -> JSONResponse:
    """Measure the knowledge base by a question set; the job has the id of the run."""
    service, measure = service_of(request), (body or RunBody()).measure

    def queued() -> dict[str, Any]:
        place_of(service, caller, kb)
        job = service.evaluating.queue(caller, kb, name, measure)
        return {"job": job.id, "evaluation": job.id}

    return await shown(request, queued, 202)


@router.get("/evaluations")
async def list_runs(request: Request, kb: str, caller: Admin) -> JSONResponse:
    """The runs with their figures, the newest first."""
    service = service_of(request)

    def found() -> dict[str, Any]:
        place_of(service, caller, kb)
        runs = service.evaluating.evaluations.runs(caller.tenant, kb)
        return {"evaluations": [_run_shape(request, each) for each in runs]}

    return await shown(request, found)


@router.get("/evaluations/{evaluation}")
async def look(
    request: Request,
    kb: str,
    evaluation: str,
    caller: Admin,
    against: Annotated[str | None, Query(max_length=64, description="An earlier run, to compare with.")] = None,
) -> JSONResponse:
    """A run with all that it measured, and beside an earlier one."""
    service = service_of(request)

    def read() -> dict[str, Any]:
        from wenyuan.evaluate.lent import compared

        kept = _run(service, caller, kb, evaluation)
        record = service.evaluating.evaluations.record(caller.tenant, kb, evaluation)
        shape = _run_shape(request, kept) | {"record": record}
        if against is None:
            return shape
        earlier = _run(service, caller, kb, against)
        name = f"{earlier.name}, {shapes.moment(earlier.created)}"
        gap = compared(_ended(record), _ended(_record(service, caller, kb, against)), name)
        return shape | {"against": gap.shape()}

    return await shown(request, read)


@router.get("/evaluations/{evaluation}/report", response_class=Response, responses=ERRORS | _PAGE)
async def report(request: Request, kb: str, evaluation: str, caller: Admin) -> Response:
    """The page of a run, as `wenyuan eval --report` writes it."""
    service = service_of(request)

    def made() -> Response:
        from wenyuan.evaluate.lent import page_of

        _run(service, caller, kb, evaluation)
        page, scripts = page_of(_ended(_record(service, caller, kb, evaluation)))
        return HTMLResponse(page, headers={"content-security-policy": _policy(scripts)})

    return await looked(request, made)


@router.delete("/evaluations/{evaluation}", status_code=204)
async def delete(request: Request, kb: str, evaluation: str, caller: Admin) -> Response:
    """Delete a run; one that goes on is broken off."""
    service = service_of(request)

    def deleted() -> None:
        kept = _run(service, caller, kb, evaluation)
        service.evaluating.evaluations.delete(caller.tenant, kb, evaluation)
        if kept.ended is None:
            service.jobs.cancel(evaluation)

    await looked(request, deleted)
    return Response(status_code=204)


def _policy(scripts: list[str]) -> str:
    """The page may run its own scripts and none else, is of no site, and asks for nothing."""
    hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts]
    let_run = " ".join(f"'sha256-{each}'" for each in hashes) or "'none'"
    return (
        f"sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src {let_run}; img-src data:; "
        "frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
    )


def _file(name: str) -> Path:
    """What sentences call a set."""
    return Path(f"{name}.jsonl")


def _found(service: Service, caller: Identity, kb: str, name: str) -> QuestionSet:
    kept = service.evaluating.evaluations.set(caller.tenant, kb, name)
    if kept is None:
        raise not_found()
    return kept


def _run(service: Service, caller: Identity, kb: str, id_: str) -> Run:
    place_of(service, caller, kb)
    kept = service.evaluating.evaluations.run(caller.tenant, kb, id_)
    if kept is None:
        raise not_found()
    return kept


def _record(service: Service, caller: Identity, kb: str, id_: str) -> dict[str, Any] | None:
    return service.evaluating.evaluations.record(caller.tenant, kb, id_)


def _ended(record: dict[str, Any] | None) -> dict[str, Any]:
    """What was measured; there is nothing to be seen of a run that has not come to its end."""
    if record is None:
        raise not_found()
    return record


def _set_shape(kept: QuestionSet) -> dict[str, Any]:
    return {"name": kept.name, "questions": kept.questions, "changed": shapes.moment(kept.changed)}


def _whole(kept: QuestionSet) -> dict[str, Any]:
    from wenyuan.evaluate.question_set import read_set

    rows = [each.shape() for each in read_set(kept.jsonl, _file(kept.name))]
    return _set_shape(kept) | {"jsonl": kept.jsonl, "rows": rows}


def _run_shape(request: Request, kept: Run) -> dict[str, Any]:
    service, language = service_of(request), language_of(request.headers)
    job = service.jobs.get(kept.id)
    error = None if job is None else job.error
    state = "done" if kept.ended is not None else "failed" if job is None else job.state
    return {
        "id": kept.id,
        "question_set": kept.name,
        "measure": kept.measure,
        "state": state,
        "progress": service.jobs.progress(kept.id),
        "error": error and {**error, "message": messages.told(error["message"], language)},
        "figures": kept.figures,
        "created": shapes.moment(kept.created),
        "ended": None if kept.ended is None else shapes.moment(kept.ended),
    }
