"""Who writes an answer from its sources: the generator that quotes, or a language model, which may call functions."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from wenyuan.conversation import by_model, shorten
from wenyuan.engine.portal import Portal
from wenyuan.errors import WrongUse
from wenyuan.generate import Event, LanguageModel
from wenyuan.generate.language_model import Rounds
from wenyuan.prompt import build_prompt, context_budget, prompt_tokens
from wenyuan.settings import Settings
from wenyuan.trace import Trace, Written
from wenyuan.types import (
    Answer,
    ChatModel,
    Context,
    CountTokens,
    Encoder,
    Generator,
    Message,
    Prompt,
    Query,
    Reply,
    Request,
    Source,
    ToolCall,
    ToolSchema,
)

if TYPE_CHECKING:
    from wenyuan.tools import Tool, Toolbox
    from wenyuan.tools.builtin import Numbering
    from wenyuan.tools.record import RunEvent

JOURNAL = "tools.sqlite"  # in the knowledge base: calls of functions with effects
_SHORT = 256  # tokens of a reply that is no answer
_HISTORY = 0.25  # share of the window that earlier turns may take


@dataclass(frozen=True, slots=True)
class Library:
    """How a language model looks things up, and how old they are."""

    search: Callable[[str, int], Sequence[Source]]
    read: Callable[[str, int, int], Source | None]
    dates: Callable[[Context], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Tools:
    """Functions that the model may call, who agrees to those that need it, and the run they belong to."""

    offered: Sequence[Tool | Callable[..., object]] = ()
    approve: Callable[[ToolCall], bool] | None = None
    run_id: str | None = None  # not to be guessed; the same again after a crash: what was done is not done twice


class Draft(Protocol):
    """One answer in the making."""

    @property
    def budget(self) -> int:
        """Tokens that the text of its sources may have."""
        ...

    @property
    def count_tokens(self) -> CountTokens:
        """Counts them."""
        ...

    def write(self, context: Context, trace: Trace) -> Iterator[Event]:
        """What happens, the `Answer` last."""
        ...


class Writer(Protocol):
    """Begins answers; any thread may call every method."""

    def draft(self, query: Query, history: Sequence[Message], tools: Tools, library: Library) -> Draft:
        """An answer to this question; WrongUse where its functions cannot be offered."""
        ...

    def close(self) -> None:
        """Release what is held."""
        ...


class Quoter:
    """Writes with a generator that needs nothing but its context."""

    def __init__(self, generator: Generator, encoder: Encoder, budget: int) -> None:
        self._generator = generator
        self.count_tokens: CountTokens = encoder.count_tokens
        self.budget = budget

    def draft(self, query: Query, history: Sequence[Message], tools: Tools, library: Library) -> Draft:
        """Itself, with the question."""
        del history, library
        if tools.offered:
            raise WrongUse('Functions are called by a language model; name one in the settings: [llm] url = "…".')
        return _Quoted(self, query, self._generator)

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class _Quoted:
    quoter: Quoter
    query: Query
    generator: Generator

    @property
    def budget(self) -> int:
        return self.quoter.budget

    @property
    def count_tokens(self) -> CountTokens:
        return self.quoter.count_tokens

    def write(self, context: Context, trace: Trace) -> Iterator[Event]:
        with trace.stage("prompt"):
            prompt = build_prompt(self.query, context)
        with trace.stage("generate"):
            answer = self.generator.generate(prompt)
        yield answer


class ModelWriter:
    """Writes with a language model; `evidence` says how well a context answers, `fallback` stands in for endpoints."""

    def __init__(
        self,
        model: ChatModel,
        encoder: Encoder,
        settings: Settings,
        journal: Path,
        *,
        evidence: Callable[[Prompt], float] | None = None,
        fallback: Generator | None = None,
    ) -> None:
        self.model = model
        self.settings = settings
        self.encoder = encoder
        self.evidence = evidence
        self.fallback = fallback
        self.journal = journal
        self.portal = Portal()

    def draft(self, query: Query, history: Sequence[Message], tools: Tools, library: Library) -> Draft:
        """Earlier turns have at most a quarter of the window; the oldest are shortened first."""
        room = int(self.model.window * _HISTORY)
        summarise = by_model(self.reply) if self.settings.llm.summarise else None
        fitted = shorten(history, room, self.model.count_tokens, summarise=summarise)
        run = tools.run_id or uuid.uuid4().hex
        return _Modelled(self, query, fitted.messages, fitted.notes, replace(tools, run_id=run), library)

    def reply(self, messages: Sequence[Message]) -> str:
        """A short reply without sources or functions: for tasks on the way to an answer.

        Raises:
            EndpointError: there is none.
        """

        async def last() -> str:
            async with aclosing(self.model.stream(Request(tuple(messages), max_tokens=_SHORT))) as pieces:
                return "".join([piece.text async for piece in pieces if isinstance(piece, Reply)])

        return self.portal.call(last)

    def close(self) -> None:
        """Close the connections and end the event loop."""
        self.portal.close(self.model.aclose)


@dataclass(frozen=True, slots=True)
class _Modelled:
    writer: ModelWriter
    query: Query
    history: Sequence[Message]
    notes: Sequence[str]
    tools: Tools
    library: Library

    @property
    def count_tokens(self) -> CountTokens:
        return self.writer.model.count_tokens

    @property
    def budget(self) -> int:
        settings = self.writer.settings
        left = context_budget(
            self.writer.model.window,
            self.count_tokens,
            reply=settings.llm.reply_tokens,
            messages=self._prompt(Context((), 0)).messages,
            tools=self._schemas(),
            sources=settings.answer.sources,
        )
        return min(settings.answer.budget, left)

    def write(self, context: Context, trace: Trace) -> Iterator[Event]:
        with trace.stage("prompt"):
            prompt = self._fitted(context, trace)
        for note in self.notes:
            trace.note(note)
        with trace.stage("generate"):
            for event in self._events(prompt):
                if isinstance(event, Answer):
                    trace.written = Written(event.model or "", prompt.messages, event.tools, event.usage)
                yield event

    def _fitted(self, context: Context, trace: Trace) -> Prompt:
        """The prompt; where headers of tables, which no budget counts, make it too long, its last sources fall out."""
        room = self.writer.model.window - self.writer.settings.llm.reply_tokens
        schemas, kept = self._schemas(), context
        while prompt_tokens((prompt := self._prompt(kept)).messages, schemas, self.count_tokens) > room:
            if len(kept.sources) < 2:
                break
            trace.note(f"{kept.sources[-1].document} left out to fit the model's window of {room} tokens.")
            kept = replace(kept, sources=kept.sources[:-1])
        return prompt

    def _prompt(self, context: Context) -> Prompt:
        return build_prompt(
            self.query,
            context,
            history=self.history,
            variant=self.writer.settings.llm.prompt,
            tools=self._has_tools,
            dates=self.library.dates(context),
            nonce=self._nonce,
        )

    @property
    def _nonce(self) -> str:
        """Of the delimiters. A run that is taken up must ask in the same words, else its journal cannot be found in."""
        return hashlib.sha256(f"{self.tools.run_id}\n{self.query.text}".encode()).hexdigest()[:12]

    @property
    def _has_tools(self) -> bool:
        return bool(self.tools.offered or self.writer.settings.tools.builtin)

    def _schemas(self) -> Sequence[ToolSchema]:
        if not self._has_tools:
            return ()
        from wenyuan.tools.builtin import Numbering

        return self._toolbox(Numbering()).schemas

    def _toolbox(self, numbering: Numbering) -> Toolbox:
        from wenyuan.tools import Toolbox, builtin

        made: Mapping[str, Callable[[], Tool]] = {
            "search_knowledge": lambda: builtin.search_knowledge(self.library.search, numbering),
            "get_document_span": lambda: builtin.get_document_span(self.library.read, numbering),
            "calculate": lambda: builtin.calculate,
            "current_time": builtin.current_time,
        }
        return Toolbox([*(made[name]() for name in self.writer.settings.tools.builtin), *self.tools.offered])

    def _events(self, prompt: Prompt) -> Iterator[Event]:
        """From the loop of the portal; with functions in rounds, else in one."""
        writer, first = self.writer, len(prompt.context.sources)
        rounds: Rounds | None = None
        numbering: Numbering | None = None
        if self._has_tools:
            from wenyuan.tools.builtin import Numbering

            numbering = Numbering(prompt.context.sources)
            rounds = self._rounds(self._toolbox(numbering))

        def found() -> Sequence[Source]:
            return numbering.sources[first:] if numbering else ()

        language_model = LanguageModel(
            writer.model,
            encoder=writer.encoder,
            evidence=writer.evidence,
            fallback=writer.fallback,
            run=rounds,
            max_tokens=writer.settings.llm.reply_tokens,
        )
        return writer.portal.iterate(lambda: language_model.events(prompt, found))

    def _rounds(self, toolbox: Toolbox) -> Rounds:
        from wenyuan.tools.journal import Journal
        from wenyuan.tools.loop import RunLimits, run
        from wenyuan.tools.persistence import Persistent

        settings = self.writer.settings
        effects = any(not each.readonly for each in toolbox)
        limits = RunLimits(
            rounds=settings.tools.rounds,
            calls=settings.tools.calls,
            parallel=settings.tools.parallel,
            seconds=settings.tools.seconds,
            repeats=settings.tools.repeats,
        )
        looks = any(each.name == "search_knowledge" for each in toolbox)
        model = Persistent(self.writer.model) if looks else self.writer.model

        async def rounds(messages: Sequence[Message]) -> AsyncGenerator[RunEvent, None]:
            from anyio import CancelScope, to_thread

            # Closed by whom it serves: whoever stops listening leaves before the last entry is written.
            journal = await to_thread.run_sync(Journal, self.writer.journal) if effects else None
            try:
                ran = run(
                    model,
                    messages,
                    toolbox,
                    limits=limits,
                    journal=journal,
                    approve=self.tools.approve,
                    run_id=self.tools.run_id,
                    max_tokens=settings.llm.reply_tokens,
                )
                async with aclosing(ran) as events:
                    async for event in events:
                        yield event
            finally:
                if journal:
                    with CancelScope(shield=True):
                        await to_thread.run_sync(journal.close)

        return rounds
