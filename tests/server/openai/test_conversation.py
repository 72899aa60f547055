"""Messages become a question, what was said before it, and what became of functions since."""

from __future__ import annotations

from typing import Any

import pytest

from wenyuan.errors import WrongUse
from wenyuan.server.errors import Refused
from wenyuan.server.openai.bodies import ChatBody
from wenyuan.server.openai.conversation import Conversation, read_conversation, read_tools
from wenyuan.types import Message, ToolCall

CALL = {"id": "1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "北京"}'}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "1", "content": "sunny"}
WEATHER = {"type": "function", "function": {"name": "weather"}}


def user(text: Any) -> dict[str, Any]:
    return {"role": "user", "content": text}


def read(*messages: dict[str, Any]) -> Conversation:
    return read_conversation(ChatBody.model_validate({"model": "kb", "messages": messages}).messages)


def tools(**fields: Any):
    return read_tools(ChatBody.model_validate({"model": "kb", "messages": [user("q")], **fields}), ())


def test_the_last_message_of_the_user_s_is_the_question() -> None:
    found = read(user("a"), {"role": "assistant", "content": "b"}, user("c"), user("d"))
    assert found.question == "d"
    assert found.history == (Message("user", "a"), Message("assistant", "b"), Message("user", "c"))
    assert (found.turns, found.notes) == ((), ())


def test_parts_are_put_one_below_the_other() -> None:
    assert read(user([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])).question == "a\nb"


@pytest.mark.parametrize("role", ["system", "developer"])
def test_messages_of_the_system_are_left_out_and_that_is_said(role: str) -> None:
    found = read({"role": role, "content": "You are a pirate."}, user("q"))
    assert found.history == ()
    assert len(found.notes) == 1


def test_calls_and_results_after_the_question_are_gone_on_from() -> None:
    found = read(user("q"), CALLED, RESULT)
    call = ToolCall("1", "weather", '{"city": "北京"}')
    assert found.question == "q"
    assert found.turns == (Message("assistant", "", (call,)), Message("tool", "sunny", call_id="1"))


def test_arguments_that_are_no_json_can_be_sent_on() -> None:
    broken = {**CALL, "function": {"name": "weather", "arguments": '{"city": '}}
    (called, _) = read(user("q"), {**CALLED, "tool_calls": [broken]}, RESULT).turns
    assert called.calls[0].arguments.startswith('{"_unreadable"')


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([{"role": "assistant", "content": "a"}], "No message is of the role 'user'"),
        ([user("q"), {"role": "assistant", "content": "a"}], "neither the user's nor the result"),
        ([user("q"), CALLED], "ends before the result of the call '1'"),
        ([user("q"), RESULT], "Message 2 is the result of '1'"),
        ([user("q"), CALLED, user("r")], "Message 3 comes before the result"),
        ([{"role": "function", "name": "x", "content": "y"}, user("q")], "Message 1 has the role 'function'"),
        ([user(None)], "Message 1 has no content"),
        ([user([{"type": "image_url", "image_url": {"url": "x"}}])], "Message 1 has a part of the type 'image_url'"),
        ([user([{"type": "text"}])], "Message 1 has a part of the type 'text'"),
        ([user("x" * 65_537)], "The question has 65537 characters"),
    ],
)
def test_what_is_out_of_order_is_refused(messages: list[dict[str, Any]], said: str) -> None:
    with pytest.raises((Refused, WrongUse), match=said):
        read(*messages)


def test_functions_are_handed_to_the_caller_by_its_choice() -> None:
    assert [each.name for each in tools(tools=[WEATHER]).handed] == ["weather"]
    assert tools(tools=[WEATHER]).handed[0].parameters == {"type": "object", "properties": {}}
    assert tools(tools=[WEATHER], tool_choice="none").handed == ()
    assert tools(tools=[WEATHER], tool_choice="required").demanded
    named = {"type": "function", "function": {"name": "weather"}}
    assert tools(tools=[WEATHER], tool_choice=named).demanded
    assert not tools().needed


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"tools": [{"type": "web_search"}]}, "tools"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"tools": [WEATHER], "tool_choice": "perhaps"}, "tool_choice"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "x"}}}, "tool_choice"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "function": 1}}, "tool_choice"),
        ({"tool_choice": "required"}, "tool_choice"),
    ],
)
def test_tools_that_make_no_sense_are_refused(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(Refused) as refused:
        tools(**fields)
    assert refused.value.param == param
