"""Endpoints of several kinds, and what is found out by asking them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from llm_server import Message, call, llm_server
from wenyuan.chat.client import Endpoint, Patience
from wenyuan.chat.probe import Probed, probe
from wenyuan.chat.profile import Profile
from wenyuan.errors import EndpointError, WrongUse

Reply = Callable[[dict[str, Any]], Message | int]


def able(body: dict[str, Any]) -> Message | int:
    """Calls functions, several at once."""
    asked = body["messages"][-1]["content"]
    if body.get("tools") and body["messages"][-1]["role"] == "user":
        cities = ["北京", "上海"] if "北京" in asked else ["Paris"]
        return {"tool_calls": [call("get_weather", {"city": city}, f"call_{n}") for n, city in enumerate(cities)]}
    return {"content": "pong"}


def small(body: dict[str, Any]) -> Message | int:
    """Knows no functions, but schemas; refuses a temperature and a count of tokens."""
    if body.get("tools") or "temperature" in body or "stream_options" in body:
        return 400
    if "response_format" in body:
        return {"content": json.dumps({"tool": "get_weather", "arguments": {"city": "Paris"}})}
    return {"content": "pong"}


def bare(body: dict[str, Any]) -> Message | int:
    """Says one thing."""
    return {"content": "pong"}


def strict(body: dict[str, Any]) -> Message | int:
    """Wants its reasoning back and no null, as some reasoning models do."""
    for message in body["messages"]:
        if message.get("tool_calls") and (message["content"] is None or "reasoning_content" not in message):
            return 400
    return 400 if body.get("tool_choice") == "required" else able(body)


def silent_of_results(body: dict[str, Any]) -> Message | int:
    """Calls functions, and takes none of their results."""
    return 400 if body["messages"][-1]["role"] == "tool" else able(body)


def asked(url: str, model: str | None = None, window: int = 0) -> Probed:
    def make(name: str, profile: Profile) -> Endpoint:
        return Endpoint(url, name, profile=profile, patience=Patience(retries=0))

    async def main() -> Probed:
        return await probe(make, model, window=window)

    return anyio.run(main)


def probed(reply: Reply, window: int = 0) -> Probed:
    with llm_server(reply) as (url, _):
        return asked(url, window=window)


@pytest.mark.parametrize(
    ("reply", "profile"),
    [
        (able, {"tools": "native", "null_content": True, "required_choice": True, "stream_usage": True}),
        (small, {"tools": "schema", "temperature": None, "stream_usage": False, "stream": True}),
        (bare, {"tools": "none", "json_schema": False}),
        (
            strict,
            {"tools": "native", "null_content": False, "echo_reasoning": "reasoning_content", "required_choice": False},
        ),
        (silent_of_results, {"tools": "schema"}),
    ],
)
def test_what_an_endpoint_can_do_is_found_out(reply: Reply, profile: dict[str, Any]) -> None:
    found = probed(reply)
    assert found.model == "m"
    assert found.profile.model_dump() == found.profile.model_dump() | profile
    assert all(finding.text.endswith(".") for finding in found.findings)


def test_characters_are_calibrated_by_what_the_server_counts() -> None:
    def counting(body: dict[str, Any]) -> Message | int:
        text = body["messages"][-1]["content"]
        han = sum("\u3400" <= character <= "\u9fff" for character in text)
        return able(body) | {"prompt_tokens": 100 + han + (len(text) - han) // 4}  # type: ignore[operator]

    profile = probed(counting).profile
    assert profile.calibrated
    assert profile.han_tokens == pytest.approx(1.0, abs=0.02)
    assert profile.other_tokens == pytest.approx(0.25, abs=0.02)
    fixed = probed(able)  # 900 tokens, whatever was asked
    assert not fixed.profile.calibrated
    assert next(finding for finding in fixed.findings if finding.name == "tokens").ok is None


def test_the_window_is_as_long_as_both_ends_of_a_prompt_are_read() -> None:
    def reply(body: dict[str, Any]) -> Message | int:
        text = body["messages"][-1]["content"]
        whole = "KINGFISHER" in text and len(text) < 14_000
        return {"content": "KINGFISHER MARZIPAN"} if whole else able(body)

    found = probed(reply, window=8192)
    window = next(each for each in found.findings if each.name == "window")
    assert window.ok is False
    assert "loses one" in window.text
    assert found.profile.window == 2048


def test_a_model_is_named_where_the_endpoint_offers_none_or_several(monkeypatch: pytest.MonkeyPatch) -> None:
    async def offered(self: Endpoint) -> list[str]:
        return ["one", "two"]

    monkeypatch.setattr(Endpoint, "models", offered)
    with llm_server(bare) as (url, seen):
        with pytest.raises(WrongUse, match=r"--model; the endpoint offers one, two"):
            asked(url)
        assert seen == []
        assert asked(url, "two").model == "two"


def test_an_endpoint_that_never_replies_is_an_error() -> None:
    with pytest.raises(EndpointError, match="out of order"):
        probed(lambda body: 500)
    with pytest.raises(EndpointError, match="cannot be reached"):
        asked("http://127.0.0.1:9/v1")
