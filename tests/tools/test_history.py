"""The order of a conversation with calls, and calls and results as they may be sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.errors import WrongUse
from wenyuan.tools.history import UNREADABLE, check_history, clean, fit, sendable, unanswered, with_own_ids
from wenyuan.types import Message, ToolCall

USER = Message("user", "?")
A, B = ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}")
BOTH = Message("assistant", "", (A, B))


def result(id: str | None) -> Message:
    return Message("tool", "r", call_id=id)


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([USER, result("a")], "not a call that waits"),
        ([USER, BOTH, result("a"), result("a")], "not a call that waits"),
        ([USER, BOTH, result("a"), result(None)], "not a call that waits"),
        ([USER, BOTH, result("a"), USER], "before the result of the call 'b'"),
        ([USER, BOTH, result("a"), BOTH], "before the result"),
        ([USER, BOTH, result("b"), result("a"), BOTH], "used before"),
        ([USER, Message("assistant", "", (A, A))], "used before"),
        ([USER, Message("assistant", "", (ToolCall("", "f", ""),))], "empty"),
        ([Message("user", "", (A,))], "only an assistant's"),
    ],
)
def test_what_is_out_of_order_is_refused(messages: list[Message], reason: str) -> None:
    with pytest.raises(WrongUse, match=reason):
        check_history(messages)


def test_calls_that_wait_are_found() -> None:
    assert unanswered([USER, BOTH, result("a")]) == (B,)
    assert unanswered([USER, BOTH, result("b"), result("a")]) == ()
    with pytest.raises(WrongUse, match="ends before"):
        check_history([USER, BOTH])
    check_history([USER, BOTH, result("b"), result("a"), USER])


def test_ids_become_unique() -> None:
    given_calls = [ToolCall("", "f", "1"), A, A, ToolCall("", "f", "2"), ToolCall("call_1", "f", "3"), B]
    own = with_own_ids(given_calls, {"b", "call_2"})
    assert len({call.id for call in own} | {"b", "call_2"}) == 8
    assert own[1].id == "a"
    assert [call.arguments for call in own] == [call.arguments for call in given_calls]


@pytest.mark.parametrize(
    ("call", "name", "arguments"),
    [
        (ToolCall("a", "f", ""), "f", "{}"),
        (ToolCall("a", "f", '{"城": 1}'), "f", '{"城": 1}'),
        (ToolCall("a", "orders.status", "null"), "orders_status", "{}"),
        (ToolCall("a", "查询", "{}"), "unknown_function", "{}"),
        (ToolCall("a", "", "[1]"), "unknown_function", f'{{"{UNREADABLE}": "[1]"}}'),
    ],
)
def test_a_call_joins_the_history_in_a_form_every_endpoint_takes(call: ToolCall, name: str, arguments: str) -> None:
    assert sendable(call, whole=True) == ToolCall("a", name, arguments)


def test_a_call_that_was_cut_off_can_never_be_run_from_the_history() -> None:
    assert sendable(ToolCall("a", "pay", '{"amount": 12}'), whole=False).arguments.startswith(f'{{"{UNREADABLE}"')


def count(texts):
    return [-(-len(text) // 4) for text in texts]


@given(st.text(max_size=3000), st.integers(30, 500))
def test_a_long_text_is_cut_to_its_tokens_and_says_so(text: str, tokens: int) -> None:
    shown = fit(text, tokens, count)
    if count([text])[0] <= tokens:
        assert shown == text
    else:
        assert count([shown])[0] <= tokens + 1
        assert "cut: the first" in shown
        assert text.startswith(shown.rpartition("\n[…")[0])


def test_ten_megabytes_are_cut_at_once() -> None:
    counted = []

    def counting(texts):
        counted.extend(len(text) for text in texts)
        return count(texts)

    assert len(fit("表" * 10_000_000, 100, counting)) < 500
    assert sum(counted) < 10_000


def test_text_can_always_be_sent() -> None:
    assert clean("a\0b\ud800c") == "ab?c"
