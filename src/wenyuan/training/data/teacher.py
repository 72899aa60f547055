"""Raw logits of a teacher: every pair is scored once and remembered on disk, so that a killed run goes on."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from wenyuan.errors import Damaged, WrongModel
from wenyuan.training.data.examples import Example
from wenyuan.types import CrossEncoder

OnScored = Callable[[int], None]
"""Called with the number of examples scored so far."""

_EXAMPLES_PER_COMMIT = 16  # what a kill may cost


def score(
    examples: Iterable[Example], scorer: CrossEncoder, cache: Path, on_scored: OnScored | None = None
) -> list[Example]:
    """The examples with the scorer's logits as they are: no sigmoid, no scaling.

    `cache` (a file, made where there is none) keeps each pair's score by query, passage and scorer.

    Raises:
        WrongModel: the scorer gives a score that is no number.
        Damaged: the cache is no cache.
    """
    cache.parent.mkdir(parents=True, exist_ok=True)
    scored: list[Example] = []
    try:
        with closing(sqlite3.connect(cache)) as database:
            database.execute("CREATE TABLE IF NOT EXISTS score (pair BLOB PRIMARY KEY, logit REAL) WITHOUT ROWID")
            for n, example in enumerate(examples, 1):
                scored.append(_scored(example, scorer, database))
                if n % _EXAMPLES_PER_COMMIT == 0:
                    database.commit()
                if on_scored:
                    on_scored(n)
            database.commit()
    except sqlite3.DatabaseError as error:
        raise Damaged(
            f"The score cache {cache} cannot be used ({error}): delete it, or make room on its disk."
        ) from error
    return scored


def _scored(example: Example, scorer: CrossEncoder, database: sqlite3.Connection) -> Example:
    passages = (*example.positives, *example.negatives)
    keys = [_key(example.query, passage, scorer.id) for passage in passages]
    known = {key: logit for key in keys if (logit := _known(database, key)) is not None}
    missing = [n for n, key in enumerate(keys) if key not in known]
    if missing:
        logits = _logits(scorer, example.query, [passages[n] for n in missing])
        new = {keys[n]: logit for n, logit in zip(missing, logits, strict=True)}
        database.executemany("INSERT OR REPLACE INTO score VALUES (?, ?)", new.items())
        known |= new
    scores = tuple(known[key] for key in keys)
    positives = len(example.positives)
    return replace(example, positive_scores=scores[:positives], negative_scores=scores[positives:])


def _logits(scorer: CrossEncoder, query: str, passages: Sequence[str]) -> list[float]:
    logits = scorer.score(query, passages)
    if not np.isfinite(logits).all():
        raise WrongModel(f"The teacher {scorer.id} gives no number for the query {query!r}: use another teacher.")
    return [float(logit) for logit in logits]


def _known(database: sqlite3.Connection, key: bytes) -> float | None:
    row = database.execute("SELECT logit FROM score WHERE pair = ?", (key,)).fetchone()
    return None if row is None else float(row[0])


def _key(query: str, passage: str, scorer: str) -> bytes:
    return hashlib.sha256(json.dumps([query, passage, scorer]).encode()).digest()
