"""The frozen values that flow between stages.

Offsets are character offsets into `Document.text`; times are Unix seconds (UTC);
vectors of texts are unit-length float32 rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple

from wenyuan.types.chat import (
    Finish,
    Message,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCalled,
    ToolResult,
    ToolReturned,
    Usage,
)
from wenyuan.types.documents import Chunk, Mark, SparseVector, Value, Vector, mark_at

Language = Literal["zh", "en"]

Courtesy = Literal["greeting", "thanks", "goodbye", "acknowledgement"]
"""What a turn is that asks nothing."""


# --- filters -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition:
    """One test on one field. `source` also matches every folder above a document ("docs/zh")."""

    field: str
    op: Literal["eq", "in", "gt", "gte", "lt", "lte"]
    value: Value


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Filter


Filter = Condition | And | Or | Not


@dataclass(frozen=True, slots=True)
class Point:
    """What a store keeps of a chunk, its section taken into both vectors; the payload holds only what filters use."""

    id: int
    dense: Vector
    sparse: SparseVector
    payload: Mapping[str, Value]


# --- questions and hits --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constraint:
    """A condition on documents that a question states itself, and the words that state it."""

    phrase: str
    filter: Filter


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the stages after `understand` see it."""

    text: str
    language: Language
    normalised: str  # NFKC, one kind of white space; in a conversation the form that stands alone
    filter: Filter | None = None  # the caller's
    intent: str | None = None  # what is wanted (see `wenyuan.understand.intent`); None where that is not clear
    constraints: tuple[Constraint, ...] = ()  # read out of the question
    parts: tuple[str, ...] = ()  # its sub-questions, where it asks the same of several things
    rewritten: str | None = None  # the form that stands alone, where it is not what was typed
    context: str = ""  # what was said before and is searched together with the question
    courtesy: Courtesy | None = None  # what it is where it asks nothing: `ask` returns it, and searches nothing

    @property
    def conditions(self) -> Filter | None:
        """The caller's filter and the question's constraints together."""
        parts = [part for part in (self.filter, *(each.filter for each in self.constraints)) if part]
        return And(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


class Candidate(NamedTuple):
    """One result of one leg. A tuple, because a search makes hundreds."""

    chunk: int
    score: float


Recalled = Mapping[str, Sequence[Candidate]]
"""Leg name ("bm25", "dense") → its candidates, best first."""


@dataclass(frozen=True, slots=True)
class LegScore:
    """What one leg said of a hit; `rank` counts from 1 and is None where the leg did not return it."""

    raw: float | None
    normalised: float
    weight: float
    rank: int | None


class AnswerSpan(NamedTuple):
    """Where a reader network sees the answer, by characters, and how sure it is that it stands there at all."""

    start: int
    end: int
    margin: float  # logit of these words over that of no answer in the passage: above 0 it sees one
    relevance: float  # the logit of the passage


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that answers a query, with the reasons for its place."""

    rank: int
    chunk: Chunk
    score: float
    legs: Mapping[str, LegScore]
    spans: tuple[AnswerSpan, ...] = ()  # of the document, the best first, where a reader network has read the chunk


# --- answers -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """One numbered passage of a context: `text == document.text[start:end]`, but where it is `corrected`.

    Then a person wrote the text in the place of what the document says there, and `end` only counts its characters.
    """

    n: int  # from 1, as cited
    document: str
    title: str
    text: str
    start: int
    end: int
    headings: tuple[str, ...]
    score: float
    chunks: tuple[int, ...]  # the chunks it was joined from
    header: str = ""
    marks: tuple[Mark, ...] = ()  # those of the document that hold in the text, by its characters
    spans: tuple[AnswerSpan, ...] = ()  # of the document, in the text: what a reader saw in its chunks
    corrected: tuple[int, int] | None = None  # the stretch of the document in whose place the text stands

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where in the document the stretch `text[start:end]` stands; of what was corrected, the whole passage."""
        return self.corrected or (self.start + start, self.start + end)

    @property
    def page(self) -> int | None:
        """The page of the first character."""
        return mark_at(self.marks, self.start).page

    @property
    def last_page(self) -> int | None:
        """The page of the last character."""
        return mark_at(self.marks, self.end - 1).page

    @property
    def sheet(self) -> str | None:
        """The sheet of the first character."""
        return mark_at(self.marks, self.start).sheet

    @property
    def row(self) -> int | None:
        """The row of the first character."""
        return mark_at(self.marks, self.start).row


@dataclass(frozen=True, slots=True)
class Context:
    """What the generator may use, within its token budget, best source first."""

    sources: tuple[Source, ...]
    tokens: int
    dropped: tuple[str, ...] = ()  # what was cut to fit, one line each


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question with its context, both as data and as rendered messages."""

    query: Query
    context: Context
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """Proof for a part of an answer: `quote == document.text[start:end]`; page, sheet and row are those of `start`.

    A `corrected` one quotes what a person wrote in the place of that stretch, or a part of it.
    """

    n: int
    document: str
    page: int | None
    heading: str
    start: int
    end: int
    quote: str
    sheet: str | None = None
    row: int | None = None
    answer: tuple[int, int] | None = None  # within the quote: the words that answer, where a reader network saw them
    corrected: bool = False


class Selected(NamedTuple):
    """A stretch of a document that an answer could have quoted; scores are comparable within one question."""

    document: str
    start: int
    end: int
    score: float
    quoted: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """What was written for a prompt and from what, not judged yet: nothing of it is an answer."""

    text: str  # with `[n]` after what the n-th source proves, and a model's own word that they do not suffice
    sources: tuple[Source, ...]  # those of the prompt, and those that functions found: what may be cited
    citations: tuple[Citation, ...] | None = None  # of a text that quotes, by its `[n]`; None: they are to be checked
    ended: Finish | Literal["budget"] = "stop"  # "budget": a limit was used up before there was a whole reply
    evidence: float | None = None  # 0–1: how likely the sources answer the question; None: not weighed yet
    selected: tuple[Selected, ...] = ()  # of a text that quotes: what it could have quoted, best first
    stands_in: bool = False  # for a language model that did not answer
    model: str | None = None  # the language model that wrote it; None: quoted
    usage: Usage | None = None  # its tokens, all rounds together
    tools: tuple[ToolResult, ...] = ()  # functions it called, in order
    calls: tuple[ToolCall, ...] = ()  # of functions that the asker runs: there is no answer before their results
    notes: tuple[str, ...] = ()  # what was odd on the way, one sentence each


class Decision(StrEnum):
    """What became of a question."""

    ANSWERED = "ANSWERED"
    ABSTAINED = "ABSTAINED"
    REPLIED = "REPLIED"  # nothing was asked: a greeting or thanks, returned
    CALLED = "CALLED"  # the asker is to run functions of its own and to ask again with their results


@dataclass(frozen=True, slots=True)
class Answer:
    """The engine's reply; `text` is safe to show for every decision."""

    decision: Decision
    reason: str
    text: str
    citations: tuple[Citation, ...]
    confidence: float  # 0–1: the generator's own estimate that its sources answer the question
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # warnings and what was cut on the way, one sentence each
    curated: str | None = None  # the rule whose answer, written by a person, this is
    model: str | None = None  # the language model that wrote it; None: quoted, or written by a person
    usage: Usage | None = None  # its tokens, all rounds together
    tools: tuple[ToolResult, ...] = ()  # functions it called, in order
    calls: tuple[ToolCall, ...] = ()  # of functions that the asker runs; the text is a word on the way then


DraftEvent = TextDelta | ReasoningDelta | ToolCalled | ToolReturned
"""What happens while an answer is written."""

AnswerEvent = DraftEvent | Answer
"""What a listener is told, the `Answer` last and once.

Their order: any number of rounds of `ReasoningDelta` and `TextDelta`, each followed by a `ToolCalled` for every call
and then a `ToolReturned` for each of these; then those of the last reply; then the `Answer`. Text before a `ToolCalled`
was a word on the way. Where the calls are of functions that the asker runs, an `Answer` with these calls comes in the
place of their results. An answer that is quoted, or written by a person, comes alone. Where an endpoint fails, the
answer that stands in for its own comes after whatever it had said.

Text is streamed before it is judged. What may become a citation, the marker of insufficiency or a code span is held
back until that is known, and the end of the text until the verdict: after a refusal it is never shown. The text of the
`Answer` replaces what was streamed: citations that prove nothing are gone from it, and a refusal has a text of its own.
"""
