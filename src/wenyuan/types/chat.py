"""What is said to a language model and what it says back, whatever the wire looks like."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model wants called; `arguments` is the JSON it wrote, unchecked."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    calls: tuple[ToolCall, ...] = ()  # of an assistant
    call_id: str | None = None  # of a tool: the call whose result this is
    reasoning: str | None = None  # of an assistant: some endpoints want it back while tools are called


@dataclass(frozen=True, slots=True)
class ToolSchema:
    """A function as the model sees it; `parameters` is the JSON schema of its arguments, an object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a model in one round."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...] = ()
    choice: Literal["auto", "none", "required"] = "auto"  # of tools
    schema: Mapping[str, Any] | None = None  # the whole reply is to be JSON that fits
    max_tokens: int | None = None  # of the reply; None: the endpoint's own limit


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counted them; None where it did not say."""

    prompt: int | None = None
    completion: int | None = None

    def __add__(self, other: Usage) -> Usage:
        return Usage(_sum(self.prompt, other.prompt), _sum(self.completion, other.completion))


def _sum(a: int | None, b: int | None) -> int | None:
    return None if a is None and b is None else (a or 0) + (b or 0)


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of what the model thinks before it replies; never part of an answer."""

    text: str


Finish = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, slots=True)
class Reply:
    """One round's reply, complete. With finish "length" its text, or its last call, is cut off."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    finish: Finish = "stop"
    reasoning: str | None = None
    usage: Usage = Usage()
    model: str = ""  # as the endpoint names it
    notes: tuple[str, ...] = ()  # what was odd on the way, one sentence each


Piece = TextDelta | ReasoningDelta | Reply


class ChatModel(Protocol):
    """A language model that can be asked; every call is one round."""

    @property
    def id(self) -> str:
        """Model and endpoint ("qwen3@http://127.0.0.1:8080/v1"), without secrets."""
        ...

    @property
    def window(self) -> int:
        """Tokens that prompt and reply may have together."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, estimated from above where the tokenizer is not known."""
        ...

    def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """Deltas as they arrive, then exactly one `Reply`, which holds the whole; closing the iterator cancels.

        Raises:
            EndpointError: no reply, or none that can be used; nothing of it may be shown as an answer.
        """
        ...

    async def aclose(self) -> None:
        """Release the connections; it can be asked again."""
        ...


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What became of a call, as the model is told it."""

    call: ToolCall
    content: str
    ok: bool  # False: refused, unknown, invalid, failed or out of time; `content` says which
    ms: float = 0.0
    executed: bool = True  # False: the function was not run for it (refused, invalid, or known from the journal)


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model asks for a function; it is about to be looked at."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """The result has joined the history."""

    result: ToolResult
