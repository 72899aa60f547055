"""Scores of pairs that were already read, kept within a budget of bytes; the least recently used go first."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wenyuan.types import CrossEncoder, Vector

ENTRY_BYTES = 224  # measured: a key of 16 bytes, a float and their place in an OrderedDict


@dataclass(frozen=True, slots=True)
class CacheStatistics:
    """What a cache did so far."""

    hits: int
    misses: int
    entries: int
    bytes: int


class CachedCrossEncoder:
    """A cross-encoder that remembers its scores by (query, passage, model); callers normalise the query.

    A passage whose text changed is another passage, so nothing has to be invalidated.
    """

    def __init__(self, model: CrossEncoder, megabytes: int) -> None:
        self.model = model
        self._room = megabytes * (1 << 20) // ENTRY_BYTES
        self._scores: OrderedDict[bytes, float] = OrderedDict()
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

    def truncated(self) -> int:
        """The model's count; a remembered pair is not cut again."""
        return self.model.truncated()

    def score(self, query: str, passages: Sequence[str]) -> Vector:
        """One raw logit a passage, (n,) float32; only pairs that are not remembered are read."""
        keys = [self._key(query, passage) for passage in passages]
        with self._lock:
            known = {key: self._scores[key] for key in keys if key in self._scores}
            for key in known:
                self._scores.move_to_end(key)
            unknown = {key: passage for key, passage in zip(keys, passages, strict=True) if key not in known}
            self._hits += len(keys) - len(unknown)
            self._misses += len(unknown)
        if unknown or not keys:  # without passages the model is only loaded
            fresh = self.model.score(query, list(unknown.values()))
            known |= dict(zip(unknown, map(float, fresh), strict=True))
            with self._lock:
                self._scores.update((key, known[key]) for key in unknown)
                while len(self._scores) > self._room:
                    self._scores.popitem(last=False)
        return np.array([known[key] for key in keys], np.float32)

    def forget(self) -> None:
        """Every pair is read again, whatever was read before."""
        with self._lock:
            self._scores.clear()

    def statistics(self) -> CacheStatistics:
        """Hits, misses and size so far."""
        with self._lock:
            size = len(self._scores)
            return CacheStatistics(self._hits, self._misses, size, size * ENTRY_BYTES)

    def _key(self, query: str, passage: str) -> bytes:
        parts = (self.model.id, query, passage)
        text = b"".join(len(part := text.encode()).to_bytes(8) + part for text in parts)
        return hashlib.blake2b(text, digest_size=16).digest()
