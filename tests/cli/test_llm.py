"""`wenyuan llm serve`, without a model."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from commands import Wenyuan
from wenyuan.models.llama_server import Serving


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
