"""The default generator: the best supported sentences of the context, verbatim, each with its citation.

A sentence's support is its closeness in meaning to the question (cosine of the encoder) together with the share of the
question's words it holds. Confidence is a logistic model of the same signals, fitted on public questions with and
without an answer in the corpus (`benchmarks/abstention.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wenyuan.cite.quoting import citation, quotable
from wenyuan.text.normalise import simplify
from wenyuan.text.words import content_words, words
from wenyuan.types import Citation, Draft, Encoder, Language, Prompt, Query, Source, Vector

_LEADS_ON = (":", "：")  # a sentence that ends so says nothing without the next

_COVERAGE_WEIGHT = 0.15  # of a sentence's support; measured on training splits, as all numbers here (docs/results.md)
_MARGIN = 0.04  # how far below the best a sentence may be and still be quoted
_COSINE, _COVERAGE = 73.8, 5.1
_BIAS: dict[Language, float] = {"zh": -69.8, "en": -65.9}  # the encoder places Chinese texts closer together


@dataclass(frozen=True, slots=True)
class _Sentence:
    source: Source
    start: int  # within the source's text
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the sentences of a context say about a question."""

    sentences: Sequence[_Sentence]
    support: Vector  # (n,): how well each sentence answers
    cosine: float  # of the sentence closest in meaning
    coverage: float  # share of the question's content words in the source that holds most of them


class Extractive:
    """Writes at most `sentences` sentences of the context."""

    def __init__(self, encoder: Encoder, *, sentences: int = 4) -> None:
        self._encoder = encoder
        self._sentences = sentences

    def draft(self, prompt: Prompt) -> Draft:
        """Quotes source by source, the best supported first; no text where the context has no sentence."""
        evidence = self.evidence(prompt)
        likely = _confidence(prompt.query.language, evidence)
        citations = _citations(_chosen(evidence.sentences, evidence.support, self._sentences)) if evidence else ()
        text = "\n\n".join(f"{each.quote} [{each.n}]" for each in citations)
        return Draft(text, prompt.context.sources, citations, evidence=likely)

    def confidence(self, prompt: Prompt) -> float:
        """How likely it is, 0–1, that the context answers the question; 0 without one. It encodes its sentences."""
        return _confidence(prompt.query.language, self.evidence(prompt))

    def evidence(self, prompt: Prompt) -> Evidence | None:
        """Weigh every sentence of the context; None where it has none."""
        query, sources = prompt.query, prompt.context.sources
        candidates = [sentence for source in sources for sentence in _sentences(source)]
        if not candidates:
            return None
        # The encoder tells traditional from simplified Chinese where a reader does not: the closer form counts.
        forms = self._encoder.encode_queries(list(dict.fromkeys((query.normalised, simplify(query.normalised)))))
        cosines = (self._encoder.encode_passages([candidate.text for candidate in candidates]) @ forms.T).max(axis=1)
        held = _coverage(query, [candidate.text for candidate in candidates])
        texts = [" ".join((source.title, *source.headings, source.header, source.text)) for source in sources]
        return Evidence(
            sentences=candidates,
            support=cosines + _COVERAGE_WEIGHT * held,
            cosine=float(cosines.max()),
            coverage=float(_coverage(query, texts).max()),
        )


def _confidence(language: Language, evidence: Evidence | None) -> float:
    if evidence is None:
        return 0.0
    return 1 / (1 + math.exp(-(_BIAS[language] + _COSINE * evidence.cosine + _COVERAGE * evidence.coverage)))


def _sentences(source: Source) -> list[_Sentence]:
    return [_Sentence(source, start, end, source.text[start:end]) for start, end in quotable(source)]


def _coverage(query: Query, texts: Sequence[str]) -> Vector:
    """(n,): the share of the question's content words that each text holds."""
    asked = set(content_words(query.normalised))
    held = [len(asked.intersection(words(text))) for text in texts]
    return np.asarray(held, np.float32) / np.float32(max(1, len(asked)))


def _chosen(candidates: Sequence[_Sentence], support: Vector, limit: int) -> list[_Sentence]:
    """The best sentences in reading order, the best one's source first.

    The sentence after the best one comes along: in one question of fifteen it holds the answer that the best does not.
    """
    order = [int(i) for i in np.argsort(-support, kind="stable")]
    best = order[0]
    close = [i for i in order[: max(1, limit - 1)] if support[i] >= support[best] - _MARGIN]
    chosen = {*close, *_after(candidates, best, 1 if limit > 1 else 0)}
    for i in close:
        if candidates[i].text.endswith(_LEADS_ON):
            chosen.update(_after(candidates, i, limit))
    first = candidates[best].source.n
    return [candidates[i] for i in sorted(chosen, key=lambda i: (candidates[i].source.n != first, i))]


def _after(candidates: Sequence[_Sentence], i: int, count: int) -> list[int]:
    """At most `count` sentences that follow the i-th in its source."""
    following = range(i + 1, min(i + 1 + count, len(candidates)))
    return [n for n in following if candidates[n].source is candidates[i].source]


def _citations(chosen: Sequence[_Sentence]) -> tuple[Citation, ...]:
    runs = _runs(chosen)
    numbers = {source: n for n, source in enumerate(dict.fromkeys(run[0].source.n for run in runs), 1)}
    return tuple(citation(run[0].source, numbers[run[0].source.n], run[0].start, run[-1].end) for run in runs)


def _runs(chosen: Sequence[_Sentence]) -> list[list[_Sentence]]:
    """Sentences that follow one another in their source become one quote."""
    runs: list[list[_Sentence]] = []
    for sentence in chosen:
        last = runs[-1][-1] if runs else None
        follows = last is not None and last.source is sentence.source
        if last is not None and follows and not sentence.source.text[last.end : sentence.start].strip():
            runs[-1].append(sentence)
        else:
            runs.append([sentence])
    return runs
