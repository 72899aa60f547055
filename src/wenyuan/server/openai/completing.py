"""One chat completion on its way: a question to a knowledge base, and its answer as OpenAI's clients read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from wenyuan import shapes
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.streaming import AnswerStream
from wenyuan.server.events import Event
from wenyuan.server.identity import Identity
from wenyuan.server.metrics import Metrics
from wenyuan.server.networks import knowledge_base
from wenyuan.server.openai.annotations import places_of
from wenyuan.server.openai.bodies import ChatBody
from wenyuan.server.openai.conversation import read_conversation, read_tools
from wenyuan.server.openai.shapes import Completed, Head
from wenyuan.server.openai.told import Told
from wenyuan.server.service import Service
from wenyuan.trace import Trace
from wenyuan.types import Answer, DraftEvent, ReasoningDelta, TextDelta, ToolCalled

DONE = b"data: [DONE]\n\n"
"""What ends a stream that went well."""


def frame(event: Event) -> bytes:
    """An event as OpenAI sends it: without its name, which only errors need, and they say what they are."""
    return b"data: " + json.dumps(event[1], ensure_ascii=False).encode() + b"\n\n"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and by which address of this server."""

    identity: Identity
    root: str  # with a stroke at its end


class Completion:
    """An answer in the making; `close`, from any thread, cancels it."""

    def __init__(self, service: Service, metrics: Metrics, caller: Caller, body: ChatBody) -> None:
        """Reads what is asked.

        Raises:
            Refused, WrongUse: it makes no sense, or asks for what would not be done.
        """
        body.check()
        self._service, self._metrics, self._caller, self._body = service, metrics, caller, body
        self._asked = read_conversation(body.messages)
        self._tools = read_tools(body, self._asked.turns)
        self._filter = body.wenyuan.narrowed()
        self._head = Head(body.model)
        self._stream: AnswerStream | None = None
        self._closed = False

    def whole(self) -> dict[str, Any]:
        """The completion; empty where it was closed before."""
        *_, last = (None, *self._events())
        return self._head.whole(last) if isinstance(last, Completed) else {}

    def chunks(self) -> Iterator[Event]:
        """Its chunks: text as it is written, then what is known at the end."""
        options = self._body.stream_options
        counted = options is not None and bool(options.include_usage)
        for n, chunk in enumerate(self._chunks(counted)):
            if n == 0:
                yield "chunk", self._head.chunk({"role": "assistant", "content": ""}) | _uncounted(counted)
            yield "chunk", chunk

    def close(self) -> None:
        """Cancel it."""
        self._closed = True
        if self._stream is not None:
            self._stream.close()

    def _chunks(self, counted: bool) -> Iterator[dict[str, Any]]:
        told = Told()
        for event in self._events():
            match event:
                case TextDelta(text):
                    yield self._head.chunk({"content": told.more(text)}) | _uncounted(counted)
                case ReasoningDelta(text):
                    yield self._head.chunk({"reasoning_content": text}) | _uncounted(counted)
                case ToolCalled():
                    told.called()
                case Completed(answer):
                    if rest := told.ended(answer):
                        yield self._head.chunk({"content": rest}) | _uncounted(counted)
                    done = replace(event, text=told.text)
                    yield from (chunk | _uncounted(counted) for chunk in self._head.last_chunks(done))
                    if counted:
                        yield self._head.usage_chunk(done)

    def _events(self) -> Iterator[DraftEvent | Completed]:
        """What happens on the way to the answer, and the answer."""
        service, trace, asked = self._service, Trace(), self._asked
        kb = knowledge_base(service, self._caller.identity, self._body.model)
        spans = service.telemetry.question("chat", kb, asked.question)
        with service.lent(self._caller.identity, kb) as base, spans as span:
            self._stream = self._narrowed(base).stream(
                asked.question, history=asked.history, filter=self._filter, tools=self._tools, trace=trace
            )
            if self._closed:
                self._stream.close()
            with self._stream as events:
                for event in events:
                    if isinstance(event, Answer):
                        span.told(shapes.ask_shape(event))
                        yield self._completed(base, kb, event, trace)
                    else:
                        yield event

    def _narrowed(self, base: KnowledgeBase) -> KnowledgeBase:
        ours = self._body.wenyuan
        base = base if ours.constraints else base.without("constraints")
        return base if ours.llm else base.quoting()

    def _completed(self, base: KnowledgeBase, kb: str, answer: Answer, trace: Trace) -> Completed:
        self._metrics.answered(answer)
        self._metrics.timed(answer.timings_ms)
        days = base.settings.inbox.keep_days
        self._service.inbox.note(self._caller.identity.tenant, kb, answer, trace, days)
        places = places_of(base, kb, self._caller.root, answer.citations)
        kept = self._service.traces.keep(self._caller.identity, kb, trace)
        return Completed(answer, answer.text, places, kept, self._asked.notes)


def _uncounted(counted: bool) -> dict[str, Any]:
    """What OpenAI adds to the chunks before the one with the usage."""
    return {"usage": None} if counted else {}
