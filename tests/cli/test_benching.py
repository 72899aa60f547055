"""`wenyuan bench tools`, of an endpoint that always calls the first function."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import Wenyuan
from llm_server import Message, call, llm_server

TASKS = Path(__file__).resolve().parents[1] / "data" / "tool_tasks"


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")  # a pipe is as wide as its lines


def calls_the_first(body: dict[str, Any]) -> Message:
    """Always, and without arguments."""
    return {"tool_calls": [call(body["tools"][0]["function"]["name"], {})]}


@pytest.fixture
def url() -> Iterator[str]:
    with llm_server(calls_the_first) as (url, _):
        yield url


def test_the_bench_prints_shares_a_category(wenyuan: Wenyuan, url: str) -> None:
    code, out, err = wenyuan("bench", "tools", str(TASKS), "--url", url, "--model", "m", "--limit", "2")
    assert (code, err) == (0, "")
    assert f"m@{url}, path native" in out
    assert [line.split("│")[1].strip() for line in out.splitlines() if line.startswith("│")] == [
        "irrelevance_en",
        "irrelevance_zh",
        "single_en",
        "single_zh",
        "all",
        "all",
    ]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_password_or_key_of_the_url_is_printed(wenyuan: Wenyuan, url: str, options: list[str]) -> None:
    secret = url.replace("://", "://user:hunter2@") + "?api_key=hunter3"
    code, out, err = wenyuan("bench", "tools", str(TASKS), "--url", secret, "--model", "m", "--limit", "1", *options)
    assert (code, err) == (0, "")
    assert f"m@{url.replace('://', '://***@')}?api_key=***" in out
    assert "hunter" not in out


def test_the_bench_without_an_endpoint_says_which_option_is_missing(
    wenyuan: Wenyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WENYUAN_LLM__URL", raising=False)
    code, _, err = wenyuan("bench", "tools", str(TASKS), "--model", "m")
    assert code == 2
    assert "Missing option '--url'" in err


def test_the_bench_as_json_names_every_mistake(wenyuan: Wenyuan, url: str) -> None:
    code, out, _ = wenyuan("bench", "tools", str(TASKS), "--url", url, "--model", "m", "--json")
    record: dict[str, Any] = json.loads(out)
    assert code == 0
    assert len(record["mistakes"]) == 18
    assert record["shares"][-1] == record["shares"][-1] | {"category": "all", "language": "zh", "n": 9, "right": 0.0}
    assert record["mistakes"][0]["mistake"] == "1 calls where 0 are right"
    assert record["mistakes"][0]["calls"][0]["arguments"] == "{}"


@pytest.mark.parametrize(
    ("url", "code", "said"),
    [
        ("http://user:hunter2@127.0.0.1:9/v1", 1, "http://***@127.0.0.1:9/v1 cannot be reached"),
        ("http://user:hunt/er2@127.0.0.1:9/v1", 2, "'http://***@127.0.0.1:9/v1' is no base URL"),
        ("user:hunter2@127.0.0.1:9", 2, "'***@127.0.0.1:9' is no base URL"),
        ("http:///v1", 2, "'http:///v1' is no base URL"),
    ],
)
def test_an_endpoint_that_cannot_be_asked_is_one_sentence(wenyuan: Wenyuan, url: str, code: int, said: str) -> None:
    done, out, err = wenyuan("bench", "tools", str(TASKS), "--url", url, "--model", "m")
    assert (done, out, err.count("\n")) == (code, "", 1)
    assert err.startswith(f"wenyuan: {said}")
    assert "hunt" not in err
