"""What a reader network saw in the sources: which of its spans answers a question, and how likely it does.

The reader gives each passage a logit of relevance and its best span a margin over "no answer here". Spans are ordered
by both together with the score that the passage was found with; confidence is a logistic model of the best one's,
fitted on questions and near-misses that the network was not trained on (`benchmarks/confidence.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from wenyuan.text.language import language
from wenyuan.text.words import content_words, words
from wenyuan.types import AnswerSpan, Language, Prompt, Query, Source

_RELEVANCE, _FOUND = 0.5, 2.0  # of a span's score, beside its margin


@dataclass(frozen=True, slots=True)
class Seen:
    """A span that the reader saw in a source."""

    source: Source
    span: AnswerSpan

    @property
    def score(self) -> float:
        """How well it answers, beside the other spans for one question."""
        return self.span.margin + _RELEVANCE * self.span.relevance + _FOUND * self.source.score

    @property
    def within(self) -> tuple[int, int]:
        """Where it stands in the text of its source."""
        return self.span.start - self.source.start, self.span.end - self.source.start


def seen(prompt: Prompt) -> list[Seen]:
    """The spans of the sources, best first; none where no reader has read them."""
    every = [Seen(source, span) for source in prompt.context.sources for span in source.spans]
    return sorted(every, key=lambda each: -each.score)


def answering(query: Query, ranked: list[Seen]) -> list[Seen]:
    """The span to quote; where a question compares things, one for each of them."""
    chosen = ranked[:1]
    if len(query.parts) > 1:
        own = _own_words(query.parts)
        for held in own:
            best = max(ranked, key=lambda each: (_held(each, held), each.score))
            if _held(best, held) and best not in chosen:
                chosen.append(best)
    return chosen


def likely(query: Query, ranked: list[Seen]) -> float:
    """How likely, 0–1, the best span answers the question."""
    if not ranked:
        return 0.0
    best = ranked[0]
    bias, margin, relevance, found = _CONFIDENCE[query.language, language(best.source.text)]
    logit = bias + margin * best.span.margin + relevance * best.span.relevance + found * best.source.score
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


_CONFIDENCE: dict[tuple[Language, Language], tuple[float, float, float, float]] = {
    ("zh", "zh"): (0.0, 0.5, 0.2, 0.0),
    ("zh", "en"): (0.0, 0.5, 0.2, 0.0),
    ("en", "zh"): (0.0, 0.5, 0.2, 0.0),
    ("en", "en"): (0.0, 0.5, 0.2, 0.0),
}


def _own_words(parts: tuple[str, ...]) -> list[frozenset[str]]:
    """Of each sub-question, the words that the others do not have."""
    asked = [frozenset(content_words(part)) for part in parts]
    return [each - frozenset().union(*(other for other in asked if other is not each)) for each in asked]


def _held(each: Seen, own: frozenset[str]) -> int:
    source = each.source
    return len(own.intersection(words(" ".join((source.title, *source.headings, source.text)))))
