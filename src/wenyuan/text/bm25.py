"""BM25 as sparse vectors: a document's term weights times a query's, with the engine supplying IDF, is the BM25 score.

score(q, d) = Σ idf(t) · tf·(k1+1) / (tf + k1·(1 − b + b·|d|/avg))     (Robertson & Zaragoza 2009)

The average length is fixed in advance so that a chunk's weights never depend on other chunks: changing it, like
changing the terms, changes `ANALYSER` and asks for a rebuild.
"""

from __future__ import annotations

import zlib
from collections import Counter

from wenyuan.text.words import bigrams, content_bigrams, content_words, words
from wenyuan.types import SparseVector

ANALYSER = "zh-en-2"
"""Names the whole lexical analysis (terms, weights, hash): stored with a knowledge base, compared when it is opened."""

# Measured on the training splits of the development sets (docs/results.md).
_K1 = 0.9
_B = 0.75
_AVERAGE_WORDS = (
    200.0  # of a chunk; a length in words, not terms, is about the same for equal content in both languages
)
_BIGRAM_WEIGHT = 0.3  # in a question: bigrams save what the dictionary misses, words decide where both match


def document_vector(text: str) -> SparseVector:
    """BM25 term weights of a chunk."""
    every = words(text)
    norm = _K1 * (1 - _B + _B * len(every) / _AVERAGE_WORDS)
    counts = Counter(map(_index, (*every, *map(_marked, bigrams(text)))))
    return _sparse({index: n * (_K1 + 1) / (n + norm) for index, n in counts.items()})


def query_vector(text: str) -> SparseVector:
    """Each content word of a question once with weight 1, each bigram with less; empty where it holds neither."""
    weights = dict.fromkeys((_index(_marked(pair)) for pair in content_bigrams(text)), _BIGRAM_WEIGHT)
    return _sparse(weights | dict.fromkeys(map(_index, content_words(text)), 1.0))


def _marked(bigram: str) -> str:
    """A bigram must not count as the dictionary word of the same two characters."""
    return "_" + bigram


def _sparse(weights: dict[int, float]) -> SparseVector:
    indices = sorted(weights)
    return SparseVector(tuple(indices), tuple(weights[i] for i in indices))


def _index(term: str) -> int:
    return zlib.crc32(term.encode())
