"""`doctor --llm`: endpoints of several kinds, and what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI
from typer.testing import CliRunner

from llm_server import Message, call, llm_server
from wenyuan.cli.main import app
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


def examine(reply: Reply, *options: str) -> dict[str, Any]:
    with llm_server(reply) as (url, _):
        result = CliRunner().invoke(app, ["doctor", "--llm", url, "--json", *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


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
    ],
)
def test_what_an_endpoint_can_do_is_found_out(reply: Reply, profile: dict[str, Any]) -> None:
    found = examine(reply)
    assert found["model"] == "m"
    assert found["profile"] | profile == found["profile"]
    assert all(finding["text"].endswith(".") for finding in found["findings"])


def test_the_profile_is_kept_where_there_is_a_knowledge_base() -> None:
    assert examine(able)["file"] is None
    Path("kb").mkdir()
    found = examine(small)
    kept = json.loads(Path("kb/endpoints.json").read_text("utf-8"))
    assert found["file"] == "kb/endpoints.json"
    assert kept[f"m@{found['url']}"]["tools"] == "schema"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_password_or_key_of_the_url_is_shown_or_kept(options: list[str]) -> None:
    Path("kb").mkdir()
    with llm_server(able) as (url, seen):
        secret = url.replace("://", "://user:hunter2@") + "?api_key=hunter3"
        result = CliRunner().invoke(app, ["doctor", "--llm", secret, *options], catch_exceptions=False)
    shown = f"{url.replace('://', '://***@')}?api_key=***"
    assert seen
    assert shown in result.stdout
    assert "hunter" not in result.output
    assert list(json.loads(Path("kb/endpoints.json").read_text("utf-8"))) == [f"m@{shown}"]


def test_an_endpoint_that_stands_in_is_asked_with_its_own_key_and_model(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("kb").mkdir()
    with llm_server(lambda body: 500) as (url, seen):
        settings = f'''
            [llm]
            url = "http://127.0.0.1:9/v1"
            model = "first"
            key = "of-the-first"
            [[llm.fallbacks]]
            url = "{url}"
            model = "second"
            key = "of-the-second"
        '''
        Path("kb/wenyuan.toml").write_text(settings, "utf-8")
        keys: list[str] = []
        make = AsyncOpenAI.__init__

        def noted(self: AsyncOpenAI, **given: Any) -> None:
            keys.append(given["api_key"])
            make(self, **given)

        monkeypatch.setattr(AsyncOpenAI, "__init__", noted)
        with pytest.raises(EndpointError, match="out of order"):
            CliRunner().invoke(app, ["doctor", "--llm", url], catch_exceptions=False)
    assert {*keys} == {"of-the-second"}
    assert {body["model"] for body in seen} == {"second"}


def test_the_window_is_tried() -> None:
    def reply(body: dict[str, Any]) -> Message | int:
        text = body["messages"][-1]["content"]
        whole = "KINGFISHER" in text and len(text) < 14_000
        return {"content": "KINGFISHER MARZIPAN"} if whole else able(body)

    found = next(each for each in examine(reply, "--window", "8192")["findings"] if each["name"] == "window")
    assert found["ok"] is False
    assert "loses one" in found["text"]


def test_a_person_reads_a_line_for_each_finding() -> None:
    with llm_server(able) as (url, _):
        result = CliRunner().invoke(app, ["doctor", "--llm", url])
    assert " yes  tools      Calls functions." in result.stdout
    assert "Not kept" in result.stdout


def test_nobody_listens() -> None:
    with pytest.raises(EndpointError, match="cannot be reached"):
        CliRunner().invoke(app, ["doctor", "--llm", "http://127.0.0.1:9/v1"], catch_exceptions=False)


@pytest.mark.parametrize("options", [["--model", "m"], ["--window", "4096"]])
def test_options_of_an_endpoint_need_one(options: list[str]) -> None:
    with pytest.raises(WrongUse, match="--llm"):
        CliRunner().invoke(app, ["doctor", *options], catch_exceptions=False)
