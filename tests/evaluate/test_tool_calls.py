"""The check of calls, a case a rule."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.evaluate.tool_calls import ExpectedCall, mistake
from wenyuan.types import ToolCall, ToolSchema

PROPERTIES = {
    "city": {"type": "string"},
    "days": {"type": "integer"},
    "limit": {"type": "number"},
    "metric": {"type": "boolean"},
    "names": {"type": "array", "items": {"type": "string"}},
    "place": {"type": "object", "properties": {"street": {"type": "string"}, "number": {"type": "integer"}}},
    "parts": {"type": "array", "items": {"type": "object"}},
    "anything": {},
}
TOOLS = [
    ToolSchema("forecast", "", {"type": "object", "properties": PROPERTIES, "required": ["city"]}),
    ToolSchema("stop", "", {"type": "object", "properties": {}}),
]


def call(name: str = "forecast", **arguments: Any) -> ToolCall:
    return ToolCall("1", name, json.dumps(arguments, ensure_ascii=False))


def wanted(name: str = "forecast", **arguments: list[Any]) -> ExpectedCall:
    return ExpectedCall(name, arguments)


def wrong(arguments: dict[str, Any], expected: dict[str, list[Any]]) -> str | None:
    return mistake([call(**arguments)], [wanted(**expected)], TOOLS)


@pytest.mark.parametrize(
    ("given", "alternatives"),
    [
        ("北京", ["北京", "北京市"]),
        ("北京市", ["北京", "北京市"]),
        ("san francisco", ["San Francisco, CA", "San Francisco"]),
        ("April 1,2024", ["april 1 2024"]),
        ("ＡＢＣ，上海。", ["abc上海"]),
        ("l'été", ["L’été"]),
    ],
)
def test_strings_are_compared_without_case_space_and_punctuation(given: str, alternatives: list[str]) -> None:
    assert wrong({"city": given}, {"city": alternatives}) is None


@pytest.mark.parametrize(("given", "alternatives"), [("南京", ["北京"]), ("", ["北京"]), ("北京1", ["北京"])])
def test_another_string_is_wrong(given: str, alternatives: list[str]) -> None:
    assert wrong({"city": given}, {"city": alternatives}) == f"city is {given!r}"


@pytest.mark.parametrize(
    ("name", "given", "alternatives"),
    [
        ("days", 3, [3]),
        ("days", 3, [5, 3]),
        ("limit", 3, [3.0]),
        ("limit", 3.0, [3]),
        ("metric", True, [True]),
        ("names", ["A", "b c"], [["a", "bc"]]),
        ("names", [], [["a"], []]),
        ("place", {"street": "Main St.", "number": 4}, [{"street": ["main st"], "number": [4]}]),
        ("place", {"street": "x"}, [{"street": ["x"], "number": ["", 4]}]),
        ("parts", [{"a": 1}, {"b": "X"}], [[{"a": [1]}, {"b": ["x", "y"]}]]),
        ("anything", None, [None]),
        ("days", "n", ["n"]),  # a variable, as the expectation has it
    ],
)
def test_a_value_that_is_among_the_alternatives_is_right(name: str, given: object, alternatives: list[Any]) -> None:
    assert wrong({"city": "x", name: given}, {"city": ["x"], name: alternatives}) is None


@pytest.mark.parametrize(
    ("name", "given", "alternatives", "reason"),
    [
        ("days", 4, [3], "days is 4"),
        ("days", 3.0, [3], "days is of another type: 3.0"),
        ("days", "3", [3], "days is of another type: '3'"),
        ("days", True, [1], "days is of another type: True"),
        ("metric", 1, [True], "metric is of another type: 1"),
        ("metric", False, [True], "metric is False"),
        ("limit", "3", [3.0], "limit is of another type: '3'"),
        ("anything", True, [1], "anything is True"),
        ("names", "a", [["a"]], "names is of another type: 'a'"),
        ("names", ["b", "a"], [["a", "b"]], "names is ['b', 'a']"),
        ("names", ["a"], [["a", "b"]], "names is ['a']"),
        ("place", {"street": "x", "floor": 1}, [{"street": ["x"]}], "place is {'street': 'x', 'floor': 1}"),
        ("place", {"number": 4}, [{"street": ["x"], "number": [4]}], "place is {'number': 4}"),
        ("place", {"street": "x", "number": "4"}, [{"street": ["x"], "number": [4]}], "place is {'street': 'x'"),
        ("parts", [{"b": 1}], [[{"a": [1]}]], "parts is [{'b': 1}]"),
    ],
)
def test_a_value_that_is_not_among_them_is_wrong(
    name: str, given: object, alternatives: list[Any], reason: str
) -> None:
    said = wrong({"city": "x", name: given}, {"city": ["x"], name: alternatives})
    assert said is not None
    assert said.startswith(reason)


def test_what_may_be_left_out_may_be_left_out() -> None:
    assert wrong({"city": "x"}, {"city": ["x"], "days": ["", 3]}) is None
    assert wrong({"city": "x", "days": 3}, {"city": ["x"], "days": ["", 3]}) is None
    assert wrong({"city": "x", "days": 4}, {"city": ["x"], "days": ["", 3]}) == "days is 4"


def test_what_may_not_be_left_out_is_missing() -> None:
    assert wrong({"city": "x"}, {"city": ["x"], "days": [3]}) == "days is missing"
    assert wrong({}, {"city": ["", "x"]}) == "city is missing"  # the schema requires it


def test_an_argument_that_nobody_asked_for_is_wrong() -> None:
    assert wrong({"city": "x", "days": 3}, {"city": ["x"]}) == "days was not asked for"


@pytest.mark.parametrize(
    ("arguments", "reason"), [("{", "not JSON"), ("[]", "no object"), ('"x"', "no object"), ("", "city is missing")]
)
def test_arguments_that_are_no_object_are_wrong(arguments: str, reason: str) -> None:
    said = mistake([ToolCall("1", "forecast", arguments)], [wanted(city=["x"])], TOOLS)
    assert said is not None
    assert said.endswith(reason)


def test_no_arguments_may_be_an_empty_text() -> None:
    assert mistake([ToolCall("1", "stop", "")], [wanted("stop")], TOOLS) is None


def test_another_function_is_wrong() -> None:
    assert mistake([call("stop")], [wanted(city=["x"])], TOOLS) == "function stop where forecast is right"


def test_the_number_of_calls_counts() -> None:
    assert mistake([], [], TOOLS) is None
    assert mistake([call("stop")], [], TOOLS) == "1 calls where 0 are right"
    assert mistake([], [wanted("stop")], TOOLS) == "0 calls where 1 are right"
    assert mistake([call("stop")] * 2, [wanted("stop")], TOOLS) == "2 calls where 1 are right"


def test_one_call_does_not_do_for_two() -> None:
    expected = [wanted(city=["x"]), wanted(city=["x", "y"])]
    assert mistake([call(city="x"), call(city="y")], expected, TOOLS) is None
    assert mistake([call(city="y"), call(city="y")], expected, TOOLS) == "city is 'y'"
    two = [wanted(city=["x"]), wanted(city=["x"])]
    assert mistake([call(city="x"), call(city="z")], two, TOOLS) == "one call does not do for two"


def test_the_reason_is_that_of_the_nearest_call() -> None:
    expected = [wanted("stop"), wanted(city=["x"])]
    assert mistake([call("stop"), call(city="y")], expected, TOOLS) == "city is 'y'"


@given(st.permutations(range(4)), st.lists(st.sampled_from("abc"), min_size=4, max_size=4))
def test_the_order_of_calls_is_free(order: list[int], cities: list[str]) -> None:
    expected = [wanted(city=[city, "other"]) for city in cities]
    calls = [call(city=cities[n]) for n in order]
    assert mistake(calls, expected, TOOLS) is None


@given(st.lists(st.sets(st.sampled_from("abc"), min_size=1), min_size=3, max_size=3))
def test_calls_are_assigned_as_a_search_through_all_orders_would(options: list[set[str]]) -> None:
    expected = [wanted(city=sorted(each)) for each in options]
    calls = [call(city=city) for city in "abc"]
    possible = any(all(a in b for a, b in zip(order, options, strict=True)) for order in itertools.permutations("abc"))
    assert (mistake(calls, expected, TOOLS) is None) == possible
