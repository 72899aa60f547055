"""What was read of pairs, scores and answer spans, kept within a budget of bytes; the least recently used go first."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from itertools import zip_longest
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from wenyuan.types import SpanReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wenyuan.types import CrossEncoder, Spans, Vector

    Entry = tuple[float, Spans | None]

ENTRY_BYTES = 1100  # measured: a key of 16 bytes, a score, four spans and their place in an OrderedDict


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """What a cache did so far."""

    hits: int
    misses: int
    entries: int
    bytes: int


class CachedCrossEncoder:
    """A cross-encoder that remembers what it read by (query, passage, model); callers normalise the query.

    A passage whose text changed is another passage, so nothing has to be invalidated.
    """

    def __init__(self, model: CrossEncoder, megabytes: int) -> None:
        self.model = model
        self._room = megabytes * (1 << 20) // ENTRY_BYTES
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self._lock = Lock()
        self._hits = self._misses = 0

    @property
    def id(self) -> str:
        """As the model has it."""
        return self.model.id

    @property
    def max_tokens(self) -> int:
        """As the model has it."""
        return self.model.max_tokens

    def load(self) -> None:
        """Load the model now, ahead of its first use."""
        self.model.score("", [])

    def truncated(self) -> int:
        """The model's count; a remembered pair is not cut again."""
        return self.model.truncated()

    def score(self, query: str, passages: Sequence[str]) -> Vector:
        """One raw logit a passage, (n,) float32; only pairs that are not remembered are read."""
        return self.read_spans(query, passages, [0] * len(passages))[0]

    def read_spans(self, query: str, passages: Sequence[str], bodies: Sequence[int]) -> tuple[Vector, list[Spans]]:
        """The logits and, from a network that has them, the spans of `SpanReader.read_spans`, remembered together."""
        pairs = list(zip(passages, bodies, strict=True))
        keys = [self._key(query, *pair) for pair in pairs]
        with self._lock:
            known = {key: self._entries[key] for key in keys if key in self._entries}
            for key in known:
                self._entries.move_to_end(key)
            unknown = {key: pair for key, pair in zip(keys, pairs, strict=True) if key not in known}
            self._hits += len(keys) - len(unknown)
            self._misses += len(unknown)
        if unknown or not keys:  # without passages the model is only loaded
            known |= dict(zip(unknown, self._fresh(query, list(unknown.values())), strict=True))
            with self._lock:
                self._entries.update((key, known[key]) for key in unknown)
                while len(self._entries) > self._room:
                    self._entries.popitem(last=False)
        read = [known[key] for key in keys]
        spans = [seen for _, seen in read if seen is not None]
        return np.array([score for score, _ in read], np.float32), spans

    def _fresh(self, query: str, pairs: Sequence[tuple[str, int]]) -> list[Entry]:
        passages, bodies = [passage for passage, _ in pairs], [body for _, body in pairs]
        if not isinstance(self.model, SpanReader):
            return [(float(score), None) for score in self.model.score(query, passages)]
        scores, spans = self.model.read_spans(query, passages, bodies)
        return [(float(score), seen) for score, seen in zip_longest(scores, spans)]

    def forget(self) -> None:
        """Every pair is read again, whatever was read before."""
        with self._lock:
            self._entries.clear()

    def statistics(self) -> CacheStatistics:
        """Hits, misses and size so far."""
        with self._lock:
            size = len(self._entries)
            return CacheStatistics(self._hits, self._misses, size, size * ENTRY_BYTES)

    def _key(self, query: str, passage: str, body: int) -> bytes:
        parts = (self.model.id, query, passage, str(body))
        text = b"".join(len(part := text.encode()).to_bytes(8) + part for text in parts)
        return hashlib.blake2b(text, digest_size=16).digest()
