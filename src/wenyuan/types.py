"""The words of the house: frozen values that flow between stages, and the protocols stages ask of their collaborators.

This module imports nothing of ours. Offsets are character offsets into `Document.text`; times are Unix seconds (UTC);
vectors of texts are unit-length float32 rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""A float32 array: (d,) for one text, (n, d) for a batch."""

Value = str | int | float | bool | tuple[str, ...]
"""What a metadata field may hold."""

Language = Literal["zh", "en"]


# --- documents -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """From character `at` on, the text comes from this place of the source (until the next mark)."""

    at: int
    page: int | None = None  # 1-based: pdf page, pptx slide
    sheet: str | None = None  # xlsx sheet name
    row: int | None = None  # 1-based row of the sheet or csv file


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


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Term weights: parallel `indices` (u32 hashes of terms, ascending, unique) and `values`."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


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


# --- questions and hits --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the stages after `understand` see it."""

    text: str
    language: Language
    normalised: str  # NFKC, one kind of white space; in a conversation the form that stands alone
    filter: Filter | None = None
    rewritten: str | None = None  # the form that stands alone, where it is not what was typed
    context: str = ""  # what was said before and is searched together with the question


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


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that answers a query, with the reasons for its place."""

    rank: int
    chunk: Chunk
    score: float
    legs: Mapping[str, LegScore]


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
    page: int | None
    score: float
    chunks: tuple[int, ...]  # the chunks it was joined from
    header: str = ""
    sheet: str | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What the generator may use, within its token budget, best source first."""

    sources: tuple[Source, ...]
    tokens: int
    dropped: tuple[str, ...] = ()  # what was cut to fit, one line each


@dataclass(frozen=True, slots=True)
class Message:
    """One turn for a language model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question with its context, both as data and as rendered messages."""

    query: Query
    context: Context
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Citation:
    """Proof for a part of an answer: `quote == document.text[start:end]`."""

    n: int
    document: str
    page: int | None
    heading: str
    start: int
    end: int
    quote: str


class Decision(StrEnum):
    """What became of a question."""

    ANSWERED = "ANSWERED"
    ABSTAINED = "ABSTAINED"


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


# --- protocols -----------------------------------------------------------------------------------------------------


class Encoder(Protocol):
    """Texts to unit vectors. Implementations may load lazily; every method may be called from any thread."""

    @property
    def id(self) -> str:
        """Name and content hash ("embed@1f2e3d4c"): stored with a knowledge base, compared when it is opened."""
        ...

    @property
    def dimension(self) -> int:
        """Components of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of one text beyond which it is truncated, the model's prefix and special tokens included."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """(n,) texts → (n, d) vectors, for storing."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vector:
        """(n,) texts → (n, d) vectors, for asking."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without prefix and special tokens, never truncated."""
        ...

    def truncated(self) -> int:
        """How many texts were cut to `max_tokens` since the model was loaded."""
        ...


class TokenScorer(Protocol):
    """Compares a question with passages token by token; a passage's side is made when it is stored: its state.

    Any thread may call every method.
    """

    @property
    def id(self) -> str:
        """Name and content hash: states of another scorer cannot be read."""
        ...

    def read_passages(self, texts: Sequence[str]) -> tuple[Vector, list[bytes]]:
        """(n,) texts → the encoder's (n, d) vectors and n states, from one reading."""
        ...

    def score(self, query: str, states: Sequence[bytes]) -> Vector:
        """One score a state, (n,) float32: higher is better; NaN for an empty one."""
        ...


class CrossEncoder(Protocol):
    """Reads a query together with a passage and says how well they fit. Every method may be called from any thread."""

    @property
    def id(self) -> str:
        """Name and content hash ("rerank@1f2e3d4c"): part of the key under which scores are remembered."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of a pair beyond which its longer text is truncated, special tokens included."""
        ...

    def score(self, query: str, passages: Sequence[str]) -> Vector:
        """One raw logit a passage, (n,) float32: higher is better, comparable within one query; may load the model."""
        ...

    def truncated(self) -> int:
        """How many pairs were cut to `max_tokens` since the model was loaded."""
        ...


@dataclass(frozen=True, slots=True)
class Point:
    """What a store keeps of a chunk, its section taken into both vectors; the payload holds only what filters use."""

    id: int
    dense: Vector
    sparse: SparseVector
    payload: Mapping[str, Value]


class Store(Protocol):
    """A search index over points: dense and BM25-as-sparse vectors and filterable payload in one engine.

    The catalogue, not the store, is the truth; a store can always be rebuilt from it. Payload fields every point has:
    `document` (its id), `source` (its id and every folder above it), `type`, `time`; all others are the user's own.
    Writes are visible to the next search; they survive `kill -9` once `flush` has returned.
    """

    def upsert(self, points: Sequence[Point]) -> None:
        """Write points, replacing those of the same ids."""
        ...

    def delete(self, ids: Sequence[int]) -> None:
        """Remove points; unknown ids are ignored."""
        ...

    def set_payload(self, ids: Sequence[int], payload: Mapping[str, Value]) -> None:
        """Replace the whole payload of these points."""
        ...

    def search_dense(self, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k nearest by dot product, best first."""
        ...

    def search_sparse(self, vector: SparseVector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k best by BM25 (the engine applies IDF), best first."""
        ...

    def search_both(
        self, dense: Vector, sparse: SparseVector, k: int, filter: Filter | None = None
    ) -> tuple[list[Candidate], list[Candidate]]:
        """Both legs in one call to the engine: (dense, sparse)."""
        ...

    def ids_of(self, document: str) -> set[int]:
        """The points of a document."""
        ...

    def count(self, filter: Filter | None = None) -> int:
        """How many points pass the filter, exactly."""
        ...

    def flush(self) -> None:
        """Make every write so far survive the process."""
        ...

    def optimise(self) -> None:
        """Build or renew approximate indexes; reads and writes go on meanwhile where the engine allows it."""
        ...

    def close(self) -> None:
        """Flush and release the index."""
        ...


class Generator(Protocol):
    """Writes the answer to a prompt from its context alone."""

    def generate(self, prompt: Prompt) -> Answer:
        """Answer, or abstain with a reason; never raises for a question that has no answer."""
        ...
