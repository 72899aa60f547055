"""`--help` in the reader's language."""

from __future__ import annotations

from typing import Any

import pytest
from typer.main import get_command

from commands import Wenyuan
from wenyuan.cli.main import app
from wenyuan.messages import catalogue


def texts(command: Any) -> set[str]:
    said = {each.help for each in (command, *command.params) if getattr(each, "help", None)}
    return said.union(*map(texts, getattr(command, "commands", {}).values()))


def test_every_text_has_its_chinese() -> None:
    assert texts(get_command(app)) <= catalogue().keys()


def test_the_locale_says_the_language_of_help(wenyuan: Wenyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    whole, one = wenyuan("--help").out, wenyuan("add", "--help").out
    assert whole.startswith("用法：wenyuan [OPTIONS]")
    assert "\n命令：\n  add " in whole
    assert "添加文档。" in whole
    assert "\n选项：\n" in one
    assert "写法同 .gitignore" in one
    monkeypatch.delenv("LANG")
    assert wenyuan("--help").out.startswith("Usage: wenyuan [OPTIONS]")
