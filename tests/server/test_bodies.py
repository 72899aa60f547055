"""What callers send, checked."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from wenyuan.errors import WrongUse
from wenyuan.server.bodies import AskBody, KeyBody, SearchBody, UrlBody, filter_of, sound, tree_of
from wenyuan.types import Message

EQUAL = {"field": "product", "op": "eq", "value": "X"}


def test_tests_and_a_tree_are_one_filter() -> None:
    assert filter_of([], None) is None
    one, tree, both = filter_of(["product=X"], None), filter_of([], EQUAL), filter_of(["type=pdf"], EQUAL)
    assert one == tree
    assert both not in (None, one)
    assert SearchBody(question="x", where=["type=pdf"], filter=EQUAL).narrowed() == both


@pytest.mark.parametrize(
    ("where", "tree"), [(["nonsense"], None), ([], {}), ([], {"and": []}), ([], {**EQUAL, "op": "?"})]
)
def test_a_filter_that_makes_no_sense_is_wrong(where, tree) -> None:
    with pytest.raises(WrongUse, match=r"^[^\n]+$"):
        filter_of(where, tree)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", "NaN", '{"a": NaN}', '{"a": "\\ud800"}', "[" * 100_000])
def test_a_filter_in_a_url_is_a_json_object(text: str) -> None:
    with pytest.raises(WrongUse, match=r"^The filter is no JSON"):
        tree_of(text)


def test_a_filter_in_a_url_is_read() -> None:
    assert tree_of(None) is None
    assert tree_of(json.dumps(EQUAL)) == EQUAL


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters()), inner, max_size=3),
    max_leaves=6,
)


@given(json_values)
def test_what_is_sound_can_be_sent_again(value: object) -> None:
    try:
        assert sound(value) is value
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - of any kind
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    else:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def test_what_is_nested_too_deeply_is_not_sound() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="nested too deeply"):
        sound(value)
    while value:  # the interpreter frees it level by level
        value = value.pop()  # type: ignore[assignment]


def test_turns_before_a_question_are_messages() -> None:
    body = AskBody.model_validate({"question": "x", "history": [{"role": "user", "content": "y"}]})
    assert body.turns() == [Message("user", "y")]
    assert (body.llm, body.stream, body.constraints) == (True, False, True)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (SearchBody, {"question": "x" * 65_537}),
        (SearchBody, {"question": "x", "k": 1_001}),
        (SearchBody, {"question": "x", "where": ["a=b"] * 101}),
        (SearchBody, {"question": "x", "where": ["a" * 4_097]}),
        (SearchBody, {"question": "x", "legs": ["bm25"] * 11}),
        (SearchBody, {"question": "x", "rerank_ms": float("nan")}),
        (SearchBody, {"question": "x", "filter": {"a": float("inf")}}),
        (AskBody, {"question": "x", "history": [{"role": "user", "content": "y"}] * 201}),
        (AskBody, {"question": "x", "history": [{"role": "tool", "content": "y"}]}),
        (AskBody, {"question": "x", "tenant": "other"}),
        (UrlBody, {"url": ""}),
        (UrlBody, {"url": "https://example.com/" + "a" * 2_048}),
        (KeyBody, {"name": "a", "rights": []}),
        (KeyBody, {"name": "a", "groups": ["g"] * 1_001}),
    ],
)
def test_everything_has_a_limit(kind, fields) -> None:
    with pytest.raises(ValidationError):
        kind.model_validate(fields)
