"""Documents made from a text, and their chunks with tokens that can be counted by eye."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wenyuan.chunk import chunk
from wenyuan.types import Chunk, Document, Mark


def count_characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+|[^\w\s]", text)) for text in texts]


def document(text: str, title: str = "Guide", id_: str = "guide.md", marks: tuple[Mark, ...] = ()) -> Document:
    return Document(id=id_, title=title, text=text, type="md", content_hash="0", time=0.0, marks=marks)


def chunks_of(text: str, size: int = 64, overlap: int = 0, **named: str) -> list[Chunk]:
    return chunk(document(text, **named), count_words, size=size, overlap=overlap)


def words(n: int, mark: str = "w") -> str:
    return " ".join(f"{mark}{i}" for i in range(n))
