"""What a reader network saw in the sources: which of its spans answers a question, and how likely it does.

The reader gives each passage a logit of relevance and its spans a margin over "no answer here". Which of them answers
is decided by both and by the score that the passage was found with; a second passage is quoted where it does about as
well. Confidence is a logistic model of all three, fitted on questions and near-misses that the network was not trained
on (`benchmarks/confidence.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wenyuan.cite.widening import widened
from wenyuan.generate.selection import Found, size, told_apart
from wenyuan.text.blocks import Kind, units
from wenyuan.text.language import language
from wenyuan.text.words import content_words, words
from wenyuan.types import AnswerSpan, Encoder, Language, Prompt, Query, Selected, Source, mark_at

# Chosen on held-back questions (docs/log.md).
_FOUND = 48.0  # logits that a passage's whole score is worth, beside relevance and margin
_SAME = 0.76  # cosine of passages in two languages from which on one translates the other: 99 of 100 do, 1 of others
_COUNTERPARTS = 2  # passages in the question's language that are looked at
_CLOSE, _CLOSE_BY = 4.0, 1.5  # logits within which a span of another, of the same passage may be the answer
_ROOM = 110  # Chinese characters, as `size` counts, up to which a sure answer is filled
_ALIKE = 0.8  # share of a quote's words in another from which on it says nothing new

_JOINED: tuple[Kind, ...] = ("sentence", "item", "line")  # what may be quoted beside one another

_LEAST = -20.0  # below it a logit says no more
_SLOPES = 0.218, 0.439, 1.044
_BIAS: dict[tuple[Language, Language], float] = {
    ("zh", "zh"): 0.64,
    ("zh", "en"): 0.45,
    ("en", "zh"): 1.62,
    ("en", "en"): 0.71,
}  # languages of question and passage; as fitted, and 0.15 each: plain questions were declined (docs/log.md)
PAIRS = tuple(_BIAS)


@dataclass(frozen=True, slots=True)
class Seen:
    """A span that the reader saw in a source."""

    source: Source
    span: AnswerSpan
    twin: Seen | None = None  # says the same in the other language, and answers better

    @property
    def score(self) -> float:
        """How well it answers, beside the others for one question."""
        if self.twin:
            return self.twin.score
        return self.span.relevance + self.span.margin + _FOUND * self.source.score

    @property
    def language(self) -> Language:
        """That of its passage."""
        return language(self.source.text)

    @property
    def found(self) -> Found:
        """Where it stands in its source."""
        return Found(self.source, self.span.start - self.source.start, self.span.end - self.source.start)

    @property
    def kind(self) -> Kind | None:
        """What it stands in; None where nothing there can be quoted."""
        _, start, end = self.found
        return next((unit.kind for unit in units(self.source.text) if unit.start < end and unit.end > start), None)


def seen(prompt: Prompt) -> list[Seen]:
    """The spans of the sources, best first; none where no reader has read them."""
    every = [Seen(source, span) for source in prompt.context.sources for span in source.spans]
    return sorted(every, key=lambda each: -each.score)


def in_own_language(query: Query, ranked: Sequence[Seen], encoder: Encoder) -> list[Seen]:
    """The list with what says the same in the question's language in the place of a best that is in the other."""
    best = ranked[0]
    first = {id(each.source): each for each in reversed(ranked) if each.language == query.language}
    own = sorted(first.values(), key=lambda each: -each.score)[:_COUNTERPARTS]
    if best.language == query.language or not own:
        return list(ranked)
    vectors = encoder.encode_passages([each.source.text for each in (best, *own)])
    near = vectors[1:] @ vectors[0]
    if near.max() < _SAME:
        return list(ranked)
    nearest = own[int(near.argmax())]
    others = (each for each in ranked if each is not nearest and each.source is not best.source)
    return [replace(nearest, twin=best), *others]


def answering(query: Query, ranked: Sequence[Seen]) -> list[Seen]:
    """The best span, with another that does about as well; of a comparison the best for each side.

    A sure one is quoted with what else its passage has, if there is room.
    """
    if not query.parts:
        rival = _rival(query, ranked)
        return [_of_the_row(query, each) for each in (ranked[0], rival)] if rival else _with_room(query, ranked)
    said = [_said(each, query) for each in ranked]
    chosen: list[Seen] = []
    for own, foreign in told_apart(query.parts):
        about = [len(own & held) - len(foreign & held) for held in said]
        best = max(range(len(ranked)), key=about.__getitem__)  # of equals the first
        if about[best] > 0 and ranked[best] not in chosen:
            chosen.append(ranked[best])
    return chosen or list(ranked[:1])


def _rival(query: Query, ranked: Sequence[Seen]) -> Seen | None:
    """The next span that is close and says something else."""
    best = ranked[0]
    said = _quoted_words(best, query)
    for each in ranked[1:]:
        beside = each.source is best.source
        if beside and not {best.kind, each.kind} <= set(_JOINED):
            continue
        other = _quoted_words(each, query)
        close = each.score > best.score - (_CLOSE_BY if beside else _CLOSE)
        if close and len(other & said) < _ALIKE * len(other):
            return each
    return None


def _with_room(query: Query, ranked: Sequence[Seen]) -> list[Seen]:
    """The best span with the next ones of the same passage and page that fit beside it.

    Chosen by units on held-back questions: with the next ones a quote held the evidence more often (docs/log.md).
    """
    best = _of_the_row(query, ranked[0])
    chosen, quoted = [best], set(widened(*best.found, query))
    for each in ranked[1:] if best.kind in _JOINED else ():
        if each.source is best.source and each.kind in _JOINED and _page(each) == _page(best):
            wider = quoted | set(widened(*each.found, query))
            if sum(size(best.source.text[start:end]) for start, end in wider) <= _ROOM:
                chosen, quoted = [*chosen, each], wider
    return chosen


def _page(seen: Seen) -> int | None:
    return mark_at(seen.source.marks, seen.span.start).page


def _of_the_row(query: Query, best: Seen) -> Seen:
    """In a table the row that has most of the question's words, if one has; what was seen may reach over several."""
    _, start, end = best.found
    every = units(best.source.text)
    touched = {unit.block for unit in every if unit.kind == "row" and unit.start < end and unit.end > start}
    rows = [unit for unit in every if unit.kind == "row" and unit.block in touched]
    asked = set(content_words(query.normalised))
    held = [len(asked.intersection(words(best.source.text[row.start : row.end]))) for row in rows]
    if not held or not max(held) or held.count(max(held)) > 1:
        return best
    row, at = rows[held.index(max(held))], best.source.start
    return replace(best, span=best.span._replace(start=at + row.start, end=at + row.end))


def weighed(ranked: Sequence[Seen], chosen: Sequence[Seen]) -> tuple[Selected, ...]:
    """All of them as a trace has them, what was chosen with the place that it was brought to."""
    others = [each for each in ranked if not any(_meet(each, one) for one in chosen)]
    every = sorted([*chosen, *others], key=lambda each: -each.score)
    return tuple(
        Selected(each.source.document, *each.source.place(*each.found[1:]), each.score, each in chosen)
        for each in every
    )


def _meet(one: Seen, other: Seen) -> bool:
    same = one.source is other.source
    return same and one.span.start < other.span.end and other.span.start < one.span.end


def features(ranked: Sequence[Seen]) -> tuple[float, ...]:
    """What tells right answers from wrong ones: of the best span its margin, its relevance and its passage's score."""
    best = ranked[0].twin or ranked[0]
    return max(best.span.margin, _LEAST), max(best.span.relevance, _LEAST), best.source.score


def likely(query: Query, ranked: Sequence[Seen]) -> float:
    """How likely, 0–1, the best span answers the question."""
    if not ranked:
        return 0.0
    bias = _BIAS[query.language, (ranked[0].twin or ranked[0]).language]
    logit = bias + sum(slope * value for slope, value in zip(_SLOPES, features(ranked), strict=True))
    return 1 / (1 + math.exp(-logit))


def _said(each: Seen, query: Query) -> set[str]:
    """The words of a quote and of the headings above it."""
    return _quoted_words(each, query).union(words(" ".join((each.source.title, *each.source.headings))))


def _quoted_words(each: Seen, query: Query) -> set[str]:
    quotes = (each.source.text[start:end] for start, end in widened(*each.found, query))
    return set(words(" ".join(quotes)))
