"""BM25 as sparse vectors: a document's term weights times a query's, with the engine supplying IDF, is the BM25 score.

score(q, d) = Σ idf(t) · tf·(k1+1) / (tf + k1·(1 − b + b·|d|/avg)) · qtf     (Robertson & Zaragoza 2009, k3 → ∞)

A term of a chunk counts half as the chunk's and half as its section's (see `sections`): what is said once in a long
section weighs less, what the section keeps coming back to weighs more. Average lengths are fixed in advance so that
weights never depend on other documents: changing them, like changing the terms or the sections, changes `ANALYSER`
and asks for a rebuild.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence

from wenyuan.text.words import bigrams, content_bigrams, content_words, words
from wenyuan.types import SparseVector

ANALYSER = "zh-en-3"
"""Names the analysis (terms, weights, hash, sections): stored with a knowledge base, compared when it is opened."""

# Measured on the training splits of the development sets (docs/results.md).
_K1 = 0.9
_B = 0.75
# A length in words, not terms, is about the same for equal content in both languages.
_AVERAGE_CHUNK, _AVERAGE_SECTION = 200.0, 800.0
_SECTION = 0.5  # share of the section in a term's weight
_BIGRAM_WEIGHT = 0.3  # in a question: bigrams save what the dictionary misses, words decide where both match
_TRANSLATED = 0.8  # in a question: a sure translation of a word beside the word itself


def section_vectors(chunks: Sequence[str], section: str) -> list[SparseVector]:
    """BM25 weights of the terms of each chunk of one section, given the text of each and of the whole."""
    counts, length = _counted(section)
    return [_chunk_vector(chunk, counts, length) for chunk in chunks]


def query_vector(text: str, context: str = "", translations: Mapping[str, float] | None = None) -> SparseVector:
    """Each content word of a question as often as it is said, each bigram with less; empty where it holds neither.

    What only `context` holds, the turns before the question, counts once: a topic that every turn named must not
    drown what is asked now. `translations`, terms of the other language with how sure each is (0–1), count a little
    less than what is said: a passage in either language is then found by the words that it is written in.
    """
    whole = f"{text}\n{context}"
    pairs, said = Counter(bigrams(text)), Counter(words(text))
    weights = {_index(_marked(pair)): _BIGRAM_WEIGHT * max(1, pairs[pair]) for pair in content_bigrams(whole)}
    weights |= {_index(word): float(max(1, said[word])) for word in content_words(whole)}
    foreign = {_index(term): _TRANSLATED * sure for term, sure in (translations or {}).items() if sure > 0}
    return _sparse(foreign | weights)


def _chunk_vector(text: str, section: Counter[int], section_length: int) -> SparseVector:
    counts, length = _counted(text)
    own = _norm(length, _AVERAGE_CHUNK)
    whole = _norm(max(length, section_length), _AVERAGE_SECTION)
    return _sparse(
        {
            index: (1 - _SECTION) * _saturated(n, own) + _SECTION * _saturated(max(n, section[index]), whole)
            for index, n in counts.items()
        }
    )


def _counted(text: str) -> tuple[Counter[int], int]:
    """How often each term occurs, and the length in words."""
    every = words(text)
    return Counter(map(_index, (*every, *map(_marked, bigrams(text))))), len(every)


def _norm(length: int, average: float) -> float:
    return _K1 * (1 - _B + _B * length / average)


def _saturated(n: int, norm: float) -> float:
    return n * (_K1 + 1) / (n + norm)


def _marked(bigram: str) -> str:
    """A bigram must not count as the dictionary word of the same two characters."""
    return "_" + bigram


def _sparse(weights: dict[int, float]) -> SparseVector:
    indices = sorted(weights)
    return SparseVector(tuple(indices), tuple(weights[i] for i in indices))


def _index(term: str) -> int:
    return zlib.crc32(term.encode())
