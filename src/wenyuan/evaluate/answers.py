"""Questions with the evidence of their answers: read from a file, asked, their answers judged, counted.

What is quoted holds the evidence when one quote of a right document has its folded text in it, or when the quotes of
the passage cover at least 90 % of its characters. Right documents are the passage and what the judgements grade 2 or
higher. An answer is right when it holds the evidence, so the answer to a near-miss, which has none, is always wrong.
Where a question comes without its evidence, whatever is quoted from a right document counts as holding it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wenyuan.evaluate.bootstrap import Draws, interval_of, wilson
from wenyuan.evaluate.metrics import Qrels, Values
from wenyuan.evaluate.run import OnQuestion
from wenyuan.jsonl import JsonRow, malformed, read_rows
from wenyuan.text.language import language
from wenyuan.text.normalise import fold
from wenyuan.text.words import word_spans
from wenyuan.types import Answer, Citation, Decision

Ask = Callable[[str], Answer]

_COVERED = 0.9  # of the evidence's characters
_RIGHT = 2  # the lowest grade of a right document: an important part of the answer
_POINTS = 100  # of a risk–coverage curve at most
_LANGUAGES = ("zh", "en")
_RESAMPLES = 2_000  # for a bound that is read to two digits; each group of questions has four of them


@dataclass(frozen=True, slots=True)
class AnswerCase:
    """A question, the passage that answers it, and the words there that do: `evidence == passage[start:end]`."""

    line: int  # of the file, from 1
    id: str
    passage: str  # the id of its document
    question: str  # empty where the near-miss alone is asked
    pair: str  # languages of question and passage: "zh→en"
    style: str
    evidence: str  # empty where it is not known
    start: int
    end: int
    near_miss: str | None  # a question of the same user that has no answer

    @property
    def asked(self) -> tuple[bool, ...]:
        """What is asked of it, in turn: False is the question, True its near-miss."""
        return (*([False] if self.question else []), *([True] if self.near_miss else []))


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """What became of a question, or of its near-miss."""

    example: AnswerCase
    near_miss: bool
    answer: Answer
    holds_evidence: bool
    names_document: bool  # whether a citation names a right document

    @property
    def question(self) -> str:
        """As it was asked."""
        return (self.example.near_miss or "") if self.near_miss else self.example.question

    @property
    def answered(self) -> bool:
        """Whether an answer was given."""
        return self.answer.decision is Decision.ANSWERED

    @property
    def right(self) -> bool:
        """Whether it was right to answer so, or not to answer."""
        return not self.answered if self.near_miss else self.holds_evidence


class Figure(NamedTuple):
    """A figure with its 95 % interval over n questions or answers; None where these have none."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class CurvePoint(NamedTuple):
    """The share of all that were asked that is answered with at least this confidence, and that of these is wrong."""

    coverage: float
    risk: float
    confidence: float


def read_cases(path: Path, limit: int | None = None, seed: int = 0) -> list[AnswerCase]:
    """The lines of a file, at most `limit` of them, drawn with the seed.

    Raises:
        WrongUse: there is no such file.
        SourceError: a line is no example, or there is none; the sentence names it.
    """
    examples: list[AnswerCase] = []
    seen: set[str] = set()
    for number, row in read_rows(path):
        example = _example(path, number, row)
        if example.id in seen:
            raise malformed(path, number, f"the id {example.id!r} is there twice", "remove one of the two")
        seen.add(example.id)
        examples.append(example)
    if not examples:
        raise malformed(path, 1, "there is no question", "write one a line")
    if limit is not None and limit < len(examples):
        return random.Random(seed).sample(examples, limit)  # noqa: S311 — a sample, not a secret
    return examples


def ask_cases(
    examples: Sequence[AnswerCase], ask: Ask, qrels: Qrels | None = None, on_question: OnQuestion | None = None
) -> list[AnswerOutcome]:
    """Ask each question and then its near-miss, where it has one; `qrels`: question → document → grade."""
    asked = [(each, miss) for each in examples for miss in each.asked]
    outcomes = []
    for n, (example, near_miss) in enumerate(asked, 1):
        answer = ask((example.near_miss or "") if near_miss else example.question)
        outcomes.append(judge(example, answer, (qrels or {}).get(example.id, {}), near_miss=near_miss))
        if on_question is not None:
            on_question(n, len(asked))
    return outcomes


def judge(example: AnswerCase, answer: Answer, grades: Mapping[str, int], *, near_miss: bool = False) -> AnswerOutcome:
    """What is right about an answer to the question, whose documents have these grades, or to its near-miss."""
    if near_miss:
        return AnswerOutcome(example, near_miss, answer, holds_evidence=False, names_document=False)
    documents = {example.passage, *(document for document, grade in grades.items() if grade >= _RIGHT)}
    right = [citation for citation in answer.citations if citation.document in documents]
    return AnswerOutcome(example, near_miss, answer, _holds(example, right), bool(right))


def figures(outcomes: Sequence[AnswerOutcome]) -> dict[str, Figure]:
    """Shares of the questions and of the near-misses, how well confidence tells them apart, how long quotes are."""
    questions = [each for each in outcomes if not each.near_miss]
    misses = [each for each in outcomes if each.near_miss]
    given = [each for each in outcomes if each.answered]
    quoted = [each.answer.citations for each in questions if each.answered and each.answer.citations]
    english = [quotes for quotes in quoted if language(_text(quotes)) == "en"]
    return {
        "evidence": _share(each.holds_evidence for each in questions),
        "right_document": _share(each.names_document for each in questions),
        "answered": _share(each.answered for each in questions),
        "declined": _share(not each.answered for each in misses),
        "auroc": _auroc([each.answer.confidence for each in given], [each.right for each in given]),
        "auroc_answerable": _auroc(
            [each.answer.confidence for each in outcomes], [not each.near_miss for each in outcomes]
        ),
        "quote_chars": _median([sum(len(each.quote) for each in quotes) for quotes in quoted]),
        "quote_words": _median([sum(1 for _ in word_spans(_text(quotes))) for quotes in english]),
    }


def grouped(outcomes: Iterable[AnswerOutcome], key: Callable[[AnswerCase], str]) -> dict[str, list[AnswerOutcome]]:
    """The outcomes of each pair of languages, or of each style, by its name."""
    named = sorted(outcomes, key=lambda outcome: key(outcome.example))
    return {name: list(group) for name, group in groupby(named, lambda outcome: key(outcome.example))}


def risk_coverage(outcomes: Sequence[AnswerOutcome]) -> list[CurvePoint]:
    """The curve of risk over coverage as the bound of confidence falls to the lowest that an answer was given with."""
    given = sorted((each for each in outcomes if each.answered), key=lambda each: -each.answer.confidence)
    points, answers, wrong = [], 0, 0
    for confidence, group in groupby(given, lambda each: each.answer.confidence):
        for each in group:
            answers, wrong = answers + 1, wrong + (not each.right)
        points.append(CurvePoint(answers / len(outcomes), wrong / answers, confidence))
    kept = np.unique(np.linspace(0, len(points) - 1, min(len(points), _POINTS)).round().astype(int))
    return [points[n] for n in kept]


def _example(path: Path, number: int, row: JsonRow) -> AnswerCase:
    def text(key: str) -> str:
        value = row.get(key)
        if not isinstance(value, str) or not value.strip():
            raise malformed(path, number, f"{key!r} is {'missing' if value is None else 'no text'}")
        return value

    for key in ("language", "passage_language"):
        if text(key) not in _LANGUAGES:
            raise malformed(path, number, f"{key!r} is {row[key]!r}", 'write "zh" or "en"')
    start, end, evidence = row.get("start"), row.get("end"), text("evidence")
    if type(start) is not int or type(end) is not int or start < 0 or end - start != len(evidence):
        said = f"'start' {start!r} and 'end' {end!r} are not where the {len(evidence)} characters of 'evidence' stand"
        raise malformed(path, number, said)
    return AnswerCase(
        line=number,
        id=text("id"),
        passage=text("passage"),
        question=text("question"),
        pair=f"{text('language')}→{text('passage_language')}",
        style=text("style"),
        evidence=evidence,
        start=start,
        end=end,
        near_miss=None if row.get("unanswerable") is None else text("unanswerable"),
    )


def _holds(example: AnswerCase, citations: Sequence[Citation]) -> bool:
    """Whether the quotes of right documents hold the evidence; see above."""
    evidence = fold(example.evidence)
    if not evidence:
        return any(citation.quote for citation in citations)
    if any(evidence in fold(citation.quote) for citation in citations):
        return True
    spans = [(each.start, each.end) for each in citations if each.document == example.passage]
    held = {at for start, end in spans for at in range(max(start, example.start), min(end, example.end))}
    return len(held) >= _COVERED * (example.end - example.start)


def _text(citations: Sequence[Citation]) -> str:
    return "\n".join(citation.quote for citation in citations)


def _share(each: Iterable[bool]) -> Figure:
    """A share with Wilson's interval."""
    held = list(each)
    if not held:
        return Figure(None, None, None, 0)
    return Figure(sum(held) / len(held), *wilson(sum(held), len(held)), len(held))


def _median(lengths: Sequence[int]) -> Figure:
    if not lengths:
        return Figure(None, None, None, 0)
    values = np.array(lengths, np.float64)
    bounds = interval_of(lambda draws: np.median(values[draws], axis=1), len(values), resamples=_RESAMPLES)
    return Figure(float(np.median(values)), *bounds, len(values))


def _auroc(scores: Sequence[float], positive: Sequence[bool]) -> Figure:
    """How often one that is positive has the higher score of two, a tie counting half (Hanley & McNeil 1982)."""
    n = len(scores)
    if not 0 < sum(positive) < n:
        return Figure(None, None, None, n)
    order = np.argsort(scores, kind="stable")
    ascending, is_positive = np.array(scores)[order], np.array(positive)[order]
    begins = np.flatnonzero(np.r_[True, ascending[1:] != ascending[:-1]])  # a place for each score that occurs

    def area(draws: Draws) -> Values:
        times = np.stack([np.bincount(drawn, minlength=n) for drawn in draws])  # (b, n): how often each is drawn
        above = np.add.reduceat(times * is_positive, begins, axis=1)
        below = np.add.reduceat(times * ~is_positive, begins, axis=1)
        won: NDArray[np.float64] = (above * (below.cumsum(axis=1) - below / 2)).sum(axis=1)
        pairs = above.sum(axis=1) * below.sum(axis=1)
        return np.where(pairs > 0, won / np.maximum(pairs, 1), np.nan)

    return Figure(float(area(np.arange(n)[None])[0]), *interval_of(area, n, resamples=_RESAMPLES), n)
