import pytest

from wenyuan.errors import SourceError

from .makers import loaded, pdf

ZH = "水泵的额定功率为五千瓦，适用于农业灌溉和城市供水系统，"
ZH2 = "安装和维护必须由受过培训的专业人员按照本手册的步骤进"
EN = "The pump must be switched off before any maintenance work "


def test_pages_are_marked_and_lines_joined_as_each_language_writes():
    document = loaded(pdf([[ZH, ZH2, "行，不得省略。"], [EN.strip(), "may begin. Ask the maker."]]), "a.pdf")
    assert document.text == f"{ZH}{ZH2}行，不得省略。\n\n{EN}may begin. Ask the maker."
    assert [(document.text[mark.at :].strip()[:3], mark.page) for mark in document.marks] == [("水泵的", 1), ("The", 2)]


def test_a_word_hyphenated_at_the_end_of_a_line_is_joined():
    assert (
        "maintenance work"
        in loaded(pdf([["The pump must be switched off before main-", "tenance work."]]), "a.pdf").text
    )


def test_list_items_and_short_lines_stay_apart():
    lines = ["Parts:", "- a long item that fills the whole line of the page", "- valve", "Model Power", "A1 5 kW"]
    assert loaded(pdf([lines]), "a.pdf").text == "Parts:\n\n" + "\n".join(lines[1:])


def test_running_headers_and_page_numbers_are_dropped_but_not_rows_of_figures():
    pages = [
        [f"ACME manual {n}", f"Body {'abc'[n % 3]} of it", f"{n * n} {7 * n}", f"Page {n + 1} of 9"] for n in range(5)
    ]
    text = loaded(pdf(pages), "a.pdf").text
    assert "ACME" not in text
    assert "Page" not in text
    assert "16 28" in text
    assert text.count("Body") == 5


def test_outline_entries_become_headings_and_hash_lines_do_not():
    document = loaded(
        pdf([["1 概述", ZH, "# comment", "2 安装", "先关电。"]], outline=[("概述", 0), ("2 安装", 0)]), "a.pdf"
    )
    assert document.text == f"## 1 概述\n\n{ZH}\n\\# comment\n\n## 2 安装\n\n先关电。"


def test_title_and_pages_without_text():
    document = loaded(pdf([["text"], []], title="水泵手册"), "a.pdf")
    assert document.title == "水泵手册"
    assert document.warnings == ("1 of 2 pages hold no text (first: page 2); OCR may be needed",)
    assert loaded(pdf([["text"]], title="Microsoft Word - final.doc"), "a.pdf").title == "a"
    assert loaded(pdf([["text"]], title="(anonymous)"), "a.pdf").title == "a"


def test_a_scan_asks_for_ocr():
    with pytest.raises(SourceError, match="it holds no text, only images; run OCR on it first"):
        loaded(pdf([[], []]), "a.pdf")
