"""From the words that answer a question to what is quoted: as much around them as a reader needs, and no more.

A sentence comes whole, a list with the sentence that leads to it, a row with its header, a command in its block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from wenyuan.cite.wanted import asks_for_code, asks_for_one, asks_for_price, asks_for_things, asks_how
from wenyuan.text.blocks import Unit, cells, units
from wenyuan.text.language import HAN
from wenyuan.text.marks import unmarked
from wenyuan.text.words import content_words, words
from wenyuan.types import Query, Source

MOST_ITEMS = 8
"""Items of a list, rows of a table that are quoted together."""

_LONGEST = 400  # characters of a list, a sentence, a block of code that is quoted whole
_SENTENCE = 120  # of one that semicolons part
_CODE_LINES = 12  # lines of one that is
_FORM_LINES = 6
_BESIDE = 2  # lines of a form that may say what the one found is about, or have its value
_FEW = 4  # a word that so small a part of the items holds (one in so many) tells them apart
_NAME = 24  # characters of a line that has the name of what stands in the next

_BLANK = " \t\r\n>"  # what may stand between neighbours
_LEADS = re.compile(r"[:：][*_`\s]*$")
_ANNOUNCES = re.compile(r"以下|如下|下列|下面|下述|\b(?:following|as follows|below|these)\b", re.IGNORECASE)
_CAPTION = re.compile(r"\W{0,3}(?:表|图表|table|tab\.)\s*[\d一二三四五六七八九十A-Z]", re.IGNORECASE)
_ASKS = re.compile(r"[?？][*_\s]*$")
_BRIEF = re.compile(
    rf"\W*(?:yes|no|sure|certainly|of course|it depends|not (?:yet|at all)|[{HAN}]{{1,6}})\W*$", re.IGNORECASE
)
_REPLY = re.compile(r"[*_]{0,3}(?:A|Answer|答案?|回答)\s?\d{0,3}\s?[*_]{0,3}[:：][*_\s]{0,4}")
_CLAUSE = re.compile(r"[，,；;。.!?！？]\s*")
_QUESTION_COLUMN = re.compile(
    r"\W*(?:q|questions?|问|问题|问句|标准问|标准问题|提问|常见问题|用户问题|faq)\W*$", re.IGNORECASE
)
_ANSWER_COLUMN = re.compile(
    r"\W*(?:a|answers?|reply|replies|response|答|答案|回答|答复|回复|解答|标准答案|解决方法|解决方案)\W*$",
    re.IGNORECASE,
)

_VALUE = re.compile(r"\d|[:：]\s*\S")
_PRICE = re.compile(r"\d[.,]\d\d\b|[¥￥$€£]\s?\d|\d\s?(?:元|块|EUR|USD|RMB)|\s\d{2,}$")


def widened(source: Source, start: int, end: int, query: Query) -> list[tuple[int, int]]:
    """The stretches of `source.text` to quote for the answer found at `source.text[start:end]`, in reading order.

    Usually one; the header of a row is one of its own, so is the lead-in of an item that stands far below it. None
    where nothing there can be quoted.
    """
    every = units(source.text)
    found = [i for i, unit in enumerate(every) if unit.start < max(end, start + 1) and unit.end > start]
    if not found:
        found = [i for i, unit in enumerate(every) if unit.start >= end][:1] or [len(every) - 1][: len(every)]
    passage = _Passage(source, every, query)
    spans: list[tuple[int, int]] = []
    for _, group in groupby(found, key=lambda i: (every[i].block, every[i].kind)):
        spans += passage.quoted(list(group), start, end)
    return _merged(source, spans)


def together(source: Source, wanted: Sequence[list[tuple[int, int]]]) -> list[list[tuple[int, int]]]:
    """What is quoted for each of several answers of a source: those that meet, or share a header, are one passage."""
    passages: list[list[tuple[int, int]]] = []
    for spans in filter(None, wanted):
        last = passages[-1] if passages else []
        if last and (set(last) & set(spans) or len(_merged(source, [*last, *spans])) < len(last) + len(spans)):
            passages[-1] = _merged(source, [*last, *spans])
        else:
            passages.append(list(spans))
    return passages


def is_header(source: Source, span: tuple[int, int]) -> bool:
    """Whether what is quoted is the header of a table, with its caption or without: shown, but it proves nothing."""
    return any(unit.header and unit.header[1] == span[1] for unit in units(source.text))


def left_out(source: Source, spans: Sequence[tuple[int, int]]) -> int:
    """How many items of a list that is quoted from its beginning follow behind what is quoted of it."""
    every = units(source.text)
    left = 0
    for start, end in spans:
        lists = [unit for unit in every if unit.kind == "item" and unit.end == end]
        for last in lists:
            items = [unit for unit in every if unit.block == last.block and unit.kind == "item" and unit.marked]
            if items and start <= items[0].start and last is not items[0]:  # none: the text begins within an item
                left += sum(unit.start >= end and unit.depth <= items[0].depth for unit in items)
    return left


def far_header(source: Source, start: int) -> str:
    """The header that must be read with the row at `start` and stands in another part of the document; "" if none."""
    row = next((unit for unit in units(source.text) if unit.start <= start < unit.end), None)
    if row is None or row.kind != "row" or row.header or not source.header.lstrip().startswith("|"):
        return ""
    return "" if _answer_column(source.header) is not None else source.header


class _Passage:
    """The units of a source, for one question."""

    def __init__(self, source: Source, every: Sequence[Unit], query: Query) -> None:
        self._source, self._text, self._every = source, source.text, every
        self._query = query
        self._asked = set(content_words(query.normalised))

    def quoted(self, found: Sequence[int], start: int, end: int) -> list[tuple[int, int]]:
        """What is quoted for these units of one block, which hold what was found."""
        match self._every[found[0]].kind:
            case "item":
                return self._list(found, start, end)
            case "row":
                return self._rows(found)
            case "line":
                return self._lines(found)
            case "code":
                return self._code(found[0], start, end)
            case _:
                return self._sentences(found, start, end)

    # --- sentences ---

    def _sentences(self, found: Sequence[int], start: int, end: int) -> list[tuple[int, int]]:
        found = self._to_stop(found)
        first, last = self._every[found[0]], self._every[found[-1]]
        begin, stop = self._clauses(first.start, last.end, start, end)
        if match := _REPLY.match(self._text, begin, stop):
            begin = match.end() if match.end() < stop else begin
        return [(begin, stop), *(self._after(found[-1]) if stop == last.end else [])]

    def _to_stop(self, found: Sequence[int]) -> Sequence[int]:
        """With what a semicolon parts from it, where that is short: it is the same sentence."""
        first, last = found[0], found[-1]
        while first and self._parted(first - 1) and self._length(first - 1, last) <= _SENTENCE:
            first -= 1
        while last + 1 < len(self._every) and self._parted(last) and self._length(first, last + 1) <= _SENTENCE:
            last += 1
        return range(first, last + 1)

    def _parted(self, i: int) -> bool:
        """Whether a unit ends with a semicolon, and the next is of the same paragraph."""
        unit, following = self._every[i], self._every[i + 1]
        ends = self._text[unit.start : unit.end].endswith((";", "；"))
        return ends and unit.kind == following.kind == "sentence" and unit.block == following.block

    def _length(self, first: int, last: int) -> int:
        return self._every[last].end - self._every[first].start

    def _clauses(self, first: int, last: int, start: int, end: int) -> tuple[int, int]:
        """Of what is too long, the clauses around what was found."""
        if last - first <= _LONGEST:
            return first, last
        cuts = [first, *(match.end() for match in _CLAUSE.finditer(self._text, first, last)), last]
        left = max((cut for cut in cuts if cut <= max(start, first)), default=first)
        right = min((cut for cut in cuts if cut >= min(end, last) and cut > left), default=last)
        for cut in cuts:
            right = cut if right < cut <= left + _LONGEST // 2 else right
        right = min(right, left + _LONGEST)
        return left, left + len(self._text[left:right].rstrip())

    def _after(self, i: int) -> list[tuple[int, int]]:
        """What a sentence needs behind it: what it leads to, or what makes it say something."""
        said = self._text[self._every[i].start : self._every[i].end]
        leads, following = bool(_LEADS.search(said)), self._every[i + 1] if i + 1 < len(self._every) else None
        if following is None:
            return []
        brief = bool(_BRIEF.match(said)) and following.block == self._every[i].block
        if leads and following.kind == "item":
            return self._head_of_list(following.block)
        if leads and following.kind == "code":
            return self._code(i + 1, following.start, following.start + 1) if asks_for_code(self._query) else []
        if leads and following.kind == "row":
            rows = [n for n, unit in enumerate(self._every) if unit.block == following.block and unit.kind == "row"]
            return self._rows(rows[:MOST_ITEMS])
        if (leads or brief or _ASKS.search(said)) and following.kind in ("sentence", "line"):
            return [(following.start, following.end), *(self._after(i + 1) if not brief else [])]
        return self._head_of_list(following.block) if _ASKS.search(said) and following.kind == "item" else []

    # --- lists ---

    def _list(self, found: Sequence[int], start: int, end: int) -> list[tuple[int, int]]:
        block = self._every[found[0]].block
        items = [unit for unit in self._every if unit.block == block]
        lead = self._lead(items[0])
        chosen = [self._every[i] for i in found]
        whole = items[-1].end - items[0].start
        short = whole <= _LONGEST and sum(unit.marked for unit in items) <= MOST_ITEMS
        if self._wants_all(chosen, items, short=short):
            head = self._head_of_list(block)
            if short or head[-1][1] >= chosen[0].end:
                return [*lead, *head]
        spans = [*lead, *((unit.start, unit.end) for unit in self._parents(chosen[0], items))]
        if len(chosen) > 1:
            return [*spans, (chosen[0].start, chosen[-1].end)]
        return [*spans, self._clauses(chosen[0].start, chosen[0].end, start, end)]

    def _wants_all(self, chosen: Sequence[Unit], items: Sequence[Unit], *, short: bool) -> bool:
        """Whether the question is for the list, and not for one of its items."""
        if len(items) == 1 or asks_for_things(self._query):
            return True
        if asks_for_one(self._query):
            return False
        if len(chosen) > 1:
            return True
        others = [self._held(other) for other in items if other is not chosen[0]]
        own = {word for word in self._held(chosen[0]) if sum(word in held for held in others) <= len(others) / _FEW}
        return short or not own if asks_how(self._query) else short and not own

    def _held(self, unit: Unit) -> set[str]:
        return self._asked.intersection(words(self._text[unit.start : unit.end]))

    def _head_of_list(self, block: int) -> list[tuple[int, int]]:
        """A list, or as many of its first items as are quoted together."""
        items = [unit for unit in self._every if unit.block == block]
        end, count = items[0].end, 0
        for unit in items:
            count += unit.marked and unit.depth <= items[0].depth
            if count > MOST_ITEMS or (unit.end - items[0].start > _LONGEST and count > 1):
                break
            end = unit.end
        return [(items[0].start, end)]

    def _parents(self, item: Unit, items: Sequence[Unit]) -> list[Unit]:
        """The items that an item is indented below, outermost first."""
        found: list[Unit] = []
        depth = item.depth if item.marked else item.depth + 1
        for unit in reversed([unit for unit in items if unit.start < item.start and unit.kind == "item"]):
            if unit.depth < depth and unit.marked:
                found.insert(0, unit)
                depth = unit.depth
        return found

    def _lead(self, first: Unit) -> list[tuple[int, int]]:
        """The sentence that leads to a block: right above it, ending with a colon or announcing what follows."""
        above = next((unit for unit in reversed(self._every) if unit.end <= first.start), None)
        if above is None or above.kind not in ("sentence", "line"):
            return []
        said, between = self._text[above.start : above.end], self._text[above.end : first.start]
        if between.strip(_BLANK) or not (_LEADS.search(said) or _ANNOUNCES.search(said)):
            return []
        return [(above.start, above.end)]

    # --- tables ---

    def _rows(self, found: Sequence[int]) -> list[tuple[int, int]]:
        rows = [self._every[i] for i in found[:MOST_ITEMS]]
        header = rows[0].header
        titles = self._text[slice(*header)] if header else self._source.header
        column = _answer_column(titles)
        if column is not None:
            return [span for row in rows if (span := _cell(self._text, row, column))]
        spans = [(row.start, row.end) for row in rows]
        if header is None:
            return spans
        return [*self._caption(header[0]), header, *spans]

    def _caption(self, start: int) -> list[tuple[int, int]]:
        """The lead-in or the caption right above a table."""
        above = next((unit for unit in reversed(self._every) if unit.end <= start), None)
        if above is None or above.kind != "sentence" or self._text[above.end : start].strip(_BLANK):
            return []
        first = next(unit for unit in self._every if unit.block == above.block)
        if _CAPTION.match(self._text, first.start) and above.end - first.start <= _LONGEST // 2:
            return [(first.start, above.end)]
        return [(above.start, above.end)] if _LEADS.search(self._text[above.start : above.end]) else []

    # --- forms ---

    def _lines(self, found: Sequence[int]) -> list[tuple[int, int]]:
        """The lines found, with those beside them that say what they are about, or have the value."""
        first, last = found[0], found[min(len(found), _FORM_LINES) - 1]
        block = [i for i, unit in enumerate(self._every) if unit.block == self._every[first].block]
        held = set().union(*(self._held(self._every[i]) for i in range(first, last + 1)))
        for i in reversed(block):
            if first - _BESIDE <= i < first and self._held(self._every[i]) - held:
                first = i
        for i in block:
            if last < i <= last + _BESIDE and self._held(self._every[i]) - held and not self._has_value(last):
                last = i
        priced = asks_for_price(self._query)
        for i in block:
            names = priced and not any(map(self._is_priced, range(first, last + 1)))
            if last < i <= last + _BESIDE and (names or not self._has_value(last)):
                last = i
        return [(self._every[first].start, self._every[last].end)]

    def _has_value(self, i: int) -> bool:
        """Whether a line of a form says something, and is not the name of what stands in the next."""
        said = self._text[self._every[i].start : self._every[i].end]
        return not _LEADS.search(said) and (len(said) > _NAME or _VALUE.search(said) is not None)

    def _is_priced(self, i: int) -> bool:
        return _PRICE.search(self._text, self._every[i].start, self._every[i].end) is not None

    # --- code ---

    def _code(self, i: int, start: int, end: int) -> list[tuple[int, int]]:
        """A block of code with what leads to it; of a long one the lines found, with those they are continued in."""
        unit = self._every[i]
        lead = self._lead(unit)
        lines = [*_code_lines(self._text, unit)]
        fenced = self._text[unit.start : unit.start + 3] in ("```", "~~~")
        closed = fenced and self._text[unit.start : unit.end].rstrip().endswith(self._text[unit.start : unit.start + 3])
        short = unit.end - unit.start <= _LONGEST and len(lines) <= _CODE_LINES
        if short and (closed or not fenced):
            return [*lead, (unit.start, unit.end)]
        inner = [line for line in lines if not self._text[slice(*line)].lstrip().startswith(("```", "~~~"))]
        if short and inner:
            return [*lead, (inner[0][0], inner[-1][1])]
        hit = [n for n, (left, right) in enumerate(inner) if left < max(end, start + 1) and right > start] or [0]
        first, last = hit[0], hit[-1]
        while first > 0 and self._text[slice(*inner[first - 1])].endswith("\\"):
            first -= 1
        while last + 1 < len(inner) and self._text[slice(*inner[last])].endswith("\\"):
            last += 1
        return [*lead, *([(inner[first][0], inner[last][1])] if inner else [])]


def _code_lines(text: str, unit: Unit) -> Iterator[tuple[int, int]]:
    at = unit.start
    for line in text[unit.start : unit.end].splitlines(keepends=True):
        if line.strip():
            yield at + len(line) - len(line.lstrip()) if at == unit.start else at, at + len(line.rstrip())
        at += len(line)


def _answer_column(header: str) -> int | None:
    """Which column of a table of questions has the answers; None where it is not one."""
    first = header.lstrip().split("\n", 1)[0]
    titles = [first[start:end] for start, end in cells(first)]
    asked = [n for n, title in enumerate(titles) if _QUESTION_COLUMN.match(title)]
    replied = [n for n, title in enumerate(titles) if _ANSWER_COLUMN.match(title)]
    return replied[0] if asked and replied else None


def _cell(text: str, row: Unit, column: int) -> tuple[int, int] | None:
    """Where the text of a cell stands."""
    found = cells(text[row.start : row.end])
    if column >= len(found):
        return None
    start, end = found[column]
    left, right = unmarked(text, row.start + start, row.start + end)
    return (left, right) if left < right else None


def _merged(source: Source, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """In reading order, those that overlap, or that only white space parts, as one; a header stays for itself."""
    ends = {unit.header[1] for unit in units(source.text) if unit.header}
    merged: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        last = merged[-1] if merged else (0, 0)
        follows = last[1] not in ends and not source.text[last[1] : start].strip(_BLANK)
        if merged and (start < last[1] or follows):
            merged[-1] = (last[0], max(end, last[1]))
        else:
            merged.append((start, end))
    return merged
