"""`wenyuan llm serve` and `wenyuan bench tools`, without a model."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from commands import Wenyuan
from wenyuan.cli import printing
from wenyuan.errors import EndpointError
from wenyuan.models.llama_server import Serving
from wenyuan.types import Piece, Reply, Request, ToolCall

TASKS = Path(__file__).resolve().parents[1] / "data" / "tool_tasks"


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "out", Console(width=200, markup=False, highlight=False))


class Caller:
    """A model that always calls the first function without arguments."""

    id, window, closed = "caller", 4096, False

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        yield Reply("", (ToolCall("1", request.tools[0].name, "{}"),))

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Caller:
    caller = Caller()
    monkeypatch.setattr("wenyuan.cli.benching._model", lambda asked, path, seconds: (caller, caller))
    return caller


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serving_says_where_and_stops_at_a_signal(
    wenyuan: Wenyuan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stop: signal.Signals
) -> None:
    ended: list[Serving] = []

    @contextmanager
    def served(serving: Serving) -> Iterator[str]:
        os.kill(os.getpid(), stop)
        yield "http://127.0.0.1:4321/v1"
        ended.append(serving)

    handlers = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr("wenyuan.models.llama_server.serve", served)
    monkeypatch.setenv("WENYUAN_LLM__KEY", "secret")
    try:
        code, out, err = wenyuan("llm", "serve", str(tmp_path / "small.gguf"), "--port", "0", "--context", "2048")
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
    assert (code, err) == (0, "")
    assert '[llm]\nurl = "http://127.0.0.1:4321/v1"\nmodel = "small"\nwindow = 2048\n' in out
    assert ended == [Serving(tmp_path / "small.gguf", "127.0.0.1", 0, 1, 2048, "secret")]
    assert "wenyuan doctor --kb KB --llm http://127.0.0.1:4321/v1 --model small\n" in out
    assert "secret" not in out


def test_a_file_that_cannot_be_served_is_wrong_use(wenyuan: Wenyuan, tmp_path: Path) -> None:
    code, out, err = wenyuan("llm", "serve", str(tmp_path / "absent.gguf"))
    assert (code, out) == (2, "")
    assert err.startswith("wenyuan: There is no file ")


def test_the_bench_prints_shares_a_category(wenyuan: Wenyuan, model: Caller) -> None:
    code, out, err = wenyuan("bench", "tools", str(TASKS), "--url", "http://x/v1", "--model", "m", "--limit", "2")
    assert (code, err) == (0, "")
    assert "m@http://x/v1, path native" in out
    assert [line.split("│")[1].strip() for line in out.splitlines() if line.startswith("│")] == [
        "irrelevance_en",
        "irrelevance_zh",
        "single_en",
        "single_zh",
        "all",
        "all",
    ]
    assert model.closed


def test_the_bench_without_an_endpoint_says_which_option_is_missing(
    wenyuan: Wenyuan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WENYUAN_LLM__URL", raising=False)
    code, _, err = wenyuan("bench", "tools", str(TASKS), "--model", "m")
    assert code == 2
    assert "Missing option '--url'" in err


def test_the_bench_as_json_names_every_mistake(wenyuan: Wenyuan, model: Caller) -> None:
    code, out, _ = wenyuan("bench", "tools", str(TASKS), "--url", "http://x/v1", "--model", "m", "--json")
    record: dict[str, Any] = json.loads(out)
    assert code == 0
    assert len(record["mistakes"]) == 18
    assert record["shares"][-1] == record["shares"][-1] | {"category": "all", "language": "zh", "n": 9, "right": 0.0}
    assert record["mistakes"][0]["mistake"] == "1 calls where 0 are right"
    assert record["mistakes"][0]["calls"][0]["arguments"] == "{}"


def test_an_endpoint_that_is_down_is_one_sentence(
    wenyuan: Wenyuan, model: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(request: Request) -> AsyncGenerator[Piece, None]:
        raise EndpointError("Nobody answers at http://x/v1; start it.", "connect")
        yield

    monkeypatch.setattr(model, "stream", down)
    code, out, err = wenyuan("bench", "tools", str(TASKS), "--url", "http://x/v1", "--model", "m")
    assert (code, out, err) == (1, "", "wenyuan: Nobody answers at http://x/v1; start it.\n")
    assert model.closed
