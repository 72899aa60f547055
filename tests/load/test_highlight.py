"""Where a quotation stands on the pages of a PDF."""

from __future__ import annotations

import pytest

from wenyuan.errors import SourceError
from wenyuan.load.highlight import Highlight, Stretch, find_highlights, is_sound

from .makers import assembled, loaded, pdf, stream
from .test_pdf import EN, ZH, ZH2

WIDTH, HEIGHT, LEFT, SIZE = 600.0, 800.0, 40.0, 10.0


def found(data: bytes, quote: str, *, nth: int = 0) -> tuple[Highlight, ...]:
    """Where a quotation, of several the nth from 0, of the text that is made of a PDF stands in it."""
    document = loaded(data, "a.pdf")
    start = -1
    for _ in range(nth + 1):
        start = document.text.index(quote, start + 1)
    ends = [mark.at for mark in document.marks[1:]] + [len(document.text)]
    stretches = [
        Stretch(mark.page or 0, document.text[mark.at : to], max(0, start - mark.at), start + len(quote) - mark.at)
        for mark, to in zip(document.marks, ends, strict=True)
        if mark.at < start + len(quote) and start < to
    ]
    highlights = find_highlights(data, stretches)
    assert all(map(is_sound, highlights))
    return highlights


def lines_of(highlight: Highlight) -> list[tuple[int, int, int]]:
    """(line, first character, character behind the last) of each rectangle on a page of `makers.pdf`."""
    width = 0.6 * SIZE
    return [
        (round((y1 - 40) / 14), round((x0 - LEFT) / width), int((x1 - LEFT) / width + 0.4))  # a W is wide
        for x0, _, x1, y1 in highlight.rectangles
    ]


def test_a_quotation_is_a_rectangle_a_line() -> None:
    (page,) = found(pdf([["first line", ZH, ZH2, "行，不得省略。"]]), "五千瓦，适用于农业灌溉和城市供水系统，安装")
    assert (page.page, page.width, page.height) == (1, WIDTH, HEIGHT)
    assert lines_of(page) == [(1, 8, len(ZH)), (2, 0, 2)]


def test_each_language_and_a_part_of_a_word() -> None:
    data = pdf([[EN.strip(), "may begin. Ask the maker.", "short"], ["型号 PX-200 的水泵"]])
    (page,) = found(data, "maintenance work may be")
    assert lines_of(page) == [(0, EN.index("maintenance"), len(EN.strip())), (1, 0, 6)]
    (page,) = found(data, "PX-200")
    assert (page.page, lines_of(page)) == (2, [(0, 3, 9)])


def test_a_hyphenated_word_is_found_on_both_lines() -> None:
    (page,) = found(pdf([["The pump must be switched off before main-", "tenance work."]]), "before maintenance work")
    assert lines_of(page) == [(0, 30, 41), (1, 0, 12)]


def test_a_quotation_over_the_end_of_a_page() -> None:
    data = pdf([["ACME", ZH], ["ACME", ZH2], ["ACME", "行，不得省略。"], ["ACME", "完"]])
    one, two = found(data, f"供水系统，{ZH2[:4]}")
    assert [(each.page, lines_of(each)) for each in (one, two)] == [(1, [(1, 22, 27)]), (2, [(1, 0, 4)])]


def test_of_several_it_is_the_very_one() -> None:
    data = pdf([["5 kW", "Model A has 5 kW", "Model B has 5 kW", "5 kW and 5 kW"]])
    assert [lines_of(found(data, "5 kW", nth=n)[0])[0] for n in range(5)] == [
        (0, 0, 4), (1, 12, 16), (2, 12, 16), (3, 0, 4), (3, 9, 13)
    ]  # fmt: skip


def test_running_lines_and_headings_do_not_shift_it() -> None:
    pages = [[f"ACME 5 kW {n}", "概述" * n, f"Model {'abc'[n]} has 5 kW", f"Page {n + 1} 5 kW"] for n in range(3)]
    pages[0][1] = "1 概述"
    data = pdf(pages, outline=[("概述", 0)])
    text = loaded(data, "a.pdf").text
    assert text.startswith("## 1 概述")
    assert "ACME" not in text
    (page,) = found(data, "5 kW", nth=0)
    assert lines_of(page) == [(2, 12, 16)]
    (page,) = found(data, "## 1 概述")
    assert lines_of(page) == [(1, 0, 4)]


def test_a_page_that_reads_otherwise_now_still_has_the_quotation() -> None:
    data = pdf([["Model A has 5 kW", "and lasts", "Model B has 5 kW"]])
    text = "Model A had 5 kW and lasts Model B has 5 kW"
    start = text.rindex("5 kW")
    (page,) = find_highlights(data, [Stretch(1, text, start, start + 4)])
    assert lines_of(page) == [(2, 12, 16)]


@pytest.mark.parametrize("wanted", ["absent", " ", "-", "## ", ""])
def test_what_is_not_there_is_not_marked(wanted: str) -> None:
    assert find_highlights(pdf([["5 kW - pump"]]), [Stretch(1, wanted, 0, len(wanted))]) == ()


def test_pages_that_are_not_there() -> None:
    assert find_highlights(pdf([["pump"]]), [Stretch(page, "pump", 0, 4) for page in (-1, 0, 2, 1 << 40)]) == ()


def test_ligatures_and_wide_letters_are_the_letters_that_they_stand_for() -> None:
    data = pdf([["the eﬃcient ﬂow of ＰＸ－２００"]])
    (page,) = find_highlights(data, [Stretch(1, "the efficient flow of PX-200", 4, 18)])
    assert lines_of(page) == [(0, 4, 15)]
    (page,) = found(data, "efficient flow")
    assert lines_of(page) == [(0, 4, 15)]


def turned(
    rotation: int,
    boxes: str = "/MediaBox[0 0 600 800]",
    content: bytes = b"BT /F 20 Tf 100 700 Td (Pump PX) Tj ET",
) -> bytes:
    """A page of Helvetica; else its baseline begins at (100, 700)."""
    page = f"<</Type/Page/Parent 2 0 R{boxes}/Rotate {rotation}/Resources<</Font<</F 3 0 R>>>>/Contents 5 0 R>>"
    return assembled(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            page.encode(),
            stream(content),
            b"<<>>",
        ]
    )


def test_a_page_that_is_turned_is_marked_as_it_is_shown() -> None:
    boxes = {}
    for rotation in (0, 90, 180, 270):
        (page,) = found(turned(rotation), "Pump PX")
        assert (page.width, page.height) == ((600, 800) if rotation in (0, 180) else (800, 600))
        (boxes[rotation],) = page.rectangles
    x0, y0, x1, y1 = boxes[0]
    assert (round(x0), 70 < x1 - x0 < 90) == (102, True) or round(x0) in (100, 101)
    assert y0 < 100 < y1 < 110
    assert boxes[90] == pytest.approx((800 - y1, x0, 800 - y0, x1), abs=0.02)
    assert boxes[180] == pytest.approx((600 - x1, 800 - y1, 600 - x0, 800 - y0), abs=0.02)
    assert boxes[270] == pytest.approx((y0, 600 - x1, y1, 600 - x0), abs=0.02)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"BT /F 20 Tf 0 1 -1 0 300 200 Tm (Pump PX turned) Tj ET", "Pump PX turned"),
        (
            b"BT /F 20 Tf 100 700 Td (E = mc) Tj 8 Ts /F 12 Tf (2) Tj 0 Ts /F 20 Tf ( and more) Tj ET",
            "E = mc2 and more",
        ),
    ],
)
def test_a_line_that_is_not_even_is_one_rectangle(content: bytes, text: str) -> None:
    (page,) = found(turned(0, content=content), text)
    assert len(page.rectangles) == 1


def test_a_page_that_is_cut_begins_at_its_crop_box() -> None:
    (whole,) = found(turned(0), "Pump PX")
    (cut,) = found(turned(0, "/MediaBox[-50 0 600 800]/CropBox[80 600 400 760]"), "Pump PX")
    assert (cut.width, cut.height) == (320, 160)
    x0, y0, x1, y1 = whole.rectangles[0]
    assert cut.rectangles[0] == pytest.approx((x0 - 80, y0 - 40, x1 - 80, y1 - 40), abs=0.02)
    (part,) = found(turned(0, "/MediaBox[0 0 600 800]/CropBox[0 0 130 800]"), "Pump PX")
    assert part.rectangles[0][2] == part.width == 130
    assert found(turned(0, "/MediaBox[0 0 600 800]/CropBox[0 0 50 50]"), "Pump PX") == ()


def test_what_is_no_pdf_is_said() -> None:
    with pytest.raises(SourceError, match="its pages cannot be shown"):
        find_highlights(b"%PDF-1.7 broken", [Stretch(1, "x", 0, 1)])


BOX = (1.0, 1.0, 2.0, 2.0)


@pytest.mark.parametrize(
    "highlight",
    [
        Highlight(1, 0, 10, (BOX,)),
        Highlight(1, 10, float("nan"), (BOX,)),
        Highlight(1, float("inf"), 10, (BOX,)),
        Highlight(1, 10, 10, ()),
        Highlight(1, 10, 10, (BOX,) * 2001),
        Highlight(1, 10, 10, ((1, 1, 11, 2),)),
        Highlight(1, 10, 10, ((-1, 1, 2, 2),)),
        Highlight(1, 10, 10, ((3, 1, 2, 2),)),
        Highlight(1, 10, 10, ((1, float("nan"), 2, 2),)),
    ],
)
def test_what_cannot_be_shown_is_not_believed(highlight: Highlight) -> None:
    assert not is_sound(highlight)
    assert is_sound(Highlight(1, 10, 10, (BOX,)))
