"""Prompt → Draft by a language model, streamed; errors are never text of a draft."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from wenyuan.errors import EndpointError
from wenyuan.types import (
    ChatModel,
    Draft,
    DraftEvent,
    Finish,
    Generator,
    Message,
    Prompt,
    ReasoningDelta,
    Reply,
    Request,
    Source,
    TextDelta,
    ToolCall,
    ToolCalled,
    ToolResult,
    ToolReturned,
    Usage,
)


class Ended(Protocol):
    """How a conversation with functions ended."""

    @property
    def reply(self) -> Reply | None:
        """The last one; None where there is none that is complete."""
        ...

    @property
    def results(self) -> Sequence[ToolResult]:
        """Of the functions, in order."""
        ...

    @property
    def usage(self) -> Usage:
        """Of all rounds together."""
        ...

    @property
    def outcome(self) -> str:
        """ "budget" where a limit was used up without an answer."""
        ...

    @property
    def calls(self) -> Sequence[ToolCall]:
        """Of functions that whoever asks runs."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What was odd on the way, one sentence each."""
        ...


Rounds = Callable[[Sequence[Message]], AsyncGenerator[DraftEvent | Ended, None]]
"""Converses until there is a reply, calling functions; `Ended` comes last."""


@dataclass(frozen=True, slots=True)
class _OneRound:
    """A plain reply as the end of a conversation."""

    reply: Reply
    results: Sequence[ToolResult] = ()
    outcome: str = ""
    calls: Sequence[ToolCall] = ()
    notes: Sequence[str] = ()

    @property
    def usage(self) -> Usage:
        return self.reply.usage


_Piece = DraftEvent | Reply | Ended


class LanguageModel:
    """Writes drafts with a language model.

    `fallback` writes where the endpoint fails. `run` converses with functions; without it one request is made.
    `max_tokens` bounds one reply.
    """

    def __init__(
        self,
        model: ChatModel,
        *,
        fallback: Generator | None = None,
        run: Rounds | None = None,
        max_tokens: int | None = None,
    ) -> None:
        self._model = model
        self._fallback = fallback
        self._run = run
        self._max_tokens = max_tokens

    async def events(
        self, prompt: Prompt, sources: Callable[[], Sequence[Source]] | None = None
    ) -> AsyncGenerator[DraftEvent | Draft, None]:
        """What the model does as it does it, the `Draft` last. Closing the iterator cancels.

        Nothing is held back or checked: text may hold made-up numbers, or be the beginning of a refusal. `sources`
        gives the passages that may be cited where functions find more than the prompt has.

        Raises:
            EndpointError: no reply, and no fallback.
        """
        ended: Ended | None = None
        results: list[ToolResult] = []
        try:
            async with aclosing(self._pieces(prompt)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, TextDelta | ReasoningDelta | ToolCalled | ToolReturned):
                        if isinstance(piece, ToolReturned):
                            results.append(piece.result)
                        yield piece
                    else:
                        ended = _OneRound(piece) if isinstance(piece, Reply) else piece
            if ended is None:
                raise EndpointError(f"{self._model.id} ended without a reply; ask again.", "protocol", retryable=True)
        except EndpointError as error:
            if self._fallback is None:
                raise
            yield await self._instead(self._fallback, prompt, error, results)
            return
        yield self._draft(tuple(sources() if sources else prompt.context.sources), ended)

    def _pieces(self, prompt: Prompt) -> AsyncGenerator[_Piece, None]:
        if self._run:
            return self._run(prompt.messages)
        return self._model.stream(Request(prompt.messages, max_tokens=self._max_tokens))

    def _draft(self, sources: tuple[Source, ...], ended: Ended) -> Draft:
        reply, notes = ended.reply, [*ended.notes]
        notes += [note for note in (reply.notes if reply else ()) if note not in notes]
        if reply and reply.finish == "length":
            notes.append("The model's reply was cut off at its limit of tokens; allow it more.")
        return Draft(
            reply.text if reply else "",
            sources,
            ended=_how(ended),
            model=(reply.model if reply else "") or self._model.id,
            usage=ended.usage if ended.usage != Usage() else None,
            tools=tuple(ended.results),
            calls=tuple(ended.calls),
            notes=tuple(notes),
        )

    async def _instead(
        self, fallback: Generator, prompt: Prompt, error: EndpointError, results: Sequence[ToolResult]
    ) -> Draft:
        """What the fallback writes, marked as its own."""
        from anyio import to_thread

        draft = await to_thread.run_sync(fallback.draft, prompt)
        note = f"The language model did not answer, its sources are quoted instead: {error}"
        return replace(draft, stands_in=True, tools=tuple(results), notes=(note, *draft.notes))


def _how(ended: Ended) -> Finish | Literal["budget"]:
    reply = ended.reply
    if reply and reply.finish == "content_filter":
        return reply.finish
    return "budget" if reply is None or ended.outcome == "budget" else reply.finish
