"""What stages ask of their collaborators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from wenyuan.types.documents import (
    Chunk,
    Document,
    DocumentInfo,
    Fingerprinted,
    Mark,
    Passage,
    SparseVector,
    Value,
    Vector,
)
from wenyuan.types.scope import Scope
from wenyuan.types.values import (
    AnswerSpan,
    Candidate,
    Draft,
    Filter,
    Point,
    Prompt,
)

CountTokens = Callable[[Sequence[str]], list[int]]
"""Tokens of each text, as `Encoder.count_tokens` and `ChatModel.count_tokens` say."""


Spans = tuple[AnswerSpan, ...]
"""What a reader network sees in one passage, the best first."""


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


@runtime_checkable
class SpanReader(CrossEncoder, Protocol):
    """A cross-encoder that may also see where in a passage the answer stands."""

    def read_spans(self, query: str, passages: Sequence[str], bodies: Sequence[int]) -> tuple[Vector, list[Spans]]:
        """The logits of `score`, (n,) float32, and of each passage its best spans behind its heading, the best first.

        A passage's own text begins at its character `bodies[n]`. Spans of one passage share no character. A network
        without heads for them gives an empty list, one with them none for a passage without text.
        """
        ...


class Classifier(Protocol):
    """Says what kind of text a vector stands for. Every method may be called from any thread."""

    @property
    def labels(self) -> Sequence[str]:
        """The kinds there are."""
        ...

    def probabilities(self, vectors: Vector) -> Vector:
        """(n, d) vectors of the encoder it was made for → (n, labels), each row adding up to 1."""
        ...


class Glossary(Protocol):
    """Knows what words of one language are in the other. Any thread may call it."""

    def translations(self, text: str) -> Mapping[str, float]:
        """Terms, as `text.words.words` gives them, that words of a text may be in the other language: term → 0–1."""
        ...


class LegPolicy(Protocol):
    """Says for one question what shifting weight to the dense leg would gain. Any thread may call it."""

    @property
    def id(self) -> str:
        """Name and content hash."""
        ...

    @property
    def shifts(self) -> Vector:
        """(s,) what may be added to the dense leg's share, none of them 0."""
        ...

    @property
    def threshold(self) -> float:
        """The gain that must be expected of a shift for it to be made."""
        ...

    def gains(self, features: Vector) -> Vector:
        """(f,) features of a question → (s,) nDCG@10 that each shift is expected to gain over the fixed weights."""
        ...


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


class Selects(Protocol):
    """The tables of a knowledge base, to be asked in SQL: as they are now, or as they were at one moment."""

    def select(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows that a query finds, `values` in the place of its question marks."""
        ...


class View(Selects, Protocol):
    """A knowledge base as it was at one moment, as one reader sees it: what a question reads, from first stage to last.

    Commits that come meanwhile are not seen, so that a quote is the text at its place. Any thread may call every
    method until the view is closed. Of ids that are not known nothing is returned.
    """

    @property
    def scope(self) -> Scope:
        """Who reads: documents that this one may not see are not there."""
        ...

    @property
    def version(self) -> int:
        """The version of the knowledge base that is seen."""
        ...

    @property
    def empty(self) -> bool:
        """Whether it holds no chunk."""
        ...

    def search_dense(self, vector: Vector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k chunks nearest to a (d,) vector by dot product, best first."""
        ...

    def search_sparse(self, vector: SparseVector, k: int, filter: Filter | None = None) -> list[Candidate]:
        """The k best chunks by BM25 that share a term, best first."""
        ...

    def chunks(self, ids: Sequence[int]) -> dict[int, Chunk]:
        """The chunks of these ids."""
        ...

    def fingerprinted(self, ids: Sequence[int]) -> dict[int, Fingerprinted]:
        """The chunks of these ids with their fingerprints."""
        ...

    def states(self, ids: Sequence[int]) -> dict[int, bytes]:
        """The token scorer's states of these chunks, those without one left out."""
        ...

    def neighbours(self, document: str, first: int, last: int) -> list[Chunk]:
        """The chunks of a document whose ordinals are in first … last, in order."""
        ...

    def passages(self, document: str) -> list[Passage]:
        """All passages of a document as it has them, in order, with what people made of them."""
        ...

    def read(self, document: str, start: int, end: int) -> str:
        """A stretch of a document's text, by character offsets; WrongUse when there is none of this id."""
        ...

    def marks(self, document: str, start: int, end: int) -> tuple[Mark, ...]:
        """The marks of a document that hold somewhere from `start` to `end`; the first may stand before `start`."""
        ...

    def document(self, document: str) -> Document | None:
        """A document with its text; None when there is none of this id."""
        ...

    def info(self, document: str) -> DocumentInfo | None:
        """A document without its text; None when there is none of this id."""
        ...

    def documents(self) -> list[DocumentInfo]:
        """Every document, by id."""
        ...

    def named(self, name: str) -> list[str]:
        """The ids of the documents that a name means; none where it would mean too many."""
        ...

    def count(self) -> int:
        """How many chunks there are."""
        ...


class Generator(Protocol):
    """Writes from the context of a prompt alone."""

    def draft(self, prompt: Prompt) -> Draft:
        """What the context says to the question; never raises for one that has no answer."""
        ...
