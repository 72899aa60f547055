import csv
import datetime
import io
import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.styles import numbers

from .makers import loaded, zipped

CELL = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=8)


def lines_at_marks(document):
    return [(mark.row, document.text[mark.at :].split("\n", 1)[0]) for mark in document.marks if mark.row]


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_becomes_a_table_with_a_mark_for_each_row(delimiter):
    rows = [["型号", "功率"], ["PPR-9087", "5 kW"], ["A1", "3 kW"]]
    source = "\n".join(delimiter.join(row) for row in rows)
    document = loaded(b"\xef\xbb\xbf" + source.encode(), "a.tsv" if delimiter == "\t" else "a.csv")
    assert document.type == "csv"
    assert document.text == "| 型号 | 功率 |\n| --- | --- |\n| PPR-9087 | 5 kW |\n| A1 | 3 kW |\n\n"
    assert lines_at_marks(document) == [(1, "| 型号 | 功率 |"), (2, "| PPR-9087 | 5 kW |"), (3, "| A1 | 3 kW |")]


def test_quotes_bars_line_breaks_empty_and_ragged_rows():
    document = loaded('a,b\n"1, ""x""","p|q\nr"\n,\n3\n4,5,6\n', "a.csv")
    assert lines_at_marks(document) == [
        (1, "| a | b |  |"),
        (2, r'| 1, "x" | p\|q r |'),
        (4, "| 3 |"),
        (5, "| 4 | 5 | 6 |"),
    ]


@pytest.mark.parametrize("odd", ["\v", "\f", "\x85", "\u2028", "\u2029"])
def test_a_line_break_that_ends_no_row_leaves_the_numbers_of_rows(odd):
    document = loaded(f"code,note\nA1,The old{odd}pump.\nB2,The new pump.\n", "a.csv")
    rows = [(1, "| code | note |"), (2, "| A1 | The old pump. |"), (3, "| B2 | The new pump. |")]
    assert lines_at_marks(document) == rows


def test_decimal_commas_are_no_delimiter():
    assert (
        loaded("a;b\n1,5;2,5\n2,0;3,25\n", "a.csv").text
        == "| a | b |\n| --- | --- |\n| 1,5 | 2,5 |\n| 2,0 | 3,25 |\n\n"
    )


def test_a_single_column():
    assert loaded("name\nLi\nWang\n", "a.csv").text == "| name |\n| --- |\n| Li |\n| Wang |\n\n"


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=12))
@example([[";", "0", "0"], ["0", "0", ";"]])  # Python's sniffer takes what stands between the quotes for the delimiter
def test_every_row_of_a_csv_stands_at_its_mark(rows):
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerows(rows)
    document = loaded(buffer.getvalue(), "a.csv")
    offsets = [mark.at for mark in document.marks]
    assert offsets == sorted(set(offsets))
    assert [row for row, _ in lines_at_marks(document)] == list(range(1, len(rows) + 1))
    for (_, line), row in zip(lines_at_marks(document), rows, strict=True):
        assert line == "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |"


def test_sheets_rows_and_cell_formats():
    book = Workbook()
    first = book.active
    first.title = "参数"
    first["B2"] = "2024 年报表"
    first.append([])
    for row in (["", "型号", "", "占比", "日期", "好"], ["", "A1", None, 0.125, datetime.datetime(2024, 5, 1), True]):
        first.append(row)
    first["D5"].number_format = numbers.FORMAT_PERCENTAGE_00
    second = book.create_sheet("空")
    third = book.create_sheet("其他")
    third["A1"] = 3.0
    assert second.title == "空"
    document = loaded(saved(book), "a.xlsx")
    assert document.text == (
        "## 参数\n\n| 2024 年报表 |\n| --- |\n\n"
        "| 型号 | 占比 | 日期 | 好 |\n| --- | --- | --- | --- |\n| A1 | 12.5% | 2024-05-01 | TRUE |\n\n"
        "## 其他\n\n| 3 |\n| --- |\n\n"
    )
    assert [(mark.sheet, mark.row) for mark in document.marks] == [
        ("参数", None),
        ("参数", 2),
        ("参数", 4),
        ("参数", 5),
        ("其他", None),
        ("其他", 1),
    ]


def test_a_caption_above_a_table_is_not_its_header():
    book = Workbook()
    for row in (["销量"], ["年", "台"], [2024, 7]):
        book.active.append(row)
    assert loaded(saved(book), "a.xlsx").text.endswith("销量\n\n| 年 | 台 |\n| --- | --- |\n| 2024 | 7 |\n\n")


@pytest.mark.parametrize(
    ("rows", "headers"),
    [
        ([["EUR", 2025, 2024], [], ["North", 812, 790], ["South", 640, 655], [], ["Lamps", 96, 84]], ["| EUR "]),
        ([["楼栋", "抄表人"], [], ["一号楼", "卞工"], ["二号楼", "厉工"]], ["| 楼栋 "]),
        ([["A", "B"], ["x", 1], [], ["C", "D"], ["y", 2]], ["| A ", "| C "]),
        ([["EUR", 2025], ["x", 1], [], ["USD", 2025], ["y", 2]], ["| EUR ", "| USD "]),
        ([["A", "B"], ["x", 1], [], ["Other things"], ["C", "D"], ["y", 2]], ["| A ", "| C "]),
    ],
)
def test_rows_below_an_empty_one_keep_their_header_unless_they_have_one(rows, headers):
    book = Workbook()
    for row in rows:
        book.active.append(row or [None])
    text = loaded(saved(book), "a.xlsx").text
    assert [line[: len(header)] for line, header in zip(_above_rules(text), headers, strict=True)] == headers


def _above_rules(text):
    lines = text.split("\n")
    return [above for above, line in itertools.pairwise(lines) if line.startswith("| ---")]


def test_a_million_declared_rows_cost_nothing():
    book = Workbook()
    book.active["A1"], book.active["A1048576"] = "first", "last"
    document = loaded(saved(book), "a.xlsx")
    assert [mark.row for mark in document.marks] == [None, 1, 1_048_576]
    assert len(document.text) < 100


def test_a_false_dimension_is_not_believed():
    import zipfile

    book = Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, 2])
    with zipfile.ZipFile(io.BytesIO(saved(book))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b'ref="A1:B2"', b'ref="A1"')
    assert b'ref="A1"' in parts[sheet]
    assert "| 1 | 2 |" in loaded(zipped(parts), "a.xlsx").text
