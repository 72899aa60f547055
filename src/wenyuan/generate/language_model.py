"""Prompt → Answer by a language model: streamed, its citations checked, or refused; errors are never answer text."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

from wenyuan.cite.citations import check_citations
from wenyuan.cite.markers import without_markers
from wenyuan.cite.quoting import refusal
from wenyuan.cite.verdict import Shown, read_verdict
from wenyuan.errors import EndpointError
from wenyuan.types import (
    Answer,
    ChatModel,
    Decision,
    Encoder,
    Generator,
    Language,
    Message,
    Prompt,
    Query,
    ReasoningDelta,
    Reply,
    Request,
    Source,
    TextDelta,
    ToolCalled,
    ToolResult,
    ToolReturned,
    Usage,
)

Event = TextDelta | ReasoningDelta | ToolCalled | ToolReturned | Answer
"""What happens on the way to an answer; the `Answer` comes last and once."""


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
    def notes(self) -> Sequence[str]:
        """What was odd on the way, one sentence each."""
        ...


Rounds = Callable[
    [Sequence[Message]], AsyncGenerator[TextDelta | ReasoningDelta | ToolCalled | ToolReturned | Ended, None]
]
"""Converses until there is a reply, calling functions; `Ended` comes last."""


@dataclass(frozen=True, slots=True)
class _OneRound:
    """A plain reply as the end of a conversation."""

    reply: Reply
    results: Sequence[ToolResult] = ()
    outcome: str = ""
    notes: Sequence[str] = ()

    @property
    def usage(self) -> Usage:
        return self.reply.usage


_Piece = TextDelta | ReasoningDelta | ToolCalled | ToolReturned | Reply | Ended


class _Arrived:
    """What has arrived of a reply."""

    def __init__(self, known: Callable[[], Sequence[Source]]) -> None:
        self._known = known
        self.shown = Shown(known)
        self.ended: Ended | None = None
        self.streamed = False  # something of its text
        self.results: list[ToolResult] = []

    def take(self, piece: _Piece) -> list[Event]:
        """What may be passed on, now that this has come."""
        if isinstance(piece, TextDelta):
            return self._text(self.shown.feed(piece.text))
        if isinstance(piece, ToolCalled):
            said = self._text(self.shown.close())  # before a call: no part of the answer
            self.shown = Shown(self._known)
            return [*said, piece]
        if isinstance(piece, ToolReturned):
            self.results.append(piece.result)
        if isinstance(piece, ReasoningDelta | ToolReturned):
            return [piece]
        self.ended = _OneRound(piece) if isinstance(piece, Reply) else piece
        return []

    def _text(self, text: str) -> list[Event]:
        self.streamed |= bool(text)
        return [TextDelta(text)] if text else []


class LanguageModel:
    """Answers with a language model.

    `encoder` finds citations whose sentence is put in other words; without it only words in common count. `evidence`
    (`Extractive.confidence`) says how well a context answers a question. `fallback` answers where the endpoint fails.
    `run` converses with functions; without it one request is made. `max_tokens` bounds one reply.

    An answer's confidence is the share of its sentences that have a checked citation, times the evidence: an answer
    that cites nothing has 0. A citation shows that its source is about the sentence, not that it proves it.
    """

    def __init__(
        self,
        model: ChatModel,
        *,
        encoder: Encoder | None = None,
        evidence: Callable[[Prompt], float] | None = None,
        fallback: Generator | None = None,
        run: Rounds | None = None,
        max_tokens: int | None = None,
    ) -> None:
        self._model = model
        self._encoder = encoder
        self._evidence = evidence
        self._fallback = fallback
        self._run = run
        self._max_tokens = max_tokens

    async def events(
        self, prompt: Prompt, found: Callable[[], Sequence[Source]] = tuple
    ) -> AsyncGenerator[Event, None]:
        """What happens as it happens, the `Answer` last: it replaces what was streamed, where that differs.

        Text is streamed with the numbers of the answer. `found` gives the passages that functions have found so far,
        numbered on from those of the context: they can be cited, too. Closing the iterator cancels.

        Raises:
            EndpointError: no reply, and no fallback.
        """
        from anyio import to_thread

        def known() -> tuple[Source, ...]:
            return (*prompt.context.sources, *found())

        arrived = _Arrived(known)
        try:
            async with aclosing(self._pieces(prompt)) as pieces:
                async for piece in pieces:
                    for event in arrived.take(piece):
                        yield event
            if arrived.ended is None:
                raise EndpointError(f"{self._model.id} ended without a reply; ask again.", "protocol", retryable=True)
        except EndpointError as error:
            if self._fallback is None:
                raise
            yield await to_thread.run_sync(self._instead, prompt, error, arrived)
            return
        answer = await to_thread.run_sync(self._answer, prompt, known(), arrived.ended)
        if answer.decision is Decision.ANSWERED and (text := arrived.shown.close()):
            yield TextDelta(text)
        yield answer

    def _pieces(self, prompt: Prompt) -> AsyncGenerator[_Piece, None]:
        if self._run:
            return self._run(prompt.messages)
        return self._model.stream(Request(prompt.messages, max_tokens=self._max_tokens))

    def _answer(self, prompt: Prompt, sources: Sequence[Source], ended: Ended) -> Answer:
        """Judge what the model has said; slow where citations must be looked for by meaning."""
        said = _WORDS[prompt.query.language]
        reply, notes = ended.reply, [*ended.notes]
        notes += [note for note in (reply.notes if reply else ()) if note not in notes]
        verdict = read_verdict(reply.text if reply else "")
        cited = check_citations(verdict.text, sources, encoder=self._encoder)
        text = cited.text.strip()
        notes += cited.notes
        if reply and reply.finish == "length":
            notes.append("The model's reply was cut off at its limit of tokens; allow it more.")
        said_back = "" if _echoes(text, prompt.query) else text
        why = _refused(ended, verdict.insufficient, said_back, bool(cited.citations))
        share = cited.share
        evidence = self._evidence if share or why else None
        whole = replace(prompt, context=replace(prompt.context, sources=tuple(sources)))
        likely = evidence(whole) if evidence else 1.0
        if why:
            answer = refusal(said[why], prompt.query.language, sources, likely if self._evidence else 0.0)
        else:
            reason = said["partly" if verdict.insufficient == "partly" else "cited" if cited.citations else "uncited"]
            answer = Answer(Decision.ANSWERED, reason, text, cited.citations, share * likely)
        return replace(
            answer,
            notes=tuple(notes),
            model=(reply.model if reply else "") or self._model.id,
            usage=ended.usage if ended.usage != Usage() else None,
            tools=tuple(ended.results),
        )

    def _instead(self, prompt: Prompt, error: EndpointError, arrived: _Arrived) -> Answer:
        """What the fallback says, marked as its own."""
        assert self._fallback
        answer = self._fallback.generate(prompt)
        notes = [f"The language model did not answer, its sources are quoted instead: {error}"]
        if arrived.streamed:
            notes.append("What had been streamed of the model's reply is void.")
        reason = f"{_WORDS[prompt.query.language]['failed']} {answer.reason}"
        return replace(answer, reason=reason, notes=(*notes, *answer.notes), tools=tuple(arrived.results))


def _echoes(text: str, query: Query) -> bool:
    """Whether a reply is the question itself, with a number or without: small models do that."""
    said, asked = (_letters(each) for each in (without_markers(text), query.normalised))
    return said == asked


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _refused(ended: Ended, insufficient: str, text: str, cited: bool) -> str | None:
    """Why what was said is no answer; None where it is one."""
    reply = ended.reply
    if reply and reply.finish == "content_filter":
        return "filtered"
    if reply is None or ended.outcome == "budget":
        return "budget"
    if insufficient == "wholly" or (insufficient == "partly" and not cited):
        return "insufficient"
    if not any(map(str.isalnum, text)):
        return "cut" if reply.finish == "length" else "empty"
    return None


_WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "cited": "答案由语言模型依据所列来源写成。",
        "uncited": "答案由语言模型写成，其中没有一句能找到来源。",
        "partly": "答案由语言模型依据所列来源写成；资料只够回答其中一部分。",
        "insufficient": "语言模型认为资料中没有足够的依据来回答这个问题。",
        "filtered": "语言模型的内容过滤器拦下了这个问题的回答。",
        "empty": "语言模型没有给出任何回答。",
        "cut": "语言模型在给出回答之前就用完了允许的长度。",
        "budget": "语言模型在规定的限度内没有得出回答。",
        "failed": "语言模型未能作答。",
    },
    "en": {
        "cited": "The answer was written by a language model from the sources listed.",
        "uncited": "The answer was written by a language model; no sentence of it could be traced to a source.",
        "partly": "The answer was written by a language model from the sources listed, which suffice for a part only.",
        "insufficient": "The language model found no sufficient source for an answer to this question.",
        "filtered": "The language model's content filter withheld the answer to this question.",
        "empty": "The language model gave no answer.",
        "cut": "The language model used up the length it was allowed before it answered.",
        "budget": "The language model came to no answer within its limits.",
        "failed": "The language model did not answer.",
    },
}
