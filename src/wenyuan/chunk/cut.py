"""Cutting a sentence or line that is longer than a whole chunk."""

from __future__ import annotations

import re
import unicodedata
from math import ceil

_CLAUSE = re.compile(r"[，、,；;：:。！？!?.…][”’」』）)\]\"']*\s*|\s+")


def cut(text: str, start: int, end: int, width: int) -> list[int]:
    """Where the pieces of text[start:end] start: at most `width` characters each (one cluster at least).

    A piece ends at the last clause mark or white space in its second half. Where there is none, what is left is cut
    into equal pieces, between characters that do not combine. The last piece is no splinter either way.
    """
    starts = [start]
    while (left := end - (at := starts[-1])) > width:
        furthest = at + min(width, left - width // 4)
        marks = [match.end() for match in _CLAUSE.finditer(text, at + width // 2, furthest)]
        starts.append(marks[-1] if marks else _between_clusters(text, at, at + ceil(left / ceil(left / width))))
        if starts[-1] >= end:
            starts.pop()
            break
    return starts


def _between_clusters(text: str, start: int, at: int) -> int:
    """The nearest place before `at` that parts no cluster; the next one after it if the cluster is that long."""
    back = at
    while back > start and _joins(text, back):
        back -= 1
    if back > start:
        return back
    while at < len(text) and _joins(text, at):
        at += 1
    return at


def _joins(text: str, at: int) -> bool:
    """Whether the characters on both sides of `at` belong together: marks, joiners, selectors, lone surrogates."""
    here, before = text[at], text[at - 1]
    return (
        unicodedata.category(here) in ("Mn", "Me", "Mc")
        or "\u200d" in (here, before)
        or "\U0001f3fb" <= here <= "\U0001f3ff"
        or ("\udc00" <= here <= "\udfff" and "\ud800" <= before <= "\udbff")
    )
