"""Sections: the coarser unit beside the chunk. A chunk stands in a section, and what the section is about counts too.

Sections are found from the heading paths alone, so that an index made again from its chunks is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from wenyuan.types import Chunk, Vector

# Measured on training data only (docs/log.md).
LONGEST = 32  # chunks: up to 8,000 tokens at the usual size
SHARE = 0.33  # of a section's mean in its chunks' vectors


def sections(paths: Sequence[tuple[str, ...]]) -> Iterator[range]:
    """The sections of a document, as runs of its chunks, given each chunk's heading path.

    One is the largest part under a heading (the whole document where it is short) of at most `LONGEST` chunks; what has
    no headings to part it is cut evenly. No chunks give no sections.
    """
    return _parts(paths, range(len(paths)), 0)


def is_unbroken(chunks: Sequence[Chunk]) -> bool:
    """Whether a run of chunks says what the document says there: none was corrected, none left out between them."""
    whole = chunks[-1].ordinal - chunks[0].ordinal + 1 == len(chunks)
    return whole and all(chunk.original is None for chunk in chunks)


def in_context(vectors: Vector, paths: Sequence[tuple[str, ...]]) -> Vector:
    """(n, d) vectors of a document's chunks → (n, d) to search by: each moved towards the mean of its section.

    A chunk alone in its section keeps its vector; the rows are shorter than 1 the more the section's chunks differ.
    """
    moved = vectors.copy()
    for part in sections(paths):
        if len(part) > 1:
            own = vectors[part.start : part.stop]
            moved[part.start : part.stop] = (1 - SHARE) * own + SHARE * own.mean(axis=0)
    return moved


def _parts(paths: Sequence[tuple[str, ...]], part: range, depth: int) -> Iterator[range]:
    if len(part) <= LONGEST:
        if part:
            yield part
    elif all(len(paths[n]) <= depth for n in part):
        pieces = -(-len(part) // LONGEST)
        bounds = [part.start + len(part) * n // pieces for n in range(pieces + 1)]
        yield from map(range, bounds[:-1], bounds[1:])
    else:
        for _, run in groupby(part, key=lambda n: paths[n][depth : depth + 1]):
            below = list(run)
            yield from _parts(paths, range(below[0], below[-1] + 1), depth + 1)
