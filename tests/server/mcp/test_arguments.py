"""What a language model may send to a tool."""

from __future__ import annotations

import pytest

from wenyuan.errors import WrongUse
from wenyuan.messages import told
from wenyuan.server.mcp.arguments import Ask, ListDocuments, ReadSpan, Search, read


def test_what_is_left_out_or_null_has_its_usual_value() -> None:
    assert read(Search, {"question": "q", "limit": None, "where": None}) == Search(question="q")
    assert read(ListDocuments, {}).limit == 50
    assert read(ReadSpan, {"document": "d"}).end is None


def test_a_number_may_be_written_as_text() -> None:
    assert read(Search, {"question": "q", "limit": "3"}).limit == 3


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "question"),
        ({"question": ""}, "question"),
        ({"question": 5}, "question"),
        ({"question": "x" * 8_193}, "question"),
        ({"question": "\ud800"}, "question"),
        ({"question": "q", "limit": 0}, "limit"),
        ({"question": "q", "limit": 51}, "limit"),
        ({"question": "q", "limit": "many"}, "limit"),
        ({"question": "q", "where": "type=pdf"}, "where"),
        ({"question": "q", "where": ["a=b"] * 21}, "where"),
        ({"question": "q", "where": [1]}, "where.0"),
        ({"question": "q", "k": 5}, "k"),
        ({"question": "q", "knowledge_base": "x" * 65}, "knowledge_base"),
    ],
)
def test_what_does_not_fit_is_named_in_one_sentence(given: dict[str, object], name: str) -> None:
    with pytest.raises(WrongUse, match=f"The argument '{name}' does not fit .*; see the tool's description") as raised:
        read(Search, given)
    assert "\n" not in str(raised.value)


def test_it_is_said_in_chinese_too() -> None:
    with pytest.raises(WrongUse) as raised:
        read(Ask, {"question": "x" * 9_000})
    assert told(str(raised.value), "zh") == "参数“question”不符合要求（最多 8192 个字符），请看工具的说明。"
