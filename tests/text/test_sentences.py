"""Sentence boundaries in Chinese, English and Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.sentences import sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["你好。", "再见！", "真的吗？", "是的；", "没错"],
        ["他说：“我来了。”", "然后走了。"],
        ["「明天见。」", "她说。"],
        ["我不知道……", "也许吧。"],
        ["（完。）", "下一句！？", "好。"],
        ["他走了。", '"你好"是问候。'],
        ["**先看日志。**", "再重启。"],
        ["先看日志。", "**再重启**。"],
        ["你好!", "再见?", "好的.", "行"],
    ],
)
def test_chinese_sentences_end_at_their_marks(expected: list[str]) -> None:
    assert split("".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["It works.", "Does it?", "Yes!", "Good."],
        ["Dr. Smith met Mrs. Jones.", "They spoke."],
        ["Use v1.2.3 or 3.14.", "Then stop."],
        ["The U.S. Army came.", "It left."],
        ["Open file.txt and https://a.b/c?d=1.html now.", "Ping 10.0.0.1."],
        ["See No. 5 and Fig. 3 for more.", "The answer is no.", "We stop."],
        ["Use a store, e.g. Qdrant, i.e. a database.", "Done."],
        ['He said "Go."', "She went.", "(It was late.)", "They slept."],
        ["Wait... what?", "Well...", "Nothing."],
        ["By J. R. R. Tolkien.", "A book."],
        ["Set `a.b`.", "**Bold.**", "Plain."],
        ["Run TiDB v8.5.", "然后重启集群。", "It is done.", "完成"],
    ],
)
def test_english_sentences_end_at_stops_not_at_abbreviations(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_a_comma_after_a_closing_quote_goes_on() -> None:
    assert split("“走吧！”，他说。好") == ["“走吧！”，他说。", "好"]


def test_a_line_break_alone_does_not_end_a_sentence() -> None:
    assert split("a long\nline goes\r\non. Next\none") == ["a long\nline goes\r\non.", "Next\none"]


def test_blank_lines_headings_items_and_rows_end_sentences() -> None:
    text = "# What? A title\nintro\n \nnext\n- one\n- two\n  more\n1. first. Second\n| a. B | c |\n| d | e |\ntail"
    assert split(text) == [
        "# What? A title",
        "intro",
        "next",
        "- one",
        "- two\n  more",
        "1. first.",
        "Second",
        "| a. B | c |",
        "| d | e |",
        "tail",
    ]


@pytest.mark.parametrize(
    "unit",
    ["!", "…", "\n", " ", "\n ", "#", "|", "a.", "a. ", '。"a', '。"，', "**。", "1. ", "('", "Dr. ", "\n- ", "\n|"],
)
def test_a_megabyte_of_anything_is_read_in_one_pass(unit: str) -> None:
    # Anything worse than linear would take hours here and meet the time limit.
    text = unit * (1_000_000 // len(unit))
    assert sum(end - start for start, end in sentences(text)) <= len(text)


@given(
    st.text()
    | st.lists(
        st.sampled_from([*"。！？；…”」\"'*.!? \n\t\r#|-1aA中，", "Dr", "……", "\n\n", "\n- ", "\n# "]), max_size=60
    ).map("".join)
)
def test_spans_are_ordered_trimmed_and_cover_everything(text: str) -> None:
    spans = sentences(text)
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()
