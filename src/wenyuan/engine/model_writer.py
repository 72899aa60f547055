"""The writer that asks a language model, which may call functions."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.conversation import by_model, shorten
from wenyuan.engine.portal import Portal
from wenyuan.engine.writing import Drafting, Library, Tools
from wenyuan.generate import LanguageModel
from wenyuan.generate.language_model import Rounds
from wenyuan.prompt import build_prompt, context_budget, prompt_tokens
from wenyuan.settings import Settings
from wenyuan.trace import Trace, Written
from wenyuan.types import (
    ChatModel,
    Context,
    CountTokens,
    Draft,
    DraftEvent,
    Message,
    Prompt,
    Query,
    Reply,
    Request,
    Source,
    ToolSchema,
)
from wenyuan.types import Generator as DraftGenerator

if TYPE_CHECKING:
    from wenyuan.tools import Tool, Toolbox
    from wenyuan.tools.builtin import Numbering
    from wenyuan.tools.record import RunEvent

_SHORT = 256  # tokens of a reply that is no answer
_HISTORY = 0.25  # share of the window that earlier turns may take


class ModelWriter:
    """Writes with a language model; `fallback` stands in for endpoints."""

    def __init__(
        self, model: ChatModel, settings: Settings, journal: Path, *, fallback: DraftGenerator | None = None
    ) -> None:
        self.model = model
        self.settings = settings
        self.fallback = fallback
        self.journal = journal
        self.portal = Portal()

    def begin(self, query: Query, history: Sequence[Message], tools: Tools, library: Library) -> Drafting:
        """Earlier turns have at most a quarter of the window; the oldest are shortened first."""
        room = int(self.model.window * _HISTORY)
        summarise = by_model(self.reply) if self.settings.llm.summarise else None
        fitted = shorten(history, room, self.model.count_tokens, summarise=summarise)
        run = tools.run_id or uuid.uuid4().hex
        functions = None
        if tools.offered or tools.handed or self.settings.tools.builtin:
            functions = _functions(self.settings.tools.builtin, tools, library)
        return _Drafting(self, query, fitted.messages, fitted.notes, replace(tools, run_id=run), library, functions)

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
        """Close the connections and end the event loop, which ends whatever a connection raises."""
        self.portal.close(self.model.aclose)


@dataclass(frozen=True, slots=True)
class _Functions:
    """What the model may call in one answer, and the numbers of the passages that they find."""

    toolbox: Toolbox
    numbering: Numbering


def _functions(builtin_names: Sequence[str], tools: Tools, library: Library) -> _Functions:
    from wenyuan.tools import Toolbox, builtin

    numbering = builtin.Numbering()
    made: Mapping[str, Callable[[], Tool]] = {
        "search_knowledge": lambda: builtin.search_knowledge(library.search, numbering),
        "get_document_span": lambda: builtin.get_document_span(library.read, numbering),
        "calculate": lambda: builtin.calculate,
        "current_time": builtin.current_time,
    }
    own = [] if tools.demanded else [*(made[name]() for name in builtin_names), *tools.offered]
    return _Functions(Toolbox(own, tools.handed, demanded=tools.demanded), numbering)


@dataclass(frozen=True, slots=True)
class _Drafting:
    writer: ModelWriter
    query: Query
    history: Sequence[Message]
    notes: Sequence[str]
    tools: Tools
    library: Library
    functions: _Functions | None

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
            tools=self._schemas,
            sources=settings.answer.sources,
        )
        return min(settings.answer.budget, left)

    def prompt(self, context: Context, trace: Trace) -> Prompt:
        """Where headers of tables, which no budget counts, make it too long, its last sources fall out."""
        with trace.stage("prompt"):
            room, kept = self.writer.model.window - self.writer.settings.llm.reply_tokens, context
            while prompt_tokens((made := self._prompt(kept)).messages, self._schemas, self.count_tokens) > room:
                if len(kept.sources) < 2:
                    break
                trace.note(f"{kept.sources[-1].document} left out to fit the model's window of {room} tokens.")
                kept = replace(kept, sources=kept.sources[:-1])
        for note in self.notes:
            trace.note(note)
        if self.functions:
            self.functions.numbering.keep(kept.sources)
        return made

    def sources(self, prompt: Prompt) -> Sequence[Source]:
        own = prompt.context.sources
        return (*own, *self.functions.numbering.sources[len(own) :]) if self.functions else own

    def draft(self, prompt: Prompt, trace: Trace) -> Generator[DraftEvent | Draft, None, None]:
        """From the loop of the portal; with functions in rounds, else in one."""
        writer = self.writer
        model = LanguageModel(
            writer.model,
            fallback=writer.fallback,
            run=self._rounds(self.functions.toolbox) if self.functions else None,
            max_tokens=writer.settings.llm.reply_tokens,
        )
        ran = writer.portal.iterate(lambda: model.events(prompt, lambda: self.sources(prompt)))
        with trace.stage("generate"), closing(ran) as events:
            for event in events:
                if isinstance(event, Draft):
                    trace.written = Written(event.model or "", prompt.messages, event.tools, event.usage)
                yield event

    def _prompt(self, context: Context) -> Prompt:
        return build_prompt(
            self.query,
            context,
            history=self.history,
            variant=self.writer.settings.llm.prompt,
            tools=bool(self.functions or self.tools.turns),
            dates=self.library.dates(context),
            nonce=self._nonce,
            turns=self.tools.turns,
        )

    @property
    def _nonce(self) -> str:
        """Of the delimiters. A run that is taken up must ask in the same words, else its journal cannot be found in."""
        return hashlib.sha256(f"{self.tools.run_id}\n{self.query.text}".encode()).hexdigest()[:12]

    @property
    def _schemas(self) -> Sequence[ToolSchema]:
        return self.functions.toolbox.schemas if self.functions else ()

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
