"""Commands run in a folder of their own, and one with two documents."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from commands import Wenyuan, command_of, shell
from fakes import word_encoder
from wenyuan.cli.reader import reader


@pytest.fixture(autouse=True)
def in_english() -> None:
    """No test begins with the language of the one before."""
    reader.arrive()


@pytest.fixture(autouse=True)
def commands_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for the commands to be put together again."""
    for module, name in (("wenyuan.cli.main", "get_command"), ("typer.testing", "_get_command")):
        monkeypatch.setattr(importlib.import_module(module), name, command_of)


@pytest.fixture
def wenyuan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wenyuan:
    """Run a command as a person does."""
    return shell(monkeypatch, capsys)


@pytest.fixture
def stocked(wenyuan: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wenyuan:
    """The same in a folder with two documents in docs/, with a stand-in for the model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in ("wenyuan.engine.opening", "wenyuan.evaluate.judged"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda name, threads: word_encoder())
    monkeypatch.setenv("WENYUAN_ANSWER__CONFIDENCE", "0")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "泵.md").write_text("# 泵\n\n## 滤芯\n\n滤芯型号是 PPR-9087。", "utf-8")
    (docs / "pump.md").write_text("# Pump\n\nThe warranty lasts two years.", "utf-8")
    return wenyuan


@pytest.fixture
def filled(stocked: Wenyuan) -> Wenyuan:
    """The same with the documents in a knowledge base."""
    assert stocked("add", "docs").code == 0
    return stocked
