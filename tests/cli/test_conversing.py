"""Conversations on the command line: a history from a file, and line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Wenyuan
from fakes import word_encoder

HISTORY = '{"role": "user", "content": "PX-200 水泵的保修期是多久？"}\n\n{"role": "assistant", "content": "两年。"}\n'


@pytest.fixture
def console(wenyuan: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wenyuan:
    """Runs commands in a folder with a knowledge base of two documents."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wenyuan.engine.opening.load_encoder", lambda name, threads: word_encoder())
    monkeypatch.setenv("WENYUAN_ANSWER__CONFIDENCE", "0")
    Path("docs").mkdir()
    Path("docs/px200.md").write_text("# 水泵\n\nPX-200 水泵的额定功率是 750 瓦。", "utf-8")
    Path("docs/px300.md").write_text("# 风机\n\nPX-300 风机的额定功率是 900 瓦。", "utf-8")
    assert wenyuan("add", "docs").code == 0
    return wenyuan


@pytest.mark.parametrize("command", ["search", "ask"])
def test_a_history_is_read_from_a_file(console: Wenyuan, command: str) -> None:
    Path("talk.jsonl").write_text(HISTORY.replace("两年", "两\u2028年"), "utf-8")  # a line of JSON ends with \n only
    code, out, err = console(command, "它的额定功率？", "--history", "talk.jsonl")
    assert code == 0
    assert "750" in out.splitlines()[0 if command == "ask" else 1]
    assert "注意：实际搜索的问题：PX-200 水泵的额定功率?" in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"role": "user"}', "line 1: it is no turn"),
        ('{"role": "user", "content": "x"}\n{"role": "robot", "content": "x"}', "line 2: it is no turn"),
        ("[1]", "line 1: it is no JSON object"),
        ("who?", "line 1: it is no JSON"),
        (None, "There is no file talk.jsonl"),
    ],
)
def test_a_history_that_is_none_is_wrong_use(console: Wenyuan, content: str | None, said: str) -> None:
    if content is not None:
        Path("talk.jsonl").write_text(content, "utf-8")
    code, out, err = console("ask", "x", "--history", "talk.jsonl")
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_chat_keeps_what_was_said(console: Wenyuan) -> None:
    typed = "PX-300 风机的额定功率？\n\n它的额定功率是多少瓦？\n"
    code, out, err = console("ask", "--chat", typed=typed)
    assert code == 0
    assert out.count("900") == 2
    assert "注意：实际搜索的问题：PX-300 风机的额定功率是多少瓦?" in err


@pytest.mark.parametrize(
    "arguments", [("ask",), ("ask", "x", "--chat"), ("ask", "--chat", "--json")], ids=["neither", "both", "json"]
)
def test_a_chat_takes_no_question_and_prints_no_json(console: Wenyuan, arguments: tuple[str, ...]) -> None:
    code, out, _ = console(*arguments)
    assert (code, out) == (2, "")


@pytest.mark.parametrize("goodbye", ["exit", "quit", "Bye!", "退出", "再见！", "謝謝，再見"])
def test_a_goodbye_ends_a_chat(console: Wenyuan, goodbye: str) -> None:
    code, out, err = console("ask", "--chat", typed=f"PX-300 风机的额定功率？\n{goodbye}\nPX-200 水泵的额定功率？\n")
    assert code == 0
    assert "900" in out
    assert "750" not in out
    assert "Asked as" not in err


def test_thanks_are_returned_and_the_chat_goes_on(console: Wenyuan) -> None:
    code, out, err = console("ask", "--chat", typed="PX-300 风机的额定功率？\n谢谢！\n它的额定功率是多少瓦？\n")
    assert code == 0
    assert "不客气。" in out
    assert out.count("[1] docs") == 2
    assert "实际搜索的问题：PX-300 风机的额定功率是多少瓦?" in err
