"""Who writes an answer from its sources: what every writer does, and the one that quotes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from wenyuan.errors import WrongUse
from wenyuan.prompt import build_prompt
from wenyuan.trace import Trace
from wenyuan.types import (
    Context,
    CountTokens,
    Draft,
    DraftEvent,
    Encoder,
    Message,
    Prompt,
    Query,
    Source,
    ToolCall,
    ToolSchema,
)
from wenyuan.types import Generator as DraftGenerator

if TYPE_CHECKING:
    from wenyuan.tools import Tool

JOURNAL = "tools.sqlite"  # in the knowledge base: calls of functions with effects


@dataclass(frozen=True, slots=True)
class Library:
    """How a language model looks things up, and how old they are."""

    search: Callable[[str, int], Sequence[Source]]
    read: Callable[[str, int, int], Source | None]
    dates: Callable[[Context], dict[str, float]]


@dataclass(frozen=True, slots=True)
class Tools:
    """Functions that the model may call, who agrees to those that need it, and the run they belong to.

    Those that are `handed` whoever asks runs: where the model calls one, the answer is CALLED and has the calls. It is
    asked again with the same question, and `turns` are what was said since: the calls, and their results. What is found
    for the question is the same as before, unless documents have changed.
    """

    offered: Sequence[Tool | Callable[..., object]] = ()
    approve: Callable[[ToolCall], bool] | None = None
    run_id: str | None = None  # not to be guessed; the same again after a crash: what was done is not done twice
    handed: Sequence[ToolSchema] = ()
    demanded: bool = False  # the model must call one of those that are handed, and is offered no others
    turns: Sequence[Message] = ()

    @property
    def needed(self) -> bool:
        """Whether there is something to be done without any document."""
        return bool(self.offered or self.handed or self.turns)


class Drafting(Protocol):
    """One draft in the making."""

    @property
    def budget(self) -> int:
        """Tokens that the text of its sources may have."""
        ...

    @property
    def count_tokens(self) -> CountTokens:
        """Counts them."""
        ...

    def prompt(self, context: Context, trace: Trace) -> Prompt:
        """The question with these sources, or as many of them as there is room for."""
        ...

    def sources(self, prompt: Prompt) -> Sequence[Source]:
        """What may be cited, as far as it is known: those of the prompt, and those that functions have found."""
        ...

    def draft(self, prompt: Prompt, trace: Trace) -> Generator[DraftEvent | Draft, None, None]:
        """What happens, the `Draft` last. Closing it cancels."""
        ...


class Writer(Protocol):
    """Begins drafts; any thread may call every method."""

    def begin(self, query: Query, history: Sequence[Message], tools: Tools, library: Library) -> Drafting:
        """A draft for this question; WrongUse where its functions cannot be offered."""
        ...

    def close(self) -> None:
        """Release what is held."""
        ...


class Quoter:
    """Writes with a generator that needs nothing but its context."""

    def __init__(self, generator: DraftGenerator, encoder: Encoder, budget: int) -> None:
        self.generator = generator
        self._encoder = encoder
        self._budget = budget

    def begin(self, query: Query, history: Sequence[Message], tools: Tools, library: Library) -> Drafting:
        """A draft of the question alone; functions that are handed it leaves alone, and says so."""
        del history, library
        if tools.offered:
            raise WrongUse('Functions are called by a language model; name one in the settings: [llm] url = "…".')
        return _Quoting(query, self.generator, self._budget, self._encoder.count_tokens, tools.needed)

    def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class _Quoting:
    query: Query
    generator: DraftGenerator
    budget: int
    count_tokens: CountTokens
    unheard: bool  # functions, or what became of them

    def prompt(self, context: Context, trace: Trace) -> Prompt:
        if self.unheard:
            trace.note("There is no language model to call functions: the answer is quoted without them.")
        with trace.stage("prompt"):
            return build_prompt(self.query, context)

    def sources(self, prompt: Prompt) -> Sequence[Source]:
        return prompt.context.sources

    def draft(self, prompt: Prompt, trace: Trace) -> Generator[DraftEvent | Draft, None, None]:
        with trace.stage("generate"):
            draft = self.generator.draft(prompt)
        trace.selected = draft.selected
        yield draft
