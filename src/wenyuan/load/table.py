"""CSV and Excel as Markdown tables with a mark for each row."""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from wenyuan.load.archive import check_zip
from wenyuan.load.encoding import decode
from wenyuan.load.parsed import Parsed, ParsedText, clean

if TYPE_CHECKING:
    from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

    from wenyuan.load.limits import Limits

_WITHIN_CELLS = re.compile("[\v\f\x85\u2028\u2029]")  # line breaks elsewhere, but they end no row
_FIGURE = re.compile(r"(?!(?:19|20)\d\d$)[-+−]?[¥￥$€£]?\s?\d[\d,. ]*%?")  # a year may be a header
_DELIMITERS = ",;\t|"
_HEAD = 65_536  # characters that decide which it is

TableRow = tuple[int, Sequence[str]]
"""Number in the source, from 1, and the texts of its cells; never without any text."""


def parse_csv(data: bytes, limits: Limits) -> Parsed:
    """Comma-, semicolon-, tab- or bar-separated values; the first row is the header."""
    text, warnings = decode(data)
    text = clean(_WITHIN_CELLS.sub(" ", text))
    csv.field_size_limit(limits.text_chars)
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
    draft = ParsedText(limits)
    _write_table(draft, [(number, row) for number, row in enumerate(reader, 1) if any(map(str.strip, row))])
    return draft.finish(warnings=warnings)


def parse_xlsx(data: bytes, limits: Limits) -> Parsed:
    """Every sheet under its name; empty columns are dropped, formulas give their last value.

    Empty rows part tables, but for those below a header or between figures: the rows that follow are still its own.
    """
    from openpyxl import load_workbook

    check_zip(data, limits)
    book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    draft = ParsedText(limits)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what the file declares may be wrong by a million rows
        blocks = _joined(_blocks(_rows(sheet.iter_rows())))
        if blocks:
            draft.add(f"## {sheet.title}\n\n", sheet=sheet.title)
        for block in blocks:
            _write_block(draft, block, sheet.title)
    title = book.properties.title
    book.close()
    return draft.finish(title)


def _delimiter(text: str) -> str:
    """The only one that parts all rows alike; else, as with decimal commas, what the sniffer thinks likeliest."""
    head = text if len(text) <= _HEAD else text[: text.rfind("\n", 0, _HEAD) + 1] or text[:_HEAD]
    even = [delimiter for delimiter in _DELIMITERS if _parts_evenly(head, delimiter)]
    if len(even) == 1:
        return even[0]
    try:
        return csv.Sniffer().sniff(head, delimiters=_DELIMITERS).delimiter
    except csv.Error:  # a single column
        return ","


def _parts_evenly(text: str, delimiter: str) -> bool:
    """Whether all rows have as many cells, more than one, and nothing stands beside a cell's quotes."""
    try:
        rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
        widths = {len(row) for row in rows if row}
    except csv.Error:
        return False
    return len(widths) == 1 and 1 not in widths


def _rows(rows: Iterable[Sequence[ReadOnlyCell | EmptyCell]]) -> Iterator[TableRow]:
    for number, cells in enumerate(rows, 1):
        texts = [_cell_text(cell) for cell in cells]
        yield number, texts if any(texts) else ()


def _cell_text(cell: ReadOnlyCell | EmptyCell) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float) and "%" in cell.number_format:
        return f"{value * 100:.10g}%"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    return str(value).strip()


def _blocks(rows: Iterable[TableRow]) -> Iterator[list[TableRow]]:
    """Runs of rows between empty ones."""
    block: list[TableRow] = []
    for row in rows:
        if row[1]:
            block.append(row)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _joined(blocks: Iterable[list[TableRow]]) -> list[list[TableRow]]:
    """Blocks whose rows belong to the header of the one before become one with it."""
    tables: list[list[TableRow]] = []
    for block in blocks:
        if tables and _goes_on(tables[-1], block):
            tables[-1] += block
        else:
            tables.append(block)
    return tables


def _goes_on(table: list[TableRow], block: list[TableRow]) -> bool:
    """Whether a block has no header of its own: figures in its first row, or a header above with nothing below it."""
    rows = [texts for _, texts in table if sum(map(bool, texts)) > 1]
    first = block[0][1]
    columns, inside = _columns(rows[0]) if rows else set(), _columns(first)
    if len(inside) < 2 or not inside <= columns:
        return False
    return any(map(_FIGURE.fullmatch, first)) or (len(rows) == 1 and inside == columns)


def _columns(texts: Sequence[str]) -> set[int]:
    return {column for column, text in enumerate(texts) if text}


def _write_block(draft: ParsedText, block: list[TableRow], sheet: str) -> None:
    """Rows of one cell above a wider table are its captions, not its header."""
    used = sorted({column for _, texts in block for column, text in enumerate(texts) if text})
    rows: list[TableRow] = [
        (number, [texts[column] if column < len(texts) else "" for column in used]) for number, texts in block
    ]
    while len(used) > 1 and rows and sum(map(bool, rows[0][1])) == 1:
        number, texts = rows.pop(0)
        draft.add(_one_line("".join(texts)) + "\n\n", sheet=sheet, row=number)
    _write_table(draft, rows, sheet)


def _write_table(draft: ParsedText, rows: Sequence[TableRow], sheet: str | None = None) -> None:
    """A Markdown table: the header is as wide as the widest row, shorter rows stay short as Markdown allows."""
    width = max((len(texts) for _, texts in rows), default=0)
    for position, (number, texts) in enumerate(rows):
        cells = list(texts) + [""] * (width - len(texts) if position == 0 else 0)
        draft.add("| " + " | ".join(map(_one_line, cells)) + " |\n", sheet=sheet, row=number)
        if position == 0:
            draft.add("|" + " --- |" * width + "\n")
    draft.add("\n" if rows else "")


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")
