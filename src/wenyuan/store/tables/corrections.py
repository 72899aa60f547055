"""What people made of passages: it outlives the rows of its document, and waits for the passage to come again.

So it hangs on the document's id, not on its row: a document that is read again, or is gone for a while, has what was
corrected in it all the same. A row that fits names the chunk; one that waits keeps the place where it last fitted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from wenyuan.store.rows import as_json
from wenyuan.store.tables.among import among
from wenyuan.types import Chunk, Correction, Selects

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS corrections (id INTEGER PRIMARY KEY, document TEXT NOT NULL, chunk INTEGER UNIQUE, "
    "original TEXT NOT NULL, occurrence INTEGER NOT NULL, disabled INTEGER NOT NULL, text TEXT, made REAL NOT NULL, "
    "place TEXT NOT NULL)",  # `chunk`: the id of the passage, null while the document does not have it
    "CREATE INDEX IF NOT EXISTS corrections_document ON corrections (document)",
)
INSERT = f"INSERT INTO corrections VALUES ({', '.join('?' * 9)})"
WAIT = "UPDATE corrections SET chunk = NULL WHERE document = ?"
"""Let those of a document wait for it."""

_COLUMNS = "id, document, chunk, original, occurrence, disabled, text, made, place"
_SELECT = f"SELECT {_COLUMNS} FROM corrections "
_ELSEWHERE = ("text", "document", "original")  # fields of a chunk that other columns say


def row_of(correction: Correction) -> tuple[Any, ...]:
    """A correction as it is kept."""
    passage = correction.passage
    place = {} if passage is None else {k: v for k, v in asdict(passage).items() if k not in _ELSEWHERE}
    fits = passage.id if passage and correction.applied else None
    said = (correction.original, correction.occurrence, correction.disabled, correction.text, correction.made)
    return correction.id, correction.document, fits, *said, as_json(place)


def corrections_of(tables: Selects, documents: Sequence[str]) -> dict[str, list[Correction]]:
    """What was made of the passages of each document; one that is not there may have some that wait for it."""
    found: dict[str, list[Correction]] = {document: [] for document in documents}
    for row in among(tables, _SELECT + "WHERE document", documents):
        found[row[1]].append(_correction_of(row))
    return found


def every_correction(tables: Selects) -> list[Correction]:
    """All there are, by document and place."""
    found = [_correction_of(row) for row in tables.select(_SELECT + "ORDER BY document, id")]
    return sorted(found, key=lambda each: (each.document, each.passage.start if each.passage else 0))


def correction_at(tables: Selects, chunk: int) -> Correction | None:
    """What was made of the passage of this id."""
    rows = tables.select(_SELECT + "WHERE chunk = ?", (chunk,))
    return _correction_of(rows[0]) if rows else None


def _correction_of(row: tuple[Any, ...]) -> Correction:
    id_, document, chunk, original, occurrence, disabled, text, made, place = row
    passage = _passage(document, original, json.loads(place))
    return Correction(id_, document, original, occurrence, bool(disabled), text, made, passage, chunk is not None)


def _passage(document: str, original: str, place: Mapping[str, Any]) -> Chunk | None:
    if not place:
        return None
    return Chunk(**{**place, "document": document, "text": original, "headings": tuple(place["headings"])})
