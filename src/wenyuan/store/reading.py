"""What the catalogue's documents and chunks say, read from its tables: as they are now, or in a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from wenyuan.filters import payload_of
from wenyuan.store.ledger import read_meta, read_roots
from wenyuan.store.packing import unpack_dense, unpack_sparse
from wenyuan.store.rows import chunk_of, document_of, heading_path, info_of
from wenyuan.store.tables.among import among
from wenyuan.store.tables.corrections import correction_at, corrections_of, every_correction
from wenyuan.store.tables.marks import marks_within
from wenyuan.text.sections import in_context
from wenyuan.types import Chunk, Correction, Document, DocumentInfo, Fingerprinted, Mark, Passage, Point, Root

Rows = list[tuple[Any, ...]]

_END = 1 << 62  # beyond every text

_CHUNK = """
SELECT c.id, d.id, d.title, c.ordinal, c.text, c.start, c."end", c.headings, c.header, c.page, c.sheet, c.row, c.kind,
    r.original
FROM chunks c JOIN documents d ON d.key = c.document
LEFT JOIN corrections r ON r.chunk = c.id AND r.text IS NOT NULL """
_FINGERPRINTED = _CHUNK.replace("r.original", "r.original, c.fingerprint")
_DOCUMENT = "SELECT id, title, type, content_hash, time, metadata, warnings, text FROM documents "
_INFO = """
SELECT id, title, type, content_hash, time, added, stamp, metadata,
    (SELECT count(*) FROM chunks WHERE chunks.document = documents.key)
FROM documents """


class Reader:
    """Reads by `fetch`, which runs a query with its values."""

    def __init__(self, fetch: Callable[[str, Sequence[object]], Rows]) -> None:
        self._fetch = fetch

    def select(self, query: str, values: Sequence[object] = ()) -> Rows:
        """The rows that a query finds, `values` in the place of its question marks."""
        return self._fetch(query, values)

    def meta(self) -> dict[str, str | int]:
        """Format, version, model and the like."""
        return read_meta(self.select)

    def roots(self) -> dict[str, Root]:
        """The folders and files kept in step with, and what was said of each."""
        return read_roots(self.select)

    def documents(self) -> list[DocumentInfo]:
        """Every document, by id."""
        return [info_of(row) for row in self.select(_INFO + "ORDER BY id")]

    def infos(self, documents: Sequence[str]) -> dict[str, DocumentInfo]:
        """These documents without their texts, unknown ones left out."""
        return {row[0]: info_of(row) for row in among(self, _INFO + "WHERE id", documents)}

    def info(self, document: str) -> DocumentInfo | None:
        """A document without its text; None when unknown."""
        return self.infos([document]).get(document)

    def under(self, place: str) -> list[str]:
        """The documents that are `place` or lie in the folder `place`; "." is where relative ids begin."""
        if place == ".":
            return [document for (document,) in self.select("SELECT id FROM documents WHERE id NOT LIKE '/%'")]
        folder = place.rstrip("/")
        query = "SELECT id FROM documents WHERE id = ? OR (id >= ? AND id < ?) ORDER BY id"
        return [document for (document,) in self.select(query, (place, f"{folder}/", f"{folder}0"))]  # "0" follows "/"

    def document(self, document: str) -> Document | None:
        """A document with its text; None when unknown."""
        rows = self.select(_DOCUMENT + "WHERE id = ?", (document,))
        return document_of(rows[0], self.marks(document, 0, _END)) if rows else None

    def marks(self, document: str, start: int, end: int) -> tuple[Mark, ...]:
        """The marks of a document that hold somewhere from `start` to `end`; the first may stand before `start`."""
        return marks_within(self, document, start, end)

    def chunks(self, ids: Sequence[int]) -> dict[int, Chunk]:
        """The chunks of these ids, unknown ones left out."""
        return {row[0]: chunk_of(row) for row in among(self, _CHUNK + "WHERE c.id", ids)}

    def fingerprinted(self, ids: Sequence[int]) -> dict[int, Fingerprinted]:
        """The chunks of these ids with their fingerprints, unknown ones left out."""
        rows = among(self, _FINGERPRINTED + "WHERE c.id", ids)
        return {row[0]: Fingerprinted(chunk_of(row[:-1]), row[-1]) for row in rows}

    def documents_of(self, ids: Sequence[int]) -> dict[int, str]:
        """The documents of these chunks, unknown ones left out."""
        query = "SELECT c.id, d.id FROM chunks c JOIN documents d ON d.key = c.document WHERE c.id"
        return dict(among(self, query, ids))

    def neighbours(self, document: str, first: int, last: int) -> list[Chunk]:
        """The chunks of a document whose ordinals are in first … last, in order."""
        where = "WHERE d.id = ? AND c.ordinal BETWEEN ? AND ? ORDER BY c.ordinal"
        return [chunk_of(row) for row in self.select(_CHUNK + where, (document, first, last))]

    def passages(self, document: str) -> list[Passage]:
        """All passages of a document as it has them, in order, those that are disabled too, with what was made of them.

        Those that are found are `chunks` and `neighbours`.
        """
        corrections = corrections_of(self, [document])[document]
        made = {each.passage.id: each for each in corrections if each.passage and each.applied}
        cut = {chunk.id: chunk for chunk in self.neighbours(document, 0, _END)}
        cut |= {chunk: each.passage for chunk, each in made.items() if each.passage}
        return [Passage(chunk, made.get(chunk.id)) for chunk in sorted(cut.values(), key=lambda each: each.ordinal)]

    def passage(self, chunk: int) -> Passage | None:
        """The passage of this id, be it disabled; None when unknown."""
        if not 0 <= chunk < 1 << 63:  # SQLite holds no other, and none has one
            return None
        if (correction := correction_at(self, chunk)) and correction.passage:
            return Passage(correction.passage, correction)
        found = self.chunks([chunk]).get(chunk)
        return Passage(found, None) if found else None

    def corrections(self) -> list[Correction]:
        """What people made of passages, by document: what is applied, and what waits for its passage."""
        return every_correction(self)

    def ids_of(self, documents: Iterable[str]) -> dict[str, set[int]]:
        """The chunk ids of each document."""
        found: dict[str, set[int]] = {document: set() for document in documents}
        query = "SELECT d.id, c.id FROM chunks c JOIN documents d ON d.key = c.document WHERE d.id"
        for document, chunk in among(self, query, list(found)):
            found[document].add(chunk)
        return found

    def points(self, document: str) -> list[Point]:
        """The points of a document as they were committed."""
        known = self.document(document)
        if known is None:
            return []
        payload = payload_of(known)
        rows = self.select(
            "SELECT c.id, c.headings, v.sparse, v.dense FROM chunks c JOIN documents d ON d.key = c.document "
            "JOIN vectors v ON v.chunk = c.key WHERE d.id = ? ORDER BY c.ordinal",
            (document,),
        )
        if not rows:
            return []
        dense = in_context(np.stack([unpack_dense(row[-1]) for row in rows]), [heading_path(row[1]) for row in rows])
        return [
            Point(chunk, vector, unpack_sparse(sparse), payload)
            for (chunk, _, sparse, _), vector in zip(rows, dense, strict=True)
        ]

    @property
    def empty(self) -> bool:
        """Whether there is no chunk; reads one at most."""
        return not self.select("SELECT 1 FROM chunks LIMIT 1")

    def count(self) -> int:
        """How many chunks there are."""
        return int(self.select("SELECT count(*) FROM chunks")[0][0])

    def journal(self) -> list[str]:
        """The documents whose points may differ from the catalogue."""
        return [document for (document,) in self.select("SELECT document FROM journal")]
