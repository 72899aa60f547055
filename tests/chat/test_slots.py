"""Fragments of calls: every way of numbering them gives the calls that were meant, and nothing is repaired."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.chat.slots import CallSlots
from wenyuan.chat.stream import Accumulator
from wenyuan.errors import EndpointError
from wenyuan.types import Reply

BEIJING, SHANGHAI = '{"city": "北京"}', '{"city": "上海"}'


def entry(index: int | None, identity: str | None, name: str | None, arguments: Any) -> dict[str, Any]:
    found = {"id": identity, "function": {"name": name, "arguments": arguments}}
    return found if index is None else {"index": index, **found}


def collected(*entries: dict[str, Any], cut: bool = False) -> list[tuple[str, str]]:
    slots = CallSlots()
    for one in entries:
        slots.add(one)
    return [(call.name, call.arguments) for call in slots.finish(cut=cut)]


@pytest.mark.parametrize(
    ("entries", "calls"),
    [
        ([entry(0, "a", "f", BEIJING), entry(0, "b", "f", SHANGHAI)], [BEIJING, SHANGHAI]),
        ([entry(0, None, "f", BEIJING), entry(0, None, "f", SHANGHAI)], [BEIJING, SHANGHAI]),
        ([entry(None, "a", "f", ""), entry(None, "b", "f", "")], ["{}", "{}"]),
        ([entry(0, "a", "f", '{"a":'), entry(0, "a", "f", '{"a": 1}')], ['{"a": 1}']),
        ([entry(0, "a", "f", BEIJING), entry(0, "a", "f", BEIJING)], [BEIJING]),
        ([entry(0, "a", "f", BEIJING), entry(0, "a", "f", SHANGHAI)], [BEIJING, SHANGHAI]),
        ([entry(0, "a", "f", '{"a":'), entry(0, "", "", '{"a": 1}}')], ['{"a":{"a": 1}}']),
        ([entry(0, "a", "f", '{"a": 1'), entry(0, "", "f", "")], ['{"a": 1']),
        ([entry(0, "a", "f", None), entry(0, None, None, "null")], ["{}"]),
        ([entry(0, "a", "f", {"b": "字"})], ['{"b": "字"}']),
        ([entry(2, "a", "f", "{"), entry(7, "b", "f", BEIJING), entry(2, None, None, "}")], ["{}", BEIJING]),
    ],
)
def test_calls_are_told_apart(entries: list[dict[str, Any]], calls: list[str]) -> None:
    assert collected(*entries) == [("f", arguments) for arguments in calls]


def test_a_cut_call_without_arguments_does_not_become_a_whole_one() -> None:
    assert collected(entry(0, "a", "f", ""), cut=True) == [("f", "")]


def test_half_a_character_in_arguments_is_an_error_and_a_lost_one_is_noted() -> None:
    assert collected(entry(0, "a", "f", '"\ud83d'), entry(0, None, None, '\ude00"')) == [("f", '"😀"')]
    with pytest.raises(EndpointError, match="half a character"):
        collected(entry(0, "a", "f", '"\ud83d"'))
    slots = CallSlots()
    slots.add(entry(0, "a", "f", '"\ufffd"'))
    slots.finish()
    assert "U+FFFD" in slots.notes[0]


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}]}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=8), max_size=3), min_size=1, max_size=4),
    st.sampled_from(["index", "zero", "none"]),
    st.sampled_from(["ids", "first", "never"]),
    st.integers(1, 5),
)
def test_calls_survive_every_way_of_numbering_them(
    arguments: list[dict[str, str]], numbered: str, named: str, size: int
) -> None:
    accumulator = Accumulator()
    for position, value in enumerate(arguments):
        text = json.dumps(value, ensure_ascii=False)
        for start in range(0, len(text), size):
            entry: dict[str, Any] = {"function": {"arguments": text[start : start + size]}}
            if numbered != "none":
                entry["index"] = position if numbered == "index" else 0
            if start == 0:
                entry["function"]["name"] = "f"
            if named == "ids" or (named == "first" and start == 0):
                entry["id"] = f"call_{position}"
            accumulator.feed(chunk({"tool_calls": [entry]}))
    accumulator.feed(chunk(finish="tool_calls"))
    reply = accumulator.finish()[-1]
    assert isinstance(reply, Reply)
    assert [json.loads(call.arguments) for call in reply.calls] == arguments
    assert len({call.id for call in reply.calls}) == len(arguments)
