"""A request as an endpoint's profile wants it."""

from __future__ import annotations

from typing import Any

import pytest

from wenyuan.chat.body import body_of
from wenyuan.chat.profile import Profile
from wenyuan.types import Message, Request, ToolCall, ToolSchema

TOOL = ToolSchema("stock", "How many are in stock.", {"type": "object", "properties": {"code": {"type": "string"}}})
DEFAULT = Profile()
CALL = ToolCall("call_1", "stock", '{"code": "PX-200"}')
TALK = (
    Message("system", "s"),
    Message("user", "u"),
    Message("assistant", "", (CALL,)),
    Message("tool", "5", call_id="call_1"),
)


def body(profile: Profile = DEFAULT, **asked: Any) -> dict[str, Any]:
    return body_of(Request(TALK, **asked), "m", profile)


def test_a_conversation_with_a_call_and_its_result() -> None:
    assert body()["messages"] == [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "u"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "stock", "arguments": '{"code": "PX-200"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "5"},
    ]


def test_functions_are_sent_with_their_schemas() -> None:
    sent = body(tools=(TOOL,))
    assert sent["tools"][0]["function"]["parameters"] == TOOL.parameters
    assert sent["tool_choice"] == "auto"
    assert "tools" not in body()
    assert "tool_choice" not in body()


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"stream_usage": False}, "stream_options"),
        ({"stream": False}, "stream_options"),
        ({"temperature": None}, "temperature"),
        ({"max_tokens_field": "max_completion_tokens"}, "max_tokens"),
    ],
)
def test_what_an_endpoint_does_not_take_is_left_out(changed: dict[str, Any], missing: str) -> None:
    assert missing in body(max_tokens=5)
    assert missing not in body(Profile(**changed), max_tokens=5)


def test_content_beside_calls_reasoning_and_demands_follow_the_profile() -> None:
    strict = Profile(null_content=False, echo_reasoning="reasoning_content", required_choice=False, parallel_calls=True)
    sent = body(strict, tools=(TOOL,), choice="required")
    assert sent["messages"][2]["content"] == ""
    assert sent["messages"][2]["reasoning_content"] == ""  # DeepSeek wants the field even where there was none
    assert (sent["tool_choice"], sent["parallel_tool_calls"]) == ("auto", True)


def test_a_schema_is_sent_where_the_endpoint_takes_one() -> None:
    schema = {"type": "object"}
    assert body(schema=schema)["response_format"]["json_schema"]["schema"] == schema
    assert "response_format" not in body(Profile(json_schema=False), schema=schema)


def test_extra_fields_win() -> None:
    sent = body(Profile(extra={"enable_thinking": False, "temperature": 0.6}))
    assert (sent["enable_thinking"], sent["temperature"]) == (False, 0.6)
