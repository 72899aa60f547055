"""Rules before they are written: checked, tried, and one proposed that brings a document in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from wenyuan.rules import FILE_NAME
from wenyuan.server import ruling
from wenyuan.server.bodies import ProposeBody, RulesBody, RulesTestBody
from wenyuan.server.errors import language_of
from wenyuan.server.files import place_of, read_file
from wenyuan.server.routes.given import ERRORS, Admin, service_of, shown
from wenyuan.server.saying import said
from wenyuan.server.waiting import awaited

router = APIRouter(prefix="/api/knowledge-bases/{kb}/rules", tags=["rules"], responses=ERRORS)


@router.post("/check")
async def check(request: Request, kb: str, body: RulesBody, caller: Admin) -> JSONResponse:
    """Whether rules are valid, and what they are; nothing is written."""

    def checked() -> dict[str, Any]:
        place_of(service_of(request), caller, kb)
        return ruling.checked(body.rules)

    return await shown(request, checked)


@router.post("/test")
async def test(request: Request, kb: str, body: RulesTestBody, caller: Admin) -> JSONResponse:
    """What rules do to a question, or whether their tests hold; nothing is written."""
    service = service_of(request)

    def tested() -> dict[str, Any]:
        with service.lent(caller, kb) as base:
            return ruling.tested(base, body.rules, body.question, body.k)

    result = await awaited(request, service.asking, tested, service.limits.deadline)
    return JSONResponse(said(result, language_of(request.headers)))


@router.post("/propose")
async def propose(request: Request, kb: str, body: ProposeBody, caller: Admin) -> JSONResponse:
    """A rule that brings a document in for questions like one; it was tried, and nothing is written."""
    service = service_of(request)
    language = language_of(request.headers)

    def proposed() -> dict[str, Any]:
        toml = read_file(place_of(service, caller, kb), FILE_NAME)
        with service.lent(caller, kb) as base:
            return ruling.proposed(base, toml, body, language)

    result = await awaited(request, service.asking, proposed, service.limits.deadline)
    return JSONResponse(said(result, language_of(request.headers)))
