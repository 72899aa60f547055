"""From documents that are cut to changes that can be committed; what was encoded before is not encoded again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wenyuan.settings import Settings
from wenyuan.store.archive import Archive
from wenyuan.store.change import Change
from wenyuan.summarise import summaries_of
from wenyuan.text.bm25 import section_vectors
from wenyuan.text.fingerprint import fingerprint
from wenyuan.text.sections import is_unbroken, sections
from wenyuan.types import Chunk, Correction, Document, Encoder, Passage, SparseVector, TokenScorer

GROUP_CHUNKS = 256
"""Chunks encoded, and documents committed, together: enough for full batches, little to lose or to hold back."""

OnEncoded = Callable[[int, int], None]
"""Called with how many of how many passages of a group are encoded."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A document on its way: read and cut, not yet encoded."""

    document: Document
    passages: Sequence[Chunk]  # as the document has them
    stamp: str
    corrections: Sequence[Correction] = ()  # all that were made of it, be they applied or waiting

    @property
    def chunks(self) -> list[Chunk]:
        """What is indexed: the passages as people corrected them, without those that are disabled."""
        made = {each.passage.id: each for each in self.corrections if each.passage and each.applied}
        every = [Passage(chunk, made.get(chunk.id)) for chunk in self.passages]
        return [passage.shown for passage in every if not passage.disabled]

    def change(self, vectors: Mapping[bytes, np.ndarray], states: Mapping[bytes, bytes], dimension: int) -> Change:
        """The commit's unit, with every index's view of each chunk."""
        chunks = self.chunks
        keys = [content_key(chunk.encoded) for chunk in chunks]
        dense = np.stack([vectors[key] for key in keys]) if keys else np.empty((0, dimension), np.float32)
        return Change(
            document=self.document,
            chunks=chunks,
            keys=keys,
            vectors=dense,
            sparse=_sparse(chunks, self.document.text),
            fingerprints=[fingerprint(chunk.text) for chunk in chunks],
            states=[states[key] for key in keys] if states else (),
            corrections=self.corrections,
            stamp=self.stamp,
        )


class Encoding:
    """Makes changes; it remembers what it encoded of a group of documents until their changes are made."""

    def __init__(self, archive: Archive, encoder: Encoder, scorer: TokenScorer | None, settings: Settings) -> None:
        self.encoder = encoder
        self.encoded = 0  # chunks given to the encoder so far
        self.reused = 0  # chunks whose vectors were known
        self._archive, self._scorer, self._settings = archive, scorer, settings
        self._vectors: dict[bytes, np.ndarray] = {}
        self._states: dict[bytes, bytes] = {}

    def read(self, cuts: Sequence[Cut], on_encoded: OnEncoded | None = None) -> None:
        """Have the vectors of all their chunks at hand."""
        texts = {content_key(chunk.encoded): chunk.encoded for each in cuts for chunk in each.chunks}
        wanted = [key for key in texts if key not in self._vectors]
        vectors, states = self._known_of(wanted)
        missing = [key for key in wanted if key not in vectors]
        self._vectors |= vectors
        self._states |= states
        if missing:
            rows, fresh = self._encode([texts[key] for key in missing], on_encoded)
            self._vectors |= dict(zip(missing, rows, strict=True))
            self._states |= dict(zip(missing, fresh, strict=False))
        self.encoded += len(missing)
        self.reused += len(wanted) - len(missing)

    def changes(self, cuts: Sequence[Cut]) -> list[Change]:
        """Their changes, ready to commit."""
        self.read(cuts)
        made = [each.change(self._vectors, self._states, self.encoder.dimension) for each in cuts]
        self._vectors, self._states = {}, {}
        if self._settings.recall.summaries:
            texts = [(change.chunks, change.document.text) for change in made]
            summaries = summaries_of(texts, self.encoder, self._archive.summaries_for)
            made = [replace(change, summaries=own) for change, own in zip(made, summaries, strict=True)]
        return made

    def _known_of(self, keys: list[bytes]) -> tuple[dict[bytes, np.ndarray], dict[bytes, bytes]]:
        """Vectors and states of what was encoded before; without its state a text is to be encoded again."""
        vectors = self._archive.vectors_for(keys)
        if self._scorer is None:
            return vectors, {}
        states = self._archive.states_for(keys)
        return {key: vectors[key] for key in states}, states

    def _encode(self, texts: list[str], on_encoded: OnEncoded | None) -> tuple[np.ndarray, list[bytes]]:
        """Vectors and the scorer's states, a group at a time: those of a large document are many."""
        rows: list[np.ndarray] = []
        states: list[bytes] = []
        for begin in range(0, len(texts), GROUP_CHUNKS):
            some = texts[begin : begin + GROUP_CHUNKS]
            if self._scorer is None:
                rows.append(self.encoder.encode_passages(some))
            else:
                vectors, fresh = self._scorer.read_passages(some)
                rows.append(vectors)
                states += fresh
            if on_encoded is not None:
                on_encoded(begin + len(some), len(texts))
        return np.concatenate(rows), states


def content_key(text: str) -> bytes:
    """Equal texts share their vector: 16 bytes of the text's hash."""
    return hashlib.sha256(text.encode()).digest()[:16]


def _sparse(chunks: Sequence[Chunk], text: str) -> list[SparseVector]:
    """BM25's view of each chunk, in its section."""
    vectors: list[SparseVector] = []
    for part in sections([chunk.headings for chunk in chunks]):
        inside = chunks[part.start : part.stop]
        first, last = inside[0], inside[-1]
        rest = [text[first.end : last.end]] if is_unbroken(inside) else [chunk.text for chunk in inside[1:]]
        vectors += section_vectors([chunk.encoded for chunk in inside], "\n".join((first.encoded, *rest)))
    return vectors
