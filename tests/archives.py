"""Documents, chunks and changes made from a few words: deterministic vectors, one term weight a word."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from pathlib import Path

import numpy as np

from wenyuan.store.archive import Archive
from wenyuan.store.change import Change
from wenyuan.types import WHOLE, Candidate, Chunk, Document, Filter, Recalled, SparseVector, Store, Value, Vector, View

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


def both(
    searched: Store | View, dense: Vector, sparse: SparseVector, k: int, filter: Filter | None = None
) -> tuple[list[Candidate], list[Candidate]]:
    """What each leg finds: (dense, bm25)."""
    return searched.search_dense(dense, k, filter), searched.search_sparse(sparse, k, filter)


def search(archive: Archive, dense: Vector, sparse: SparseVector, k: int, filter: Filter | None = None) -> Recalled:
    """What each leg finds at this moment."""
    with archive.view(WHOLE) as view:
        return dict(zip(("dense", "bm25"), both(view, dense, sparse, k, filter), strict=True))


class Now:
    """Asks an archive as a view does, each time of the moment: `Now(archive).chunks(ids)`."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def __getattr__(self, name: str):
        def ask(*values):
            with self._archive.view(WHOLE) as view:
                return getattr(view, name)(*values)

        return ask


def found(archive: Archive, text: str, k: int = 5) -> tuple[list[str], list[str]]:
    """The texts that each leg finds by this text: (dense, bm25)."""
    with archive.view(WHOLE) as view:
        legs = both(view, dense(text), sparse(text), k)
        chunks = view.chunks([hit.chunk for hits in legs for hit in hits])
        first, second = ([chunks[hit.chunk].text for hit in hits] for hits in legs)
    return first, second
