"""Examples of readers: a query with graded passages, and where in a passage the evidence stands; JSONL, splits, draws.

A near-miss is a query that none of its passages answers: no grade, no span. A passage with a grade but no span answers
somewhere that nobody has marked, so that its relevance is learnt from and its tokens are not.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wenyuan.errors import WrongUse
from wenyuan.jsonl import JsonRow, malformed, read_rows
from wenyuan.training.data.examples import Example, write_rows
from wenyuan.training.data.mine import drawn_by_rank
from wenyuan.types import Language

RIGHT = 2
"""The lowest grade of a passage that answers: 3 the answer, 2 an important part of it, 1 on the topic, 0 neither."""

Evidence = tuple[int, int]
"""Start and end of the evidence, in characters of the passage."""

_GRADES = range(4)


@dataclass(frozen=True, slots=True)
class GradedPassage:
    """A passage as the reader sees it, what it is worth to the query, and where its evidence stands."""

    text: str
    grade: int = 0
    span: Evidence | None = None


@dataclass(frozen=True, slots=True)
class ReadingExample:
    """A query with its passages: those that answer first, then the others, those most like an answer first.

    The first passage of a near-miss is the one it is asked about.
    """

    query: str
    passages: tuple[GradedPassage, ...]
    language: Language | None = None
    source: str = ""  # where it comes from: "squad", "enterprise", …
    origin: str = ""  # the book or site of its passages: a split never parts what is of one origin

    @property
    def texts(self) -> list[str]:
        """All its passages."""
        return [passage.text for passage in self.passages]

    @property
    def near_miss(self) -> bool:
        """Whether no passage answers."""
        return not any(passage.grade for passage in self.passages)

    def ranked(self) -> Example:
        """The example as a reranker has it: passages that answer against those without any grade."""
        return Example(
            self.query,
            tuple(each.text for each in self.passages if each.grade >= RIGHT),
            tuple(each.text for each in self.passages if not each.grade),
            language=self.language,
            source=self.source,
        )


def read_reading(path: Path) -> list[ReadingExample]:
    """The examples of a JSONL file (.gz allowed).

    A line: {"query", "passages": [{"text", "grade"?: 0–3, "span"?: [start, end] or null}, ..], "lang"?, "source"?,
    "origin"?}.

    Raises:
        WrongUse: there is no such file, or nothing in it.
        SourceError: a line is malformed, or a span does not lie in its passage.
    """
    examples = [_example(path, number, row) for number, row in read_rows(path)]
    if not examples:
        raise WrongUse(f"{path} has no example: write one a line.")
    return examples


def write_reading(path: Path, examples: Iterable[ReadingExample]) -> None:
    """Write the file that `read_reading` reads; it is there whole or not at all."""
    write_rows(path, map(_row, examples))


def split_by_origin(
    examples: Sequence[ReadingExample], share: float
) -> tuple[list[ReadingExample], list[ReadingExample]]:
    """(the rest, about `share` of the origins), in their order; an origin's side depends on its name alone."""
    held = {origin for origin in {each.origin for each in examples} if _lot(origin) < share}
    rest = [each for each in examples if each.origin not in held]
    return rest, [each for each in examples if each.origin in held]


def draw(example: ReadingExample, size: int, rng: random.Random) -> list[GradedPassage]:
    """At most `size` passages to learn from: one with evidence, if there is one, then others without a grade.

    A near-miss is always shown with the passage it is asked about. Others come mostly from the top of the list.
    """
    if example.near_miss:
        first, rest = list(example.passages[:1]), example.passages[1:]
    else:
        marked = [each for each in example.passages if each.span] or [each for each in example.passages if each.grade]
        first, rest = [rng.choice(marked)], tuple(each for each in example.passages if not each.grade)
    return first + drawn_by_rank(rest, rng)[: size - 1]


def _example(path: Path, number: int, row: JsonRow) -> ReadingExample:
    query, passages, language = row.get("query"), row.get("passages"), row.get("lang")
    if not isinstance(query, str) or not query.strip():
        raise malformed(path, number, "'query' is missing, empty or no string")
    if language not in (None, "zh", "en"):
        raise malformed(path, number, f"'lang' is {language!r}", 'use "zh", "en" or leave it out')
    if not isinstance(passages, list) or not passages:
        raise malformed(path, number, "'passages' is no list with a passage in it")
    return ReadingExample(
        query,
        tuple(_passage(path, number, each) for each in passages),
        language,
        str(row.get("source", "")),
        str(row.get("origin", "")),
    )


def _passage(path: Path, number: int, row: object) -> GradedPassage:
    if not isinstance(row, dict) or not isinstance(text := row.get("text"), str) or not text.strip():
        raise malformed(path, number, "a passage has no 'text'")
    grade, span = row.get("grade", 0), row.get("span")
    if type(grade) is not int or grade not in _GRADES:
        raise malformed(path, number, f"'grade' is {grade!r}", "use 0, 1, 2 or 3")
    if span is None:
        return GradedPassage(text, grade)
    whole = isinstance(span, list) and len(span) == 2 and all(type(at) is int for at in span)
    if not whole or not 0 <= span[0] < span[1] <= len(text):
        raise malformed(path, number, f"'span' {span!r} is no [start, end] within the {len(text)} characters of 'text'")
    if not grade:
        raise malformed(path, number, "a passage has a 'span' and no 'grade'", "grade what holds evidence 1, 2 or 3")
    return GradedPassage(text, grade, (span[0], span[1]))


def _row(example: ReadingExample) -> JsonRow:
    passages = [
        {"text": each.text} | ({"grade": each.grade} if each.grade else {}) | ({"span": each.span} if each.span else {})
        for each in example.passages
    ]
    optional = {"lang": example.language, "source": example.source, "origin": example.origin}
    return {"query": example.query, "passages": passages} | {key: value for key, value in optional.items() if value}


def _lot(name: str) -> float:
    """A number in [0, 1) that is always the same for a name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64
