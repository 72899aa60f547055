"""What is in a knowledge base, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

from wenyuan.store.archive import Archive


@dataclass(frozen=True, slots=True)
class Health:
    """What is in a knowledge base and what is wrong with it, one sentence a problem."""

    documents: int
    chunks: int
    version: int
    model: str
    problems: list[str]


def health_of(archive: Archive, model: str) -> Health:
    """Look whether catalogue, vectors and BM25 agree, document by document; `model` is the encoder's id."""
    infos = archive.documents()
    chunks = sum(info.chunks for info in infos)
    return Health(len(infos), chunks, archive.version, model, archive.check())
