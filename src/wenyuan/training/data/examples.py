"""Training examples of rankers: JSONL ↔ `Example`, and splits that share neither a query nor a positive passage."""

from __future__ import annotations

import gzip
import json
import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from wenyuan.jsonl import JsonRow, malformed, read_rows
from wenyuan.text.normalise import fold
from wenyuan.types import Language


@dataclass(frozen=True, slots=True)
class Example:
    """A query with passages that answer it and passages that do not.

    Scores are a teacher's raw logits, parallel to the passages or absent. An unlabelled transfer example has no
    positives: all its passages are `negatives`, and scored.
    """

    query: str
    positives: tuple[str, ...]
    negatives: tuple[str, ...]
    positive_scores: tuple[float, ...] = ()
    negative_scores: tuple[float, ...] = ()
    language: Language | None = None
    source: str = ""  # where it comes from: "squad", "kb", …

    @property
    def texts(self) -> list[str]:
        """All its passages."""
        return [*self.positives, *self.negatives]


def read_examples(path: Path) -> list[Example]:
    """The examples of a JSONL file (.gz allowed).

    A line: {"query", "pos": [..], "neg": [..], "pos_scores"?: [..], "neg_scores"?: [..], "lang"?, "source"?}.

    Raises:
        WrongUse: there is no such file.
        SourceError: a line is malformed, has an empty query, or passages of one class only and no scores.
    """
    return [_example(path, number, row) for number, row in read_rows(path)]


def write_examples(path: Path, examples: Iterable[Example]) -> None:
    """Write the file that `read_examples` reads; it is there whole or not at all."""
    write_rows(path, map(_row, examples))


def write_rows(path: Path, rows: Iterable[JsonRow]) -> None:
    """Write one JSON object a line (.gz allowed); the file is there whole or not at all."""
    part = path.with_name(path.name + ".part")
    with gzip.open(part, "wt", encoding="utf-8") if path.suffix == ".gz" else part.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    part.replace(path)


def split(examples: Sequence[Example], share: float, seed: int = 0) -> tuple[list[Example], list[Example]]:
    """(the rest, at most `share` of the examples), in their order.

    Examples linked through an equal query or an equal positive passage, after folding, stay together.
    """
    groups = list(_linked(examples).values())
    random.Random(seed).shuffle(groups)  # noqa: S311
    room = round(share * len(examples))
    chosen: set[int] = set()
    for group in groups:
        if len(chosen) + len(group) <= room:
            chosen.update(group)
    rest = [example for n, example in enumerate(examples) if n not in chosen]
    return rest, [examples[n] for n in sorted(chosen)]


def _example(path: Path, number: int, row: JsonRow) -> Example:
    query = row.get("query")
    if not isinstance(query, str) or not query.strip():
        raise malformed(path, number, "'query' is missing, empty or no string")
    language = row.get("lang")
    if language not in (None, "zh", "en"):
        raise malformed(path, number, f"'lang' is {language!r}", 'use "zh", "en" or leave it out')
    positives, negatives = _texts(path, number, row, "pos"), _texts(path, number, row, "neg")
    positive_scores = _scores(path, number, row, "pos", len(positives))
    negative_scores = _scores(path, number, row, "neg", len(negatives))
    scored = len(positive_scores) + len(negative_scores) == len(positives) + len(negatives) >= 2
    if not scored and not (positives and negatives):
        lacking = f"'{'neg' if positives else 'pos'}' is empty: nothing to tell apart"
        raise malformed(path, number, lacking, "add a passage or remove the line")
    return Example(
        query,
        positives,
        negatives,
        positive_scores,
        negative_scores,
        language=language,
        source=str(row.get("source", "")),
    )


def _texts(path: Path, number: int, row: JsonRow, key: str) -> tuple[str, ...]:
    texts = row.get(key, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise malformed(path, number, f"'{key}' is no list of passages that are not empty")
    return tuple(texts)


def _scores(path: Path, number: int, row: JsonRow, key: str, expected: int) -> tuple[float, ...]:
    scores = row.get(f"{key}_scores") or []
    if not isinstance(scores, list) or not all(map(_finite, scores)):
        raise malformed(path, number, f"'{key}_scores' is no list of finite numbers")
    if scores and len(scores) != expected:
        raise malformed(path, number, f"'{key}_scores' has {len(scores)} numbers for {expected} passages")
    return tuple(map(float, scores))


def _finite(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(cast(float, value))


def _row(example: Example) -> dict[str, object]:
    row: dict[str, object] = {"query": example.query, "pos": example.positives, "neg": example.negatives}
    optional = {
        "pos_scores": example.positive_scores,
        "neg_scores": example.negative_scores,
        "lang": example.language,
        "source": example.source,
    }
    return row | {key: value for key, value in optional.items() if value}


def _linked(examples: Sequence[Example]) -> dict[int, list[int]]:
    """Positions of the examples by connected component: union-find over queries and positive passages."""
    parent = list(range(len(examples)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = n = parent[parent[n]]
        return n

    first: dict[tuple[str, str], int] = {}
    for n, example in enumerate(examples):
        keys = [("query", fold(example.query)), *(("passage", fold(text)) for text in example.positives)]
        for key in keys:
            parent[root(n)] = root(first.setdefault(key, n))
    groups: dict[int, list[int]] = defaultdict(list)
    for n in range(len(examples)):
        groups[root(n)].append(n)
    return groups
