"""Rows of the catalogue's tables as values, and values as what the tables keep."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from wenyuan.types import Chunk, Document, DocumentInfo, Mark, Value


def info_of(row: Sequence[Any]) -> DocumentInfo:
    """A row of documents, its chunks counted."""
    return DocumentInfo(*(*row[:-2], metadata_of(row[-2]), row[-1]))


def document_of(row: Sequence[Any], marks: tuple[Mark, ...]) -> Document:
    """A row of a document with its text, and its marks."""
    id_, title, kind, content_hash, written, metadata, warnings, text = row
    return Document(
        id=id_,
        title=title,
        text=zlib.decompress(text).decode(),
        type=kind,
        content_hash=content_hash,
        time=written,
        marks=marks,
        metadata=metadata_of(metadata),
        warnings=tuple(json.loads(warnings)),
    )


def chunk_of(row: Sequence[Any]) -> Chunk:
    """A row of a chunk with its document's id and title."""
    return Chunk(*(*row[:7], heading_path(row[7]), *row[8:]))


@lru_cache(4096)  # the chunks of a section share it
def heading_path(headings: str) -> tuple[str, ...]:
    """Headings as they are kept."""
    return tuple(json.loads(headings))


def as_json(value: object) -> str:
    """A value as it is kept: compact, readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def metadata_of(text: str) -> dict[str, Value]:
    """Fields as they are kept; a list is a tuple again."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(text).items()}
