"""The box in which visitors of a site ask: its script, its words, and conversations that a person is to go on with."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field, model_validator
from starlette.responses import JSONResponse, Response

from wenyuan import shapes
from wenyuan.server.bodies import Body, Turn
from wenyuan.server.errors import not_found
from wenyuan.server.routes.given import ALWAYS, ERRORS, Admin, Visitor, looked, service_of, shown

_SCRIPT = Path(__file__).parents[1] / "widget" / "widget.js"
_LONGEST = 100_000  # characters of a conversation and its passages
_KEPT = "public, max-age=3600"  # that browsers may keep the script
_CODE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/javascript": {"schema": {"type": "string"}}}},
    304: {"description": "It is what the caller has already."},
}

router = APIRouter(tags=["widget"])
_KB = "/api/knowledge-bases/{kb}"


class Passage(Body):
    """A source of an answer, as the page was told it."""

    title: Annotated[str, Field(max_length=1_000)] = ""
    heading: Annotated[str, Field(max_length=2_000)] = ""
    quote: Annotated[str, Field(max_length=8_000)] = ""


class HandoffBody(Body):
    """What a person needs to go on with a conversation."""

    conversation: Annotated[list[Turn], Field(min_length=1, max_length=200)]
    passages: Annotated[tuple[Passage, ...], Field(max_length=50)] = ()
    reason: Annotated[str, Field(max_length=2_000)] = ""
    contact: Annotated[str, Field(max_length=500)] = ""
    language: Literal["zh", "en"] = "en"

    @model_validator(mode="after")
    def _fits(self) -> HandoffBody:
        said = sum(len(turn.content) for turn in self.conversation)
        if said + sum(len(each.title) + len(each.heading) + len(each.quote) for each in self.passages) > _LONGEST:
            raise ValueError(f"it has more than {_LONGEST} characters; send the last turns")
        return self


@router.get("/widget.js", response_class=Response, responses=ALWAYS | _CODE)
async def script(request: Request) -> Response:
    """The script that a page of a site names to have the box."""
    code, tag = _script()
    headers = {"etag": tag, "cache-control": _KEPT, "cross-origin-resource-policy": "cross-origin"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(code, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get(f"{_KB}/widget", responses=ERRORS)
async def words(request: Request, kb: str, caller: Visitor) -> JSONResponse:
    """What the box says, by the settings of `[widget]`."""

    def read() -> dict[str, Any]:
        with service_of(request).lent(caller, kb) as base:
            said = base.settings.widget.model_dump()
            both = {name: {each: said[f"{name}_{each}"] for each in ("zh", "en")} for name in _BOTH}
            return both | {"colour": said["colour"]}

    return await shown(request, read)


_BOTH = ("title", "greeting", "handoff")


@router.post(f"{_KB}/handoffs", status_code=201, responses=ERRORS)
async def hand_off(request: Request, kb: str, body: HandoffBody, caller: Visitor) -> JSONResponse:
    """Ask for a person to go on with a conversation."""

    def kept() -> dict[str, Any]:
        service = service_of(request)
        with service.lent(caller, kb):
            return {"id": service.handoffs.add(caller.tenant, kb, caller.key, body.model_dump())}

    return await shown(request, kept, 201)


@router.get(f"{_KB}/handoffs", responses=ERRORS)
async def handoffs(
    request: Request,
    kb: str,
    caller: Admin,
    limit: int = Query(100, ge=1, le=1000),
    after: str | None = Query(None, max_length=64),
) -> JSONResponse:
    """Conversations that a person is to go on with, the newest first."""

    def read() -> dict[str, Any]:
        service = service_of(request)
        with service.lent(caller, kb):
            found = service.handoffs.last(caller.tenant, kb, limit, after)
        more = {"next": found[-1]["id"]} if len(found) == limit else {}
        return {"handoffs": [each | {"time": shapes.moment(each["time"])} for each in found]} | more

    return await shown(request, read)


@router.delete(f"{_KB}/handoffs/{{handoff}}", status_code=204, responses=ERRORS)
async def seen_to(request: Request, kb: str, handoff: str, caller: Admin) -> Response:
    """Delete one that was seen to, with what its asker said."""

    def removed() -> None:
        service = service_of(request)
        with service.lent(caller, kb):
            if not service.handoffs.remove(caller.tenant, kb, handoff):
                raise not_found()

    await looked(request, removed)
    return Response(status_code=204)


@cache
def _script() -> tuple[bytes, str]:
    """The script, and by what a browser knows that it has it."""
    text = re.sub(r"^ */\*\*(?:(?!\*/).)*\*/\n", "", _SCRIPT.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    code = re.sub(r"^ +", "", text, flags=re.MULTILINE).encode()  # without comments and indentation
    return code, f'"{hashlib.sha256(code).hexdigest()[:16]}"'
