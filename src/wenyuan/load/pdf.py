"""PDF page by page with pdfium: on 12 files of Docling's test set it was 22 times as fast as pdfplumber and recalled
more words of the ground truth (mean .95 against .71), because it follows columns and right-to-left scripts.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from contextlib import closing
from threading import Lock
from typing import TYPE_CHECKING

from wenyuan.errors import SourceError
from wenyuan.load.archive import check_pdf
from wenyuan.load.parsed import Parsed, ParsedText, clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdfium2 import PdfDocument

    from wenyuan.load.limits import Limits

PDFIUM = Lock()
"""Held by who uses the library, which is not safe for threads."""

_HYPHEN = "\ufffe"  # what pdfium writes for a hyphen and line break inside a word
_HAN = re.compile("[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_ITEM = re.compile(r"[-–•●○◦▪■□◆·*※►✓]|\(?\d{1,3}[.)、）]|[（(]?[一二三四五六七八九十]{1,3}[)）、.]|第.{1,4}[章节条]|#")
_HASH = re.compile(r"#{1,6}(?=\s|$)")
_NUMBER = re.compile(r"\d{1,6}")
_ENDS = ".!?:;。！？：；…"
_NOT_A_TITLE = re.compile(r"microsoft word - |untitled|\(?(?:anonymous|unspecified)\)?$|.*\.\w{2,4}$", re.IGNORECASE)
_EDGE_LINES = 3
_NUMBERING_CHARS = 8  # "12.3.4 " before a heading that its outline entry leaves out


def parse_pdf(data: bytes, limits: Limits) -> Parsed:
    """Text with a page mark for each page; running headers and footers dropped, outline entries made headings."""
    check_pdf(data, limits)
    with PDFIUM:
        pages, outline, title = _read(data)
    empty = [number for number, lines in enumerate(pages, 1) if not lines]
    if len(empty) == len(pages):
        raise SourceError("it holds no text, only images; run OCR on it first")
    _drop_running_lines(pages)
    draft = ParsedText(limits)
    _write(draft, pages, _headings(pages, outline))
    lost = (
        (f"{len(empty)} of {len(pages)} pages hold no text (first: page {empty[0]}); OCR may be needed",)
        if empty
        else ()
    )
    return draft.finish(title, warnings=lost)


def _read(data: bytes) -> tuple[list[list[str]], list[tuple[int, int, str]], str | None]:
    """(lines of each page, outline as (page index, level from 0, title), title)."""
    from pypdfium2 import PdfDocument, PdfiumError
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        document = PdfDocument(data)
    except PdfiumError as error:
        if error.err_code == FPDF_ERR_PASSWORD:
            raise SourceError("it is encrypted; save it without a password") from error
        raise
    with closing(document):
        pages = [list(_lines(document, index)) for index in range(len(document))]
        outline = [
            (index, bookmark.level, bookmark.get_title())
            for bookmark in document.get_toc()
            if (target := bookmark.get_dest()) and (index := target.get_index()) is not None
        ]
        title = document.get_metadata_value("Title").strip()
    return pages, outline, None if _NOT_A_TITLE.match(title) else title


def _lines(document: PdfDocument, index: int) -> Iterator[str]:
    with closing(document[index]) as page, closing(page.get_textpage()) as text:
        for line in clean(text.get_text_range().replace(_HYPHEN, "")).split("\n"):
            if stripped := line.strip():
                yield stripped


def _drop_running_lines(pages: list[list[str]]) -> None:
    """Remove, in place, the lines that recur at the edges of pages, the page number in them counting up or not."""
    edges = [lines[:_EDGE_LINES] + lines[-_EDGE_LINES:] for lines in pages]
    seen = Counter(key for index, edge in enumerate(edges) for key in {k for line in edge for k in _keys(line, index)})
    often = max(3, 0.3 * len(pages))
    running = {key for key, count in seen.items() if count >= often}
    for index, lines in enumerate(pages):
        for at in (0, -1):
            for _ in range(_EDGE_LINES):
                if lines and not running.isdisjoint(_keys(lines[at], index)):
                    del lines[at]


def _keys(line: str, index: int) -> set[str]:
    """The line itself, and with its first or last number relative to the page: "Page 7 of 9" as "Page #+1 of 9"."""
    keys = {line}
    for number in list(_NUMBER.finditer(line))[:: max(1, len(_NUMBER.findall(line)) - 1)]:
        keys.add(f"{line[: number.start()]}#{int(number[0]) - index:+}{line[number.end() :]}")
    return keys


def _headings(pages: list[list[str]], outline: list[tuple[int, int, str]]) -> dict[tuple[int, int], int]:
    """(page index, line index) → heading level, for the lines that an entry of the outline names.

    Levels begin at 2: level 1 would be taken for the title of the document.
    """
    headings = {}
    for index, level, title in outline:
        wanted = _squeeze(title)
        for position, line in enumerate(pages[index]):
            found = _squeeze(line)
            if wanted and found.endswith(wanted) and len(found) <= len(wanted) + _NUMBERING_CHARS:
                headings[index, position] = min(level + 2, 6)
                break
    return headings


def _write(draft: ParsedText, pages: list[list[str]], headings: dict[tuple[int, int], int]) -> None:
    previous, full = "", 0.0
    for index, lines in enumerate(pages):
        full = _full_width(lines) or full
        for position, line in enumerate(lines):
            level = headings.get((index, position))
            before = "\n\n" if level or not previous else _separator(previous, line, full)
            # a line such as "# comment" of a listing must not become a heading, unless the outline says so
            text = f"{'#' * level} {line}" if level else _HASH.sub(r"\\\g<0>", line) if "\n" in before else line
            draft.add(before + text if draft.length else text, page=index + 1 if position == 0 else None)
            previous = "" if level else line


def _separator(previous: str, line: str, full: float) -> str:
    """What stands between two lines: a full line goes on in the next one, a shorter one ends its paragraph or cell."""
    if _width(previous) < full or _ITEM.match(line):
        return "\n\n" if previous[-1] in _ENDS else "\n"
    return "" if _HAN.match(previous[-1]) and _HAN.match(line) else " "


def _full_width(lines: list[str]) -> float:
    """Lines at least this wide run on: three quarters of the page's 90th percentile."""
    widths = sorted(map(_width, lines))
    return 0.75 * widths[math.ceil(0.9 * (len(widths) - 1))] if widths else 0.0


def _width(line: str) -> int:
    return len(line) + len(_HAN.findall(line))


def _squeeze(text: str) -> str:
    return "".join(text.split()).casefold()
