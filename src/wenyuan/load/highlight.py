"""Where a stretch of a PDF's text stands on its pages, by the boxes of pdfium's characters.

The text of a page is what its parser made of it: whole lines of pdfium's text in their order, but for those at the
edges that recur, with other white space, hyphens joined, and signs of Markdown before them. What is left of both where
these are left out is the same, so that a character of one is found in the other however often its words recur.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wenyuan.errors import SourceError
from wenyuan.load.pdf import PDFIUM

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfTextPage

Box = tuple[float, float, float, float]
"""x of the left edge, y of the upper, x of the right, y of the lower: PDF points from the page's upper left corner."""

_UNCOUNTED = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Pd", "Zl", "Zp", "Zs"))  # categories
_SIGNS = "#\\"  # that the parser may have added
_BREAKS = frozenset((0x02, 0x0A, 0x0D, 0xFFFE))  # pdfium's ends of lines, those inside of words among them
_CONTEXT = 200  # letters before and behind a stretch that say which of several it is
_MOST = 2_000  # rectangles of a page
_LARGEST = 1e6  # points that a page may measure
_OVERLAP = 1 / 3  # of the lower or narrower of two boxes, from which on they are of one line


@dataclass(frozen=True, slots=True)
class Stretch:
    """The characters `start` to `end` of the text that a page (from 1) gave."""

    page: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Highlight:
    """What is to be marked on a page (from 1) that is so many points wide and high as it is shown: a box a line."""

    page: int
    width: float
    height: float
    rectangles: tuple[Box, ...]


FindHighlights = Callable[[bytes, Sequence[Stretch]], tuple[Highlight, ...]]
"""(bytes of a PDF, stretches) → where they are; those that are nowhere are left out."""


def find_highlights(data: bytes, stretches: Sequence[Stretch]) -> tuple[Highlight, ...]:
    """Where these stretches stand in a PDF that was loaded before; those that are not found are left out.

    Raises:
        SourceError: it is no PDF that can be opened.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    found = []
    try:
        with PDFIUM, closing(PdfDocument(data)) as document:
            for stretch in (each for each in stretches if 1 <= each.page <= len(document)):
                with closing(document[stretch.page - 1]) as page, closing(page.get_textpage()) as text:
                    found.append(_highlight(page, text, stretch))
    except PdfiumError as error:
        raise SourceError(f"its pages cannot be shown ({error}); save it again from its application") from error
    return tuple(each for each in found if each.rectangles)


def is_sound(highlight: Highlight) -> bool:
    """Whether it is one that can be shown: all of its boxes within a page that has a size."""
    width, height = highlight.width, highlight.height
    return (
        0 < width <= _LARGEST
        and 0 < height <= _LARGEST
        and 0 < len(highlight.rectangles) <= _MOST
        and all(0 <= x0 <= x1 <= width and 0 <= y0 <= y1 <= height for x0, y0, x1, y1 in highlight.rectangles)
    )


@dataclass(frozen=True, slots=True)
class _Letters:
    """What counts of a text, and where each letter of it stood there."""

    text: str
    places: Sequence[int]

    @classmethod
    def of(cls, characters: Iterator[tuple[int, str]]) -> _Letters:
        pairs = [(letter, at) for at, character in characters for letter in _counted(character)]
        return cls("".join(letter for letter, _ in pairs), [at for _, at in pairs])


def _counted(character: str) -> str:
    """The letters that a character counts as: ligatures are several, white space and hyphens none."""
    if character.isascii():
        return character if character.isprintable() and character not in " -" + _SIGNS else ""
    if character > "\uffff":  # pdfium may write these as two halves
        return ""
    return "".join(
        each
        for each in unicodedata.normalize("NFKC", character)
        if unicodedata.category(each) not in _UNCOUNTED and each not in _SIGNS
    )


def _highlight(page: PdfPage, text: PdfTextPage, stretch: Stretch) -> Highlight:
    from pypdfium2.raw import FPDFText_GetUnicode

    codes = [FPDFText_GetUnicode(text, index) for index in range(text.count_chars())]
    there = _Letters.of((index, chr(code)) for index, code in enumerate(codes) if code <= 0xFFFF)
    first, last = _aligned(there, stretch)
    shown = _Shown(page)
    rectangles: list[Box] = []
    broken, before = True, 0
    for index in dict.fromkeys(there.places[first:last]):
        broken = broken or not _BREAKS.isdisjoint(codes[before:index])
        before = index
        if box := shown.box(text, index):
            if rectangles and (_beside(rectangles[-1], box) or (not broken and _one_line(rectangles[-1], box))):
                rectangles[-1] = _around(rectangles[-1], box)
            else:
                rectangles.append(box)
            broken = False
    return Highlight(stretch.page, shown.width, shown.height, tuple(map(_rounded, rectangles[:_MOST])))


def _aligned(there: _Letters, stretch: Stretch) -> tuple[int, int]:
    """The letters of the page that are those of the stretch; none where they are not found."""
    given = _Letters.of(enumerate(stretch.text))
    first = sum(at < stretch.start for at in given.places)
    last = sum(at < stretch.end for at in given.places)
    if (begin := there.text.find(given.text)) >= 0:
        return begin + first, begin + last
    wanted, before, behind = given.text[first:last], given.text[:first][::-1], given.text[last:]
    if not wanted:
        return 0, 0

    def agreement(at: int) -> int:
        end = at + len(wanted)
        return _alike(there.text[max(0, at - _CONTEXT) : at][::-1], before) + _alike(
            there.text[end : end + _CONTEXT], behind
        )

    best = max(_occurrences(there.text, wanted), key=agreement, default=None)
    return (0, 0) if best is None else (best, best + len(wanted))


def _occurrences(text: str, wanted: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)


def _alike(one: str, other: str) -> int:
    """How many letters both begin with."""
    pairs = zip(one[:_CONTEXT], other[:_CONTEXT], strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other), _CONTEXT))


class _Shown:
    """A page as it is shown: cut to its box, turned, with its origin at the upper left."""

    def __init__(self, page: PdfPage) -> None:
        self._left, self._bottom, self._right, self._top = page.get_bbox()
        self._turned: int = page.get_rotation()
        across, along = self._right - self._left, self._top - self._bottom
        self.width, self.height = (along, across) if self._turned in (90, 270) else (across, along)

    def box(self, text: PdfTextPage, index: int) -> Box | None:
        """The box of a character; None where nothing of it is on the page."""
        for loose in (True, False):  # as high as its line, else, of a font that does not say, as high as it is itself
            left, bottom, right, top = text.get_charbox(index, loose=loose)
            (x0, y0), (x1, y1) = self._point(left, top), self._point(right, bottom)
            box = (
                max(0.0, min(x0, x1)),
                max(0.0, min(y0, y1)),
                min(self.width, max(x0, x1)),
                min(self.height, max(y0, y1)),
            )
            if all(map(math.isfinite, box)) and box[0] < box[2] and box[1] < box[3]:
                return box
        return None

    def _point(self, x: float, y: float) -> tuple[float, float]:
        match self._turned:
            case 90:
                return y - self._bottom, x - self._left
            case 180:
                return self._right - x, y - self._bottom
            case 270:
                return self._top - y, self._right - x
        return x - self._left, self._top - y


def _one_line(line: Box, box: Box) -> bool:
    """Whether a character goes on with a line, be it written across or down the page."""
    return _overlap(line, box, 0) or _overlap(line, box, 1)


def _beside(line: Box, box: Box) -> bool:
    """Whether a character stands next to a line, which pdfium ends where one is raised."""
    apart = max(box[0] - line[2], line[0] - box[2])
    return _overlap(line, box, 1) and apart <= min(line[3] - line[1], box[3] - box[1])


def _overlap(one: Box, other: Box, at: int) -> bool:
    """Whether two boxes share enough of what they take across (0) or down (1) the page."""
    shared = min(one[at + 2], other[at + 2]) - max(one[at], other[at])
    return shared >= _OVERLAP * min(one[at + 2] - one[at], other[at + 2] - other[at])


def _around(one: Box, other: Box) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _rounded(box: Box) -> Box:
    x0, y0, x1, y1 = (round(each, 2) for each in box)
    return x0, y0, x1, y1
