"""Questions: found, answered, looked into, and what people say of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from wenyuan import shapes
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.streaming import AnswerStream
from wenyuan.server.bodies import AskBody, Asked, FeedbackBody, SearchBody, WhyBody
from wenyuan.server.errors import language_of, not_found
from wenyuan.server.events import Event, EventStream
from wenyuan.server.identity import Identity
from wenyuan.server.routes.given import ERRORS, EVENTS, Admin, Reader, metrics_of, service_of, shown
from wenyuan.server.saying import said
from wenyuan.server.waiting import awaited, nothing
from wenyuan.trace import Trace
from wenyuan.types import Answer

_PINNED = "pinned: "  # how a trace calls a search in a document that a rule puts first

router = APIRouter(prefix="/api/knowledge-bases/{kb}", tags=["questions"], responses=ERRORS)


@router.post("/search")
async def search(request: Request, kb: str, body: SearchBody, caller: Reader) -> JSONResponse:
    """The best passages, with the score and rank that each leg gave them."""

    def found() -> dict[str, Any]:
        spans = service_of(request).telemetry.question("retrieval", kb, body.question)
        with _asked(request, caller, kb, body) as base, spans as span:
            result = base.search(
                body.question,
                body.k,
                history=body.turns(),
                filter=body.narrowed(),
                legs=body.legs,
                rerank=body.rerank,
                rerank_ms=body.rerank_ms,
            )
            shape = shapes.search_shape(result, body.explain)
            span.told(shape)
        return shape | _kept(request, caller, kb, result.trace, body.trace)

    return JSONResponse(await _awaited(request, found))


@router.post("/ask", response_model=None, responses=EVENTS)
async def ask(request: Request, kb: str, body: AskBody, caller: Reader) -> Response:
    """An answer with its sources, or a statement that they do not suffice."""
    asking = Asking(request, caller, kb, body)
    if body.stream:
        service = service_of(request)
        seconds = service.limits.deadline
        return EventStream(service.asking, asking.told, cancel=asking.close, seconds=seconds)
    return JSONResponse(await _awaited(request, asking.whole, asking.close))


@router.post("/why")
async def why(request: Request, kb: str, body: WhyBody, caller: Reader) -> JSONResponse:
    """The stage that lost a document, and the smallest changes that would bring it in."""

    def looked_into() -> dict[str, Any]:
        with _asked(request, caller, kb, body) as base:
            return shapes.why_shape(
                base.why(body.question, body.document, k=body.k, filter=body.narrowed(), ask=body.ask)
            )

    return JSONResponse(await _awaited(request, looked_into))


@router.get("/traces/{trace}")
async def trace_of(request: Request, kb: str, trace: str, caller: Reader) -> JSONResponse:
    """What each stage saw and did, of one of the caller's last questions."""

    def read() -> dict[str, Any]:
        service = service_of(request)
        kept = service.traces.get(trace)
        if kept is None or not kept.belongs_to(caller, kb):
            raise not_found()
        record = kept.trace.as_json()
        with service.lent(caller, kb) as base:
            if not all(map(base.has, documents_in(record))):  # gone since, or hidden
                raise not_found()
        return record

    return await shown(request, read)


@router.post("/feedback", status_code=201)
async def feedback(request: Request, kb: str, body: FeedbackBody, caller: Reader) -> JSONResponse:
    """Keep what a person says of an answer."""

    def kept() -> dict[str, Any]:
        service = service_of(request)
        with service.lent(caller, kb):
            said = {name: value for name, value in body.model_dump().items() if value}
            return {"n": service.feedback.add(caller, kb, said)}

    return await shown(request, kept, 201)


@router.get("/feedback")
async def feedback_list(
    request: Request,
    kb: str,
    caller: Admin,
    limit: int = Query(100, ge=1, le=1000),
    before: int | None = Query(None, ge=0, le=1 << 62),
) -> JSONResponse:
    """What people said of answers, the newest first."""

    def read() -> dict[str, Any]:
        service = service_of(request)
        with service.lent(caller, kb):
            return {"feedback": service.feedback.last(caller.tenant, kb, limit, before)}

    return await shown(request, read)


class Asking:
    """One question that wants an answer, on its way."""

    def __init__(self, request: Request, caller: Identity, kb: str, body: AskBody) -> None:
        self._request, self._caller, self._kb, self._body = request, caller, kb, body
        self._stream: AnswerStream | None = None
        self._closed = False

    def told(self) -> Iterator[Event]:
        """What happens, in the caller's language."""
        language = language_of(self._request.headers)
        for name, shape in self.events():
            yield name, said(shape, language)

    def events(self) -> Iterator[Event]:
        """What happens, the answer last."""
        trace, service = Trace(), service_of(self._request)
        spans = service.telemetry.question("chat", self._kb, self._body.question)
        with _asked(self._request, self._caller, self._kb, self._body) as base, spans as span:
            given = base if self._body.llm else base.quoting()
            self._stream = given.stream(
                self._body.question, history=self._body.turns(), filter=self._body.narrowed(), trace=trace
            )
            if self._closed:
                self._stream.close()
            with self._stream as events:
                for event in events:
                    name, shape = shapes.event_shape(event)
                    if isinstance(event, Answer):
                        metrics_of(self._request).answered(event)
                        span.told(shape)
                        shape |= _kept(self._request, self._caller, self._kb, trace, self._body.trace)
                    yield name, shape

    def whole(self) -> dict[str, Any]:
        """The answer."""
        *_, (_, answer) = self.events()
        return answer

    def close(self) -> None:
        """Cancel it, from any thread."""
        self._closed = True
        if self._stream is not None:
            self._stream.close()


def documents_in(record: dict[str, Any]) -> set[str]:
    """The documents that a trace names."""
    assembled = record["assemble"] or {"sources": (), "dropped": ()}
    named = {each["document"] for each in (record["distinct"] or {}).get("seen", ())}
    named |= {each["document"] for each in (*record["hits"], *record["select"])}
    named |= {each["document"] for each in (*assembled["sources"], *assembled["dropped"])}
    for stated in (record["query"] or {}).get("constraints", ()):
        named |= _named_in(stated["filter"])
    named |= {purpose.removeprefix(_PINNED) for purpose in record["within"] if purpose.startswith(_PINNED)}
    return named.union(*(documents_in(inner) for inner in record["within"].values()))


def _named_in(tree: dict[str, Any]) -> set[str]:
    """The documents that a condition names which was read out of a question."""
    if tree.get("field") == "document":
        value = tree["value"]
        return {value} if isinstance(value, str) else {*value}
    parts = [*tree.get("and", ()), *tree.get("or", ()), *([tree["not"]] if "not" in tree else [])]
    return set().union(*map(_named_in, parts))


async def _awaited(
    request: Request, work: Callable[[], dict[str, Any]], cancel: Callable[[], None] = nothing
) -> dict[str, Any]:
    service = service_of(request)
    result = await awaited(request, service.asking, work, service.limits.deadline, cancel)
    metrics_of(request).timed(result.get("timings_ms", {}))
    whole: dict[str, Any] = said(result, language_of(request.headers))
    return whole


@contextmanager
def _asked(request: Request, caller: Identity, kb: str, body: Asked) -> Iterator[KnowledgeBase]:
    with service_of(request).lent(caller, kb) as base:
        yield base if body.constraints else base.without("constraints")


def _kept(request: Request, caller: Identity, kb: str, trace: Trace, whole: bool) -> dict[str, Any]:
    found = {"trace_id": service_of(request).traces.keep(caller, kb, trace)}
    return found | ({"trace": trace.as_json()} if whole else {})
