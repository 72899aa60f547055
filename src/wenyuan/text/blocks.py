"""What a stretch of Markdown, or of plain lines, is made of: sentences, list items, table rows, lines of a form, code.

The stretch may begin or end inside a block. Nothing that is for machines is a unit: fences' marks aside, see
`wenyuan.text.marks`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from wenyuan.text.language import HAN
from wenyuan.text.marks import box, unmarked
from wenyuan.text.sentences import sentences

Kind = Literal["sentence", "item", "row", "line", "code"]

ITEM = re.compile(
    r"""(?:[-*+•·▪◦●○■□➢✓]\s+ | \(?\d{1,3}[.)]\s+ | \d{1,3}[、．] | [（(][\d一二三四五六七八九十]{1,3}[)）]\s*
          | [一二三四五六七八九十]{1,3}、 | [①-⑳]\s* | [a-zA-Z][.)]\s+)(?=\S)""",
    re.VERBOSE,
)
"""How a list item begins."""

_FIRST = re.compile(r"(?:\(?1[.)]|1[、．]|[（(][1一][)）]|一、|①)\s*(?=\D)")  # how the first of numbered items begins
_PREFIX = re.compile(r"[^\S\n]*(?:>[^\S\n]?[^\S\n]*)*")
_FENCE = re.compile(r"(`{3,}|~{3,})[^\S\n]*([^`\n]*)$")
_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
_BOLD = re.compile(r"(?:\*\*|__)([^*_\n]+)(?:\*\*|__)$")
_RULE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$")
_BAR = re.compile(r"(?<!\\)\||(?<=[^|\s])\s*$")  # one that ends a cell, or the end of a row that has none there
_DEAD = re.compile(r"[\W_]*$")
_STOP = re.compile(r"""[.!?。！？；;…]["'”’」』）)\]*_]*$""")
_GOES_ON = re.compile(r"""[,，、(（\-–—/&]$""")
_LABEL = re.compile(r"[*_`]{0,3}[^\s:：|。.][^:：|。\n]{0,30}[:：][*_`]{0,3}\s*\S")
_WIDE = re.compile(f"[{HAN}\uff00-\uffef\u3000-\u303f]")
_CODE_LINE = re.compile(
    r"""(?:\$|>>>|\#!|//|/\*|import|from|def|class|return|select|insert|create|sudo|curl|git|pip|npm|docker|kubectl|cd|
          export|SELECT|INSERT|CREATE|UPDATE|DELETE|SET)[\s(] | [\]}{)(]+[;,]?$ | [\w."'\[\]-]+\s*[=({]
        | [\w."'-]+:(?:\s+[\w"'./-]+)?$ | .*[;{\\]$ | <\w+.*>$ | [\w./-]+(?:\s\S+)*\s--?\w""",
    re.VERBOSE,
)
_SAID = re.compile(r"(?:[QA]|[问答])\s?\d{0,3}\s?[:：.、]")
_UNBROKEN = re.compile(r"[!-~]{40}")  # nothing breaks an address, whatever the width of the page
_LABELS = 60  # columns that a line with a label has at most
_NARROW = 60  # columns that wrapped text has at least
_COLUMN = 45
_SHORT = 3  # lines that a form has at least


@dataclass(frozen=True, slots=True)
class Unit:
    """One of them: `text[start:end]`, trimmed."""

    kind: Kind
    start: int
    end: int
    block: int  # those of one paragraph, list, table, form or fence share it
    above: tuple[str, ...] = ()  # headings, tabs, titles of boxes, bold lines, its lead-in: over it, within the text
    depth: int = 0  # columns that an item is indented by
    marked: bool = True  # an item that begins with its mark, not one that goes on with it
    header: tuple[int, int] | None = None  # the header of a row with its rule, where the text holds it


@functools.lru_cache(maxsize=256)
def units(text: str) -> tuple[Unit, ...]:
    """The units of a text in order, disjoint. Linear in it."""
    reader = _Reader(text)
    for line in _lines(text):
        reader.read(line)
    reader.close()
    return tuple(reader.units)


def cells(row: str) -> list[tuple[int, int]]:
    """Where the texts of the cells of a table row stand in it, trimmed, in order."""
    at = len(row) - len(row.lstrip())
    at += row.startswith("|", at)
    spans: list[tuple[int, int]] = []
    for match in _BAR.finditer(row, at):
        text = row[at : match.start()]
        start = at + len(text) - len(text.lstrip())
        spans.append((start, start + len(text.strip())))
        at = match.end()
    return spans


@dataclass(frozen=True, slots=True)
class _Line:
    start: int  # of what stands behind indentation and marks of quotation
    end: int
    indent: int
    body: str
    whole: int  # where the line itself starts


def _lines(text: str) -> Iterator[_Line]:
    at = 0
    for whole in text.splitlines(keepends=True):
        match = _PREFIX.match(whole)
        ahead = match.end() if match else 0
        body = whole[ahead:].rstrip()
        ahead = min(ahead, len(whole))
        yield _Line(at + ahead, at + ahead + len(body), len(whole[:ahead].expandtabs(4)), body, at)
        at += len(whole)


class _Reader:
    """Goes through the lines once; what it has read of a block waits until the block ends."""

    def __init__(self, text: str) -> None:
        self.units: list[Unit] = []
        self._text = text
        self._block = 0
        self._headings: tuple[str, ...] = ()
        self._boxes: list[tuple[int, str]] = []  # open boxes: indentation and title
        self._bold = self._lead = ""  # a line in bold is a heading; a lead-in one of the next block
        self._led = 0  # which that is
        self._waiting: list[_Line] = []  # lines of a paragraph or an item
        self._item: int | None = None  # indentation of the list that is open
        self._marked = False  # whether what waits begins with the mark of an item
        self._blank = False  # whether the line before was
        self._fence: tuple[str, _Line] | None = None
        self._coded: _Line | None = None  # the last line within the fence
        self._first_fence = True
        self._header: tuple[int, int] | None = None
        self._table = False

    def read(self, line: _Line) -> None:
        """Take the next line."""
        if self._fence:
            self._in_fence(line)
            return
        fence = _FENCE.match(line.body)
        if not line.body:
            self._flush()
            self._table = False
        elif fence:
            self._flush()
            self._fence, self._coded = (fence[1], line), line
        elif not self._mark(line) and not self._row(line):
            self._prose(line)
        self._blank = not line.body

    def close(self) -> None:
        """The text ends, whatever is open."""
        if self._fence:
            _, first = self._fence
            self._code(first, self._coded or first)
        self._flush()

    # --- code ---

    def _in_fence(self, line: _Line) -> None:
        assert self._fence
        mark, first = self._fence
        match = _FENCE.match(line.body)
        closes = match is not None and match[1].startswith(mark) and not match[2].strip()
        if match and not closes and self._first_fence and first.body == mark and match[1][0] == mark[0]:
            # A fence opens inside the first one, which named no language: the text began inside a fence that it ended.
            self._before(first)
            self._fence, self._coded = (match[1], line), line
            return
        self._coded = line if line.body or closes else self._coded
        if closes:
            self._code(first, line)

    def _before(self, fence: _Line) -> None:
        """What was read up to this end of a fence was code, and what followed was prose."""
        self._first_fence = False
        if self.units:
            end = max(unit.end for unit in self.units)
            self.units = [Unit("code", self.units[0].start, end, self._next())]
        inside = self._text[fence.end : self._coded.end if self._coded else fence.end]
        base = fence.end
        self._fence = None
        for line in _lines(inside):
            self.read(replace(line, start=line.start + base, end=line.end + base, whole=line.whole + base))
        self._flush()

    def _code(self, first: _Line, last: _Line) -> None:
        self._first_fence = False
        self._fence = None
        if any(map(str.isalnum, self._text[first.end : last.end])):
            block = self._block if self._item is not None and first.indent > self._item else self._next()
            self.units.append(Unit("code", first.start, last.end, block, self._above()))

    # --- marks, headings and tables ---

    def _mark(self, line: _Line) -> bool:
        """Whether the line is no text: a heading, the mark of a box."""
        heading = _HEADING.match(line.body)
        title = None if heading else box(line.body)
        if heading is None and title is None:
            return False
        self._flush()
        self._table, self._item, self._bold, self._lead = False, None, "", ""
        if heading:
            self._headings, self._boxes = (heading[1],), []
        else:
            self._boxes = [opened for opened in self._boxes if opened[0] < line.indent]
            if title:
                self._boxes.append((line.indent, title))
        return True

    def _row(self, line: _Line) -> bool:
        """Whether the line is of a table."""
        if "|" in line.body and "-" in line.body and _RULE.match(line.body):
            self._rule(line)
            return True
        if self._table and "|" in line.body:
            self._take_row(line, self._header)
            return True
        if line.body.startswith("|"):
            if self._waiting and not self._waiting[-1].body.startswith("|"):
                self._flush()
            self._waiting.append(line)
            return True
        return False

    def _rule(self, line: _Line) -> None:
        """The line above it is the header."""
        above = self._waiting.pop() if self._waiting and "|" in self._waiting[-1].body else None
        self._flush()
        self._table, self._item = True, None
        self._next()
        self._header = (above.start, line.end) if above else None

    def _take_row(self, line: _Line, header: tuple[int, int] | None) -> None:
        if any(map(str.isalnum, line.body)):
            self.units.append(Unit("row", line.start, line.end, self._block, self._above(), header=header))

    # --- text ---

    def _prose(self, line: _Line) -> None:
        item = ITEM.match(line.body)
        if self._table or (self._waiting and self._waiting[-1].body.startswith("|")):
            self._flush()
            self._table = False
        if item and not _DEAD.match(line.body):
            self._flush()
            starts_anew = _FIRST.match(line.body) is not None and line.indent <= (self._item or 0)
            if self._item is None or starts_anew or (self._blank and line.indent < self._item):
                self._next()
                self._item = line.indent
            self._marked = True
        elif self._item is not None and line.indent <= self._item and (self._blank or self._stands_alone(line)):
            self._flush()
            self._item, self._lead = None, ""  # the list has ended
        elif self._boxes and line.indent <= self._boxes[-1][0] and self._blank:
            self._boxes = [opened for opened in self._boxes if opened[0] < line.indent]
        self._waiting.append(line)

    def _stands_alone(self, line: _Line) -> bool:
        """Whether a line below an item, without a blank one between, is none of it, as it is no wrapped text."""
        if not self._waiting:
            return True
        return _width(self._waiting[-1].body) <= _NARROW and not _runs_on(self._waiting[-1], line)

    def _flush(self) -> None:
        lines, self._waiting = self._waiting, []
        marked, self._marked = self._marked, False
        if not lines:
            return
        if lines[0].body.startswith("|"):
            self._next()
            for line in lines:
                self._take_row(line, None)
            return
        start, end = unmarked(self._text, lines[0].start, lines[-1].end)
        if _DEAD.match(self._text, start, end):
            return
        if self._item is not None:
            self.units.append(Unit("item", start, end, self._block, self._above(), lines[0].indent, marked))
            return
        self._next()
        if self._block > self._led:
            self._lead = ""
        if lines[0].indent >= 4 and not self._boxes and _is_code(lines):
            self.units.append(Unit("code", start, end, self._block, self._above()))
            return
        bold = _BOLD.match(self._text, start, end)
        self._paragraph(lines)
        said = self._text[self.units[-1].start : self.units[-1].end] if self.units else ""
        leads = said.rstrip("*_").endswith((":", "："))
        self._lead, self._led = said.strip("*_") if leads else "", self._block + 1
        self._bold = bold[1] if bold and not leads else self._bold

    def _paragraph(self, lines: Sequence[_Line]) -> None:
        """Sentences; each line for itself where lines do not go on in the next."""
        cuts = [lines[0].start, *(after.start for before, after in _breaks(lines)), lines[-1].end]
        kind: Kind = "line" if len(cuts) > 2 else "sentence"
        for left, right in pairwise(cuts):
            spans = [(left, right)]
            if kind == "sentence":
                spans = [(left + start, left + end) for start, end in sentences(self._text[left:right])]
            for span in spans:
                start, end = unmarked(self._text, *span)
                if not _DEAD.match(self._text, start, end):
                    self.units.append(Unit(kind, start, end, self._block, self._above()))

    def _above(self) -> tuple[str, ...]:
        titles = (*self._headings, *(title for _, title in self._boxes), self._bold, self._lead)
        return tuple(filter(None, titles))

    def _next(self) -> int:
        self._block += 1
        return self._block


def _breaks(lines: Sequence[_Line]) -> list[tuple[_Line, _Line]]:
    """The neighbouring lines between which a line break means something; none where the text is wrapped prose."""
    pairs = list(pairwise(lines))
    if any(_SAID.match(line.body) for line in lines):
        return []
    labelled = [bool(_LABEL.match(line.body)) and _width(line.body) <= _LABELS for line in lines]
    if len(lines) > 1 and all(labelled):
        return pairs
    if len(lines) < _SHORT:
        return []
    full = max((_width(line.body) for line in lines if not _UNBROKEN.search(line.body)), default=0)
    hard = [pair for pair in pairs if _is_hard(*pair, full)]
    open_ended = [before for before, _ in pairs if not _STOP.search(before.body)]
    return pairs if len(hard) >= 2 and len(hard) >= 0.6 * len(open_ended) else []


def _is_hard(before: _Line, after: _Line, full: int) -> bool:
    """Whether the next word would have fitted into the line, and yet the line ends without a stop."""
    if _STOP.search(before.body) or _runs_on(before, after):
        return False
    if full <= _COLUMN and not _WIDE.search(before.body + after.body):
        return True  # nobody wraps words so narrowly
    word = after.body.split(maxsplit=1)[0]
    ahead = 2 if _WIDE.match(word) else 1 + _width(word)
    return _width(before.body) + ahead <= full


def _runs_on(before: _Line, after: _Line) -> bool:
    """Whether the sentence goes on in the next line, by what stands at the break."""
    return bool(_GOES_ON.search(before.body)) or after.body[0].islower()


def _width(text: str) -> int:
    """Columns of a terminal."""
    return len(text) + len(_WIDE.findall(text))


def _is_code(lines: Sequence[_Line]) -> bool:
    return sum(bool(_CODE_LINE.match(line.body)) for line in lines) > len(lines) / 2
