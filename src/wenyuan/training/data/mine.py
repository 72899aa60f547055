"""Hard negatives: what a search ranks high for a query and does not answer it."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from wenyuan.text.fingerprint import fingerprint as minhash
from wenyuan.text.normalise import fold
from wenyuan.training.data.examples import Example
from wenyuan.types import Language

Retrieved = tuple[str, str, float]
"""Document id, text of the passage, score."""

Retrieve = Callable[[str], Sequence[Retrieved]]
"""A query's passages, best first."""

T = TypeVar("T", bound=Hashable)

_NEAR_IDENTICAL = 0.8  # share of equal MinHash bytes
_HEAD = 5  # rank r is drawn with weight 1 / (r + _HEAD): mostly from the top, where the mistakes are


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and its answer, before negatives are known."""

    query: str
    positive: str
    gold: frozenset[str] = frozenset()  # documents that answer: their best hit, if any, replaces `positive`
    related: frozenset[str] = frozenset()  # documents that may answer: no negatives
    answers: tuple[str, ...] = ()  # strings that answer: a passage that holds one is no negative
    lookups: tuple[str, ...] = ()  # what to search for instead of the query, when it is in another language
    language: Language | None = None
    source: str = ""


def mine(
    pairs: Sequence[Pair], search: Retrieve, *, negatives: int = 7, at_random: int = 1, depth: int = 30, seed: int = 0
) -> Iterator[Example]:
    """Each pair with `negatives` passages: from the first `depth` hits; `at_random`, or what lacks, from other pairs.

    False negatives are left out: passages of gold and related documents, near-identical to the positive, or holding
    an answer. A pair for which fewer passages can be found is dropped.
    """
    rng = random.Random(seed)  # noqa: S311
    others = [pair.positive for pair in pairs if pair.positive]
    for pair in pairs:
        rankings = (search(lookup)[:depth] for lookup in pair.lookups or (pair.query,))
        hits = [hit for hit in chain.from_iterable(zip_longest(*rankings)) if hit]
        positive = _best(pair, hits)
        if not positive:
            continue
        candidates = [text for document, text, _ in hits if document not in pair.gold | pair.related]
        hard = list(islice(_negatives(pair, positive, drawn_by_rank(candidates, rng)), negatives - at_random))
        drawn = dict.fromkeys(rng.sample(others, min(len(others), 4 * negatives)))
        strangers = (text for text in drawn if text not in hard)
        chosen = hard + list(islice(_negatives(pair, positive, strangers), negatives - len(hard)))
        if len(chosen) == negatives:
            yield Example(pair.query, (positive,), tuple(chosen), language=pair.language, source=pair.source)


def drop_false_negatives(example: Example, margin: float = 0.0) -> Example:
    """The example without negatives that its teacher scores at least as high as the worst positive minus `margin`."""
    if not example.positive_scores or not example.negative_scores:
        return example
    limit = min(example.positive_scores) - margin
    scored = zip(example.negatives, example.negative_scores, strict=True)
    kept = [(text, score) for text, score in scored if score < limit]
    return replace(
        example,
        negatives=tuple(text for text, _ in kept),
        negative_scores=tuple(score for _, score in kept),
    )


def drawn_by_rank(candidates: Sequence[T], rng: random.Random) -> list[T]:
    """Each candidate once, in a random order in which the top ranks tend to come first (Efraimidis & Spirakis 2006)."""
    keys = {each: rng.random() ** (rank + _HEAD) for rank, each in reversed(list(enumerate(candidates)))}
    return sorted(keys, key=keys.__getitem__, reverse=True)


def holds(text: str, answers: Iterable[str]) -> bool:
    """Whether one of the answers stands in the text, after folding."""
    folded = _folded(text)
    return any(fold(answer) in folded for answer in answers)


def _best(pair: Pair, hits: Sequence[Retrieved]) -> str:
    gold = [text for document, text, _ in hits if document in pair.gold]
    return next((text for text in gold if not pair.answers or holds(text, pair.answers)), pair.positive)


def _negatives(pair: Pair, positive: str, candidates: Iterable[str]) -> Iterator[str]:
    for text in candidates:
        if not holds(text, pair.answers) and np.mean(_minhash(text) == _minhash(positive)) < _NEAR_IDENTICAL:
            yield text


@functools.lru_cache(1 << 16)
def _folded(text: str) -> str:
    return fold(text)


@functools.lru_cache(1 << 16)
def _minhash(text: str) -> NDArray[np.uint8]:
    return minhash(text)
