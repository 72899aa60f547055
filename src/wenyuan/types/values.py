"""The frozen values that flow between stages.

Offsets are character offsets into `Document.text`; times are Unix seconds (UTC);
vectors of texts are unit-length float32 rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wenyuan.types.chat import Finish, Message, ReasoningDelta, TextDelta, ToolCalled, ToolResult, ToolReturned, Usage

Vector = NDArray[np.float32]
"""A float32 array: (d,) for one text, (n, d) for a batch."""

Value = str | int | float | bool | tuple[str, ...]
"""What a metadata field may hold."""

Language = Literal["zh", "en"]

Courtesy = Literal["greeting", "thanks", "goodbye", "acknowledgement"]
"""What a turn is that asks nothing."""


# --- documents -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """From character `at` on, the text comes from this place of the source (until the next mark)."""

    at: int
    page: int | None = None  # 1-based: pdf page, pptx slide
    sheet: str | None = None  # xlsx sheet name
    row: int | None = None  # 1-based row of the sheet or csv file


def mark_at(marks: Sequence[Mark], at: int) -> Mark:
    """The mark that holds at this character; one that names no place before the first."""
    following = bisect_right(marks, at, key=_at)
    return marks[following - 1] if following else Mark(0)


def _at(mark: Mark) -> int:
    return mark.at


@dataclass(frozen=True, slots=True)
class Document:
    """One loaded source: its whole text as Markdown and where each part of it came from."""

    id: str  # the source as a POSIX path, stable between runs: what users see, filter and delete by
    title: str
    text: str
    type: str  # "md", "pdf", "docx", … : the lower-case name of the format, not of the file's extension
    content_hash: str  # sha256 hex of the source's bytes and its sidecar's
    time: float  # when the source was written (front matter `date`, else the file's modification time)
    marks: tuple[Mark, ...] = ()  # ascending by `at`
    metadata: Mapping[str, Value] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()  # what was lost while parsing, one sentence each


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What is kept of a document, its text aside."""

    id: str
    title: str
    type: str
    content_hash: str
    time: float  # when the source was written
    added: float  # when this version was committed
    stamp: str  # the state of its source when it was read; empty where the caller made it
    metadata: Mapping[str, Value]
    chunks: int  # how many it was cut into


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document: `text == document.text[start:end]`, always."""

    id: int  # 63-bit, derived from document id, content and occurrence: equal content keeps its id
    document: str
    title: str
    ordinal: int  # position among the document's chunks, from 0
    text: str
    start: int
    end: int
    headings: tuple[str, ...] = ()  # the heading path above the chunk, outermost first
    header: str = ""  # what must be read with the text but stands elsewhere: a table's header rows
    page: int | None = None
    sheet: str | None = None
    row: int | None = None
    kind: Literal["text", "table", "list", "code", "faq"] = "text"

    @property
    def encoded(self) -> str:
        """The text as encoders and BM25 see it: heading path, repeated header, body."""
        path = " > ".join(dict.fromkeys(part for part in (self.title, *self.headings) if part))
        return "\n".join(part for part in (path, self.header, self.text) if part)


class Fingerprinted(NamedTuple):
    """A chunk with the fingerprint (64 bytes) by which near-identical ones are known."""

    chunk: Chunk
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term weights: parallel `indices` (u32 hashes of terms, ascending, unique) and `values`."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a section says, in a few of its own sentences; it holds the chunks first … last, counted from 0."""

    first: int
    last: int
    key: bytes  # of the section's content: equal keys have equal summaries
    text: str
    vector: Vector  # (d,)


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
    """One numbered passage of a context: `text == document.text[start:end]`."""

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
    """Proof for a part of an answer: `quote == document.text[start:end]`; page, sheet and row are those of `start`."""

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
    notes: tuple[str, ...] = ()  # what was odd on the way, one sentence each


class Decision(StrEnum):
    """What became of a question."""

    ANSWERED = "ANSWERED"
    ABSTAINED = "ABSTAINED"
    REPLIED = "REPLIED"  # nothing was asked: a greeting or thanks, returned


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


DraftEvent = TextDelta | ReasoningDelta | ToolCalled | ToolReturned
"""What happens while an answer is written."""

AnswerEvent = DraftEvent | Answer
"""What a listener is told, the `Answer` last and once.

Their order: any number of rounds of `ReasoningDelta` and `TextDelta`, each followed by a `ToolCalled` for every call
and then a `ToolReturned` for each of these; then those of the last reply; then the `Answer`. Text before a `ToolCalled`
was a word on the way. An answer that is quoted, or written by a person, comes alone. Where an endpoint fails, the
answer that stands in for its own comes after whatever it had said.

Text is streamed before it is judged. What may become a citation, the marker of insufficiency or a code span is held
back until that is known, and the end of the text until the verdict: after a refusal it is never shown. The text of the
`Answer` replaces what was streamed: citations that prove nothing are gone from it, and a refusal has a text of its own.
"""
