"""Answers in OpenAI's shapes: whole, and in chunks."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wenyuan import shapes
from wenyuan.server.openai.annotations import Place, annotated, citations_shape
from wenyuan.types import Answer, Decision, ToolCall


@dataclass(frozen=True, slots=True)
class Completed:
    """An answer with what its reader needs: the text as the caller has it, and where the documents are."""

    answer: Answer
    text: str
    places: Mapping[str, Place]
    trace_id: str
    notes: Sequence[str] = ()  # on the request

    @property
    def annotations(self) -> list[dict[str, Any]]:
        """OpenAI's citations."""
        return annotated(self.text, self.answer.text, self.answer.citations, self.places)

    @property
    def ours(self) -> dict[str, Any]:
        """The block `wenyuan`: the answer as `ask --json` has it, with the places of its documents."""
        shape = shapes.ask_shape(self.answer)
        del shape["usage"]
        cited = citations_shape(self.answer.citations, self.places)
        return shape | {"citations": cited, "notes": [*shape["notes"], *self.notes], "trace_id": self.trace_id}

    @property
    def finish(self) -> str:
        """Why the message ends."""
        return "tool_calls" if self.answer.decision is Decision.CALLED else "stop"

    @property
    def usage(self) -> dict[str, int]:
        """Tokens, all rounds of a language model together; none where the answer is quoted."""
        used = self.answer.usage
        prompt, completion = (used.prompt or 0, used.completion or 0) if used else (0, 0)
        return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


@dataclass(frozen=True, slots=True)
class Head:
    """What every part of one reply begins with."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(14)}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, done: Completed) -> dict[str, Any]:
        """`chat.completion`."""
        calls = done.answer.calls
        message = {
            "role": "assistant",
            "content": None if calls and not done.text else done.text,
            "refusal": None,
            "annotations": done.annotations,
            **({"tool_calls": [_call(call) for call in calls]} if calls else {}),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": done.finish}
        return self._part("chat.completion", [choice]) | {"usage": done.usage, "wenyuan": done.ours}

    def chunk(self, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        """`chat.completion.chunk`."""
        choice = {"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": finish}
        return self._part("chat.completion.chunk", [choice])

    def last_chunks(self, done: Completed) -> list[dict[str, Any]]:
        """Annotations, calls of functions, and the end; all text was sent before."""
        cited = self.chunk({"annotations": done.annotations}) | {"wenyuan": done.ours}
        calls = [{"index": n, **_call(call)} for n, call in enumerate(done.answer.calls)]
        called = [self.chunk({"tool_calls": calls})] if calls else []
        return [cited, *called, self.chunk({}, done.finish)]

    def usage_chunk(self, done: Completed) -> dict[str, Any]:
        """The chunk without a choice."""
        return self._part("chat.completion.chunk", []) | {"usage": done.usage}

    def _part(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, "choices": choices}


def _call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
