"""Questions that were not answered, for who looks after the documents."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from wenyuan import shapes
from wenyuan.engine import KnowledgeBase
from wenyuan.server.errors import not_found
from wenyuan.server.identity import Identity
from wenyuan.server.inbox import Unanswered
from wenyuan.server.routes.given import ERRORS, Admin, looked, service_of, shown

router = APIRouter(prefix="/api/knowledge-bases/{kb}/inbox", tags=["inbox"], responses=ERRORS)


@router.get("")
async def list_all(request: Request, kb: str, caller: Admin, limit: int = Query(200, ge=1, le=1000)) -> JSONResponse:
    """Questions that were not answered, the most often asked first, with the sections that came nearest."""

    def read() -> dict[str, Any]:
        service = service_of(request)
        with service.lent(caller, kb) as base:
            found = service.inbox.all(caller.tenant, kb, base.settings.inbox.keep_days, limit)
            return {"questions": [_shape(base, each) for each in found]}

    return await shown(request, read)


@router.delete("/{question}", status_code=204)
async def done(request: Request, kb: str, question: str, caller: Admin) -> Response:
    """Say that a question is done; it comes back when it is asked again and not answered."""
    await looked(request, lambda: _mark(request, caller, kb, question, done=True))
    return Response(status_code=204)


@router.post("/{question}/restore", status_code=204)
async def restore(request: Request, kb: str, question: str, caller: Admin) -> Response:
    """Take back that a question is done."""
    await looked(request, lambda: _mark(request, caller, kb, question, done=False))
    return Response(status_code=204)


def _mark(request: Request, caller: Identity, kb: str, question: str, *, done: bool) -> None:
    service = service_of(request)
    with service.lent(caller, kb):
        if not service.inbox.mark(caller.tenant, kb, question, done=done):
            raise not_found()


def _shape(base: KnowledgeBase, asked: Unanswered) -> dict[str, Any]:
    """A question as people see it; of documents that are gone since, nothing."""
    near = [each for each in asked.nearest if base.has(each["document"])]
    moments = {"first": shapes.moment(asked.first), "last": shapes.moment(asked.last)}
    return asdict(asked) | moments | {"nearest": near}
