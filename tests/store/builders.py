"""Documents, chunks and changes made from a few words: deterministic vectors, one term weight a word."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from pathlib import Path

import numpy as np

from wenyuan.store.archive import Archive
from wenyuan.store.catalogue import Change
from wenyuan.types import Chunk, Document, SparseVector, Value, Vector

DIMENSION = 32
PATH = ("标题", "part")


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def dense(text: str) -> Vector:
    """A unit vector that only this text has."""
    vector = np.random.default_rng(int.from_bytes(digest(text)[:8])).standard_normal(DIMENSION).astype(np.float32)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def sparse(text: str) -> SparseVector:
    """A weight of 1 + its repetitions for every word."""
    weights = sorted((zlib.crc32(word.encode()), float(n)) for word, n in Counter(text.split()).items())
    return SparseVector(tuple(index for index, _ in weights), tuple(value for _, value in weights))


def chunk_id(document: str, text: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{document}\n{text}".encode()).digest()[:8]) >> 1


def change(name: str, texts: list[str], *, time: float = 0.0, type_: str = "md", **metadata: Value) -> Change:
    """A document whose chunks are these texts, which must be different ones."""
    whole = "\n".join(texts)
    starts = [sum(len(text) + 1 for text in texts[:at]) for at in range(len(texts))]
    document = Document(name, name.rpartition("/")[2], whole, type_, digest(whole).hex(), time, metadata=metadata)
    return Change(
        document=document,
        chunks=[
            Chunk(chunk_id(name, text), name, document.title, at, text, start, start + len(text), PATH)
            for at, (text, start) in enumerate(zip(texts, starts, strict=True))
        ],
        keys=[digest(text) for text in texts],
        vectors=np.stack([dense(text) for text in texts]) if texts else np.empty((0, DIMENSION), np.float32),
        sparse=[sparse(text) for text in texts],
        fingerprints=[np.frombuffer(digest(text) * 4, np.uint8) for text in texts],
        stamp="stamp",
    )


def open_archive(folder: Path, **options) -> Archive:
    return Archive.open(folder, **{"model": "m@1", "analyser": "a1", "dimension": DIMENSION} | options)


def found(archive: Archive, text: str, k: int = 5) -> tuple[list[str], list[str]]:
    """The texts that each leg finds by this text: (dense, bm25)."""
    recalled = archive.search(dense(text), sparse(text), k)
    chunks = archive.chunks([hit.chunk for hits in recalled.values() for hit in hits])
    first, second = ([chunks[hit.chunk].text for hit in recalled[leg]] for leg in ("dense", "bm25"))
    return first, second
