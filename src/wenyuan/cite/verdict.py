"""Whether a model says that its sources do not suffice, and what of its text may be shown while it arrives."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from wenyuan.cite.citations import numbered, renumbered
from wenyuan.cite.markers import INSUFFICIENT, code_spans
from wenyuan.types import Source

_OPENS, _CLOSES, _STOPS = r"""\s*_`"'“「『【\[(（""", r"""\s*_`"'”」』】\])）""", r".。!！?？…\]】)）\n"
_PREFIX = "(?:".join(INSUFFICIENT) + ")?" * (len(INSUFFICIENT) - 1)
# Not the marker: "INSUFFICIENT FUNDS", "`INSUFFICIENT` is the code", "INSUFFICIENT_QUOTA".
_BEGINS = re.compile(rf"\A[{_OPENS}]*+{INSUFFICIENT}(?:[^\S\n]|[*_`\"'”」』】\])）])*+(?!_?[A-Za-z0-9]|-[A-Za-z0-9])")
_ALONE = re.compile(rf"[{_OPENS}]*+{INSUFFICIENT}[{_CLOSES}.。!！]*+", re.IGNORECASE)
_LATER = re.compile(rf"(?<=[{_STOPS}])[{_OPENS}]{{0,8}}+{INSUFFICIENT}[*_`\"'”」』】\])）.。!！ \t]{{0,8}}+(?=\n|\Z)")
_PENDING = re.compile(
    rf"(?:\A|(?<=[{_STOPS}]))[{_OPENS}]{{0,8}}+(?:{_PREFIX}[{_CLOSES}.。!！]{{0,8}})?\Z", re.IGNORECASE
)
_BRACKET = re.compile(r"[ \t]*[\[［【][^\[\]［］【】\n]{0,90}+[\]］】]?\Z")  # may become a citation, or a link
_SPACE = re.compile(r"[ \t]+\Z")
_TICKS = re.compile(r"`+")

_TAIL = 96  # characters at the end in which something may still become a marker
_LINE = 500  # characters of a line after which its beginning is settled, too
_CODE = 240  # characters that are held back for a code span to close


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """What a model says: its text without the marker, and how far its sources suffice for it."""

    text: str
    insufficient: Literal["no", "partly", "wholly"]


def read_verdict(text: str) -> Sufficiency:
    """Read the marker INSUFFICIENT: at the beginning, or alone as the last of a line ("partly"); else it is a word."""
    if _BEGINS.match(text) or _ALONE.fullmatch(text):
        return Sufficiency("", "wholly")
    kept, removed = _LATER.subn("", text)
    return Sufficiency(kept.strip(), "partly" if removed else "no")


class Shown:
    """The part of an arriving text that can be shown: citations numbered for the reader, the marker never.

    What may still become the marker, a citation or a code span waits. `sources` gives the passages as far as known.
    """

    def __init__(self, sources: Callable[[], Sequence[Source]]) -> None:
        self._sources = sources
        self._numbers: dict[int, int] = {}
        self._raw = ""  # what is read again with each piece: from the last line on
        self._shown = 0  # characters given out for it
        self._begun = False  # lines before it have been given out

    def feed(self, delta: str) -> str:
        """Take a piece of text; what can be shown now, "" where that is nothing new."""
        self._raw += delta
        if not self._begun and _BEGINS.match(self._raw):
            return ""
        safe = _safe(self._raw)
        new = self._new(self._raw[:safe])
        self._settle(safe)
        return new

    def close(self) -> str:
        """The rest, when no more will arrive."""
        if not self._begun and read_verdict(self._raw).insufficient == "wholly":
            return ""
        return self._new(self._raw.rstrip())

    def _new(self, raw: str) -> str:
        new = self._read(raw)[self._shown :]
        self._shown += len(new)
        return new

    def _read(self, raw: str) -> str:
        text = _LATER.sub("", raw)
        if not self._begun:
            text = text.lstrip()
        if any(bracket in text for bracket in "[［【"):
            for n in numbered(text, self._sources()):
                self._numbers.setdefault(n, len(self._numbers) + 1)
            text = renumbered(text, self._numbers)
        return text

    def _settle(self, safe: int) -> None:
        """Leave behind what no later text can change: all before the last line break outside code."""
        cut = self._raw.rfind("\n", 0, safe)
        if cut < 1 and safe > _LINE:
            cut = safe
        if cut < 1 or not self._raw[:cut].strip() or (cut < safe and _open(self._raw[:cut], self._raw[cut - 1])):
            return
        self._raw, self._begun = self._raw[cut:], True
        self._shown = len(self._read(self._raw[: safe - cut]))


def _open(raw: str, last: str) -> bool:
    """Whether code may go on after this text, whose last character is `last`."""
    if "`" not in raw and "~" not in raw:
        return False
    return last != "\n" or any(end >= len(raw) for _, end in code_spans(raw))


def _safe(raw: str) -> int:
    """Up to where the text will not be read in another way, whatever follows."""
    start = max(0, len(raw) - _TAIL)
    ends = [len(raw)]
    ends += [match.start() for pattern in (_PENDING, _BRACKET, _SPACE) if (match := pattern.search(raw, start))]
    if "`" in raw[-_CODE:]:
        spans = list(code_spans(raw))
        within = max(raw.rfind("\n\n"), len(raw) - _CODE, 0)
        runs = [(match.start(), match.end()) for match in _TICKS.finditer(raw, within)]
        ends += [
            left for left, right in runs if not any(first <= left < last and right <= last for first, last in spans)
        ]
        cut = min(ends)
        # Cut short, a span would be read as text; a fence is code up to wherever it is cut.
        split = [first for first, last in spans if within <= first < cut < last]
        ends += [first for first in split if (first, cut) not in set(code_spans(raw[:cut]))]
    return min(ends)
