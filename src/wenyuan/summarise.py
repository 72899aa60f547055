"""A section in a few of its own sentences: where it stands, and what it says that most of it is near to.

Extractive, without a language model: continuous LexRank (Erkan & Radev 2004) over the encoder's sentence vectors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wenyuan.text.sections import is_unbroken, sections
from wenyuan.text.sentences import sentences
from wenyuan.types import Chunk, Encoder, Summary, Vector

SENTENCES = 3  # of a summary
READ = 64  # sentences of a section that are compared with each other: of more, as many at even distances
_SHORT = 8  # characters below which a sentence says too little
_LONG = 400  # of a sentence: what is longer is a table or a listing, and its beginning names it
_DAMPING = 0.85
_STEPS = 30


@dataclass(frozen=True, slots=True)
class SectionText:
    """A run of a document's chunks, and what may be said of it; `part` counts them from 0."""

    part: range
    place: str  # title and the headings that all its chunks have
    sentences: tuple[str, ...]

    @property
    def content(self) -> str:
        """Equal contents have equal summaries."""
        return "\n".join((self.place, *self.sentences))

    @property
    def key(self) -> bytes:
        """Of its content, 16 bytes."""
        return hashlib.sha256(self.content.encode()).digest()[:16]

    def summary(self, vectors: Vector) -> str:
        """Where it stands and its most central sentences, in their order; `vectors` are the (n, d) of `sentences`."""
        return "\n".join((self.place, *(self.sentences[n] for n in central(vectors, SENTENCES))))


def sections_of(chunks: Sequence[Chunk], text: str) -> list[SectionText]:
    """The sections of a document of this text; none where it has no chunks."""
    found = []
    for part in sections([chunk.headings for chunk in chunks]):
        inside = chunks[part.start : part.stop]
        stretch = text[inside[0].start : max(chunk.end for chunk in inside)]
        if not is_unbroken(inside):
            stretch = "\n\n".join(chunk.text for chunk in inside)
        place = (inside[0].title, *_shared([chunk.headings for chunk in inside]))
        found.append(SectionText(part, " / ".join(filter(None, dict.fromkeys(place))), _said(stretch)))
    return found


Known = Callable[[Sequence[bytes]], dict[bytes, tuple[str, Vector]]]
"""Keys of contents → text and vector of the summaries that are known already."""


def summaries_of(
    documents: Sequence[tuple[Sequence[Chunk], str]], encoder: Encoder, known: Known
) -> list[list[Summary]]:
    """The summaries of the sections of each document (chunks, text); only sections that are new or changed are read."""
    each = [sections_of(chunks, text) for chunks, text in documents]
    wanted = {section.key: section for found in each for section in found}
    have = known(list(wanted))
    have |= _made({key: section for key, section in wanted.items() if key not in have}, encoder)
    return [
        [Summary(section.part[0], section.part[-1], section.key, *have[section.key]) for section in found]
        for found in each
    ]


def _made(sections: Mapping[bytes, SectionText], encoder: Encoder) -> dict[bytes, tuple[str, Vector]]:
    """Text and vector of new summaries: all sentences are encoded together, then all summaries."""
    if not sections:
        return {}
    said = list(dict.fromkeys(line for section in sections.values() for line in section.sentences))
    rows = encoder.encode_passages(said)
    place = {line: n for n, line in enumerate(said)}
    texts = [section.summary(rows[[place[line] for line in section.sentences]]) for section in sections.values()]
    return dict(zip(sections, zip(texts, encoder.encode_passages(texts), strict=True), strict=True))


def central(vectors: Vector, n: int) -> list[int]:
    """The n of (m, d) unit vectors that most others are near to, in their order: first is not best.

    Likeness counts from the least there is among them, as sentences of one text are all alike to an encoder.
    """
    m = len(vectors)
    if m <= n:
        return list(range(m))
    alike = np.asarray(vectors @ vectors.T, np.float64)
    np.fill_diagonal(alike, np.nan)
    alike = np.nan_to_num(alike - np.nanmin(alike))
    sums = alike.sum(axis=1, keepdims=True)
    walk = np.divide(alike, sums, out=np.full_like(alike, 1 / m), where=sums > 0)
    rank = np.full(m, 1 / m)
    for _ in range(_STEPS):
        rank = (1 - _DAMPING) / m + _DAMPING * rank @ walk
    return sorted(np.argsort(-rank, kind="stable")[:n].tolist())


def _said(text: str) -> tuple[str, ...]:
    """The sentences of a section that a summary may be made of, each once."""
    spans = sentences(text)
    lines = (text[start:end].lstrip("#>*-+ \t") for start, end in spans if not text.startswith("#", start))
    worth = list(dict.fromkeys(line[:_LONG] for line in lines if len(line) >= _SHORT))
    step = max(1.0, len(worth) / READ)
    return tuple(worth[int(n * step)] for n in range(min(len(worth), READ)))


def _shared(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The headings that all of these paths begin with."""
    first, last = min(paths), max(paths)
    same = next((n for n, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)
    return first[: min(len(first), len(last)) if same is None else same]
