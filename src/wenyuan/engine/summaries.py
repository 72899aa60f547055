"""Summaries of the sections of documents on their way in: only sections that are new or changed are read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from wenyuan.store.tables.summaries import Sections, Summary
from wenyuan.summarise import Section, sections_of
from wenyuan.types import Chunk, Encoder, Vector

Cutting = tuple[Sequence[Chunk], str]
"""A document's chunks and its text."""


def summaries_of(documents: Sequence[Cutting], encoder: Encoder, stored: Sections) -> list[list[Summary]]:
    """The summaries of each document's sections; those of sections known already are taken from what is stored."""
    each = [sections_of(chunks, text) for chunks, text in documents]
    wanted = {_key(section): section for found in each for section in found}
    known = stored.known(list(wanted))
    known |= _made({key: section for key, section in wanted.items() if key not in known}, encoder)
    return [[_summary(section, known) for section in found] for found in each]


def _made(sections: dict[bytes, Section], encoder: Encoder) -> dict[bytes, tuple[str, Vector]]:
    """Text and vector of new summaries: all sentences are encoded together, then all summaries."""
    if not sections:
        return {}
    said = list(dict.fromkeys(line for section in sections.values() for line in section.sentences))
    rows = encoder.encode_passages(said)
    place = {line: n for n, line in enumerate(said)}
    texts = [section.summary(rows[[place[line] for line in section.sentences]]) for section in sections.values()]
    return dict(zip(sections, zip(texts, encoder.encode_passages(texts), strict=True), strict=True))


def _summary(section: Section, known: dict[bytes, tuple[str, Vector]]) -> Summary:
    text, vector = known[_key(section)]
    return Summary(section.part[0], section.part[-1], _key(section), text, vector)


def _key(section: Section) -> bytes:
    return hashlib.sha256(section.content.encode()).digest()[:16]
