import json

import pytest

from wenyuan.errors import SourceError

from .makers import loaded


def test_an_object_becomes_readable_lines():
    value = {"名称": "水泵", "on": True, "none": None, "parts": ["a", {"id": 1, "tags": ["x"]}], "size": {"w": 1.5}}
    assert loaded(json.dumps(value), "a.json").text == (
        "名称: 水泵\non: true\nnone: null\nparts:\n- a\n-\n  - id: 1\n  - tags:\n    - x\nsize:\n- w: 1.5\n\n"
    )


def test_members_of_an_array_are_blocks():
    assert loaded('[{"q": "1"}, {"q": "2"}, 3]', "a.json").text == "q: 1\n\nq: 2\n\n3\n\n"


def test_a_huge_single_line():
    records = [{"id": number, "text": "水泵" * 20} for number in range(20_000)]
    text = loaded(json.dumps(records), "a.json").text
    assert text.count("id: ") == 20_000


def test_records_are_marked_by_line_and_a_broken_one_is_left_out():
    document = loaded('{"a": 1}\n\n{"a": \n{"a": "一\\ud800二"}\r\n', "a.jsonl")
    assert document.text == "a: 1\n\na: 一二\n\n"
    assert [(mark.at, mark.row) for mark in document.marks] == [(0, 1), (6, 4)]
    assert document.warnings == ("line 3 is not valid JSON and was left out",)


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_what_is_not_json(name):
    with pytest.raises(SourceError, match="valid JSON"):
        loaded("{'a': 1}", name)
