"""The language that the command line speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Wenyuan
from wenyuan.cli.reader import Reader, told

LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LOCALES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")


def test_the_locale_says_the_language_until_something_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LOCALES:
        monkeypatch.delenv(name, raising=False)
    reader = Reader()
    reader.arrive()
    assert reader.language == "en"
    reader.asks("保修多久？")
    assert reader.language == "zh"
    monkeypatch.setenv("LC_ALL", "zh_TW.UTF-8")
    reader.arrive()
    assert reader.language == "zh"
    reader.asks("PPR-9087 ?!")
    assert reader.language == "zh", "a code is of no language"
    reader.asks("How long is the warranty?")
    assert reader.language == "en"


@pytest.mark.usefixtures("chinese")
def test_a_chinese_locale_is_told_what_was_done_in_chinese(stocked: Wenyuan) -> None:
    assert stocked("add", "nowhere").err.startswith("wenyuan: 没有文件或文件夹 ")
    done = stocked("add", "docs")
    assert done.out == "新增 2 个；编码 2 个段落，沿用 0 个；版本 1\n"
    assert stocked("serach", "x").err == "wenyuan: 没有命令 `wenyuan serach`，是不是要用 `wenyuan search`？\n"
    assert stocked("add", "docs", "--fast").err.startswith("wenyuan: 没有选项 --fast；")
    assert told("Nothing found.") == "没有找到。"


@pytest.mark.usefixtures("chinese")
def test_a_question_in_english_is_answered_in_english(filled: Wenyuan) -> None:
    assert filled("ask", "Which filter?", "--where", "x").err.startswith("wenyuan: --where 'x' is not a test;")
    assert filled("ask", "", "--kb", "kb").err == "wenyuan: 问题是空的，请至少写一个词。\n"
    done = filled("search", "warranty", "--where", "type=pdf")
    assert done.out == "Nothing found.\n"


def test_a_question_in_chinese_is_answered_in_chinese(filled: Wenyuan) -> None:
    assert filled("search", "保修多久", "--where", "type=pdf").out == "没有找到。\n"
    answer = filled("ask", "滤芯型号是什么？").out
    assert answer.splitlines()[-1] == "[1] docs/泵.md › 泵 > 滤芯，第 12–27 字"
    assert "characters" in filled("ask", "Which filter?").out
    assert filled("ask", "保修？", "--kb", "nowhere").err.startswith("wenyuan: ")
    assert "没有知识库" in filled("ask", "保修？", "--kb", "nowhere").err


def test_json_is_the_same_in_every_language(filled: Wenyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("docs/a.doc").write_text("x")
    english = filled("sync", "--json").json
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert filled("sync", "--json").json == english
