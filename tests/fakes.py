"""A stand-in for the model: meaning is which words a text holds, so that tests know what is near what."""

from __future__ import annotations

import functools
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wenyuan.models.artefact import ModelCard, sha256
from wenyuan.models.leg_policy import POLICY, Trees, save_policy
from wenyuan.text.words import bigrams, words
from wenyuan.types import Encoder, TokenScorer, Vector
from wenyuan.weigh import FEATURES


class WordEncoder:
    """A bag of words, each a direction of its own: equal texts have cosine 1, texts without a common word about 0."""

    def __init__(self, id: str = "words@1", dimension: int = 96, max_tokens: int = 512) -> None:
        self.id = id
        self.dimension = dimension
        self.max_tokens = max_tokens
        self.passages: list[str] = []  # every passage that was ever encoded, in order
        self._truncated = 0
        self._lock = threading.Lock()

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        with self._lock:
            self.passages.extend(texts)
        return self._encode(texts)

    def encode_queries(self, texts: Sequence[str]) -> Vector:
        return self._encode(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """A Chinese word is a token, so is a part of a code."""
        return [len(words(text)) for text in texts]

    def truncated(self) -> int:
        return self._truncated

    def _encode(self, texts: Sequence[str]) -> Vector:
        with self._lock:
            self._truncated += sum(count > self.max_tokens for count in self.count_tokens(texts))
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        return np.stack([self._one(text) for text in texts])

    def _one(self, text: str) -> Vector:
        total = np.full(self.dimension, 1e-6)
        for word in {*words(text), *bigrams(text)}:
            total += _direction(word, self.dimension)
        return np.asarray(total / np.linalg.norm(total), np.float32)


class WordScorer:
    """A stand-in for the token scorer: the state is the text, the score the share of the question's words in it."""

    def __init__(self, encoder: WordEncoder, id: str = "word-states@1") -> None:
        self.encoder, self.id = encoder, id
        self.read: list[str] = []

    def read_passages(self, texts: Sequence[str]) -> tuple[Vector, list[bytes]]:
        self.read += texts
        return self.encoder.encode_passages(texts), [text.encode() for text in texts]

    def score(self, query: str, states: Sequence[bytes]) -> Vector:
        asked = set(words(query))
        found = [len(asked & set(words(state.decode()))) / len(asked) if state else np.nan for state in states]
        return np.array(found, np.float32)


def word_scorer(encoder: WordEncoder, id: str = "word-states@1") -> WordScorer:
    """One that mypy has seen to be a `TokenScorer`."""
    scorer = WordScorer(encoder, id)
    _: TokenScorer = scorer
    return scorer


@functools.lru_cache(maxsize=1 << 16)
def _direction(word: str, dimension: int) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(word.encode())).standard_normal(dimension)


def word_encoder(id: str = "words@1", max_tokens: int = 512) -> WordEncoder:
    """One that mypy has seen to be an `Encoder`."""
    encoder = WordEncoder(id, max_tokens=max_tokens)
    _: Encoder = encoder
    return encoder


def write_policy(
    folder: Path,
    gains: Sequence[float] = (-0.01, 0.05),
    shifts: Sequence[float] = (-0.2, 0.2),
    *,
    features: Sequence[str] = FEATURES,
    encoder: str = "words@1",
    normalise: str = "minmax",
    threshold: float = 0.01,
) -> Path:
    """A policy of one member that expects the same of every English question, and 1 less of every Chinese one."""
    folder.mkdir()
    trees = Trees(
        feature=np.zeros((1, 3), np.int16),
        cut=np.full((1, 3), 0.5),
        left=np.array([[1, 1, 2]], np.int16),
        right=np.array([[2, 1, 2]], np.int16),
        value=np.array([[np.zeros(len(gains)), gains, np.array(gains) - 1]], np.float32),
        member=np.zeros(1, np.int16),
        depth=1,
    )
    save_policy(folder / POLICY, trees, np.array(shifts, np.float32), threshold, normalise)
    card = ModelCard(
        name=folder.name,
        kind="fusion",
        dimension=len(features),
        max_tokens=0,
        files={POLICY: sha256(folder / POLICY)},
        network=POLICY,
        labels=list(features),
        source=encoder,
    )
    card.write(folder)
    return folder
