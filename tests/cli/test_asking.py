"""Asking with a language model, with functions of a file, and without either."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import run
from llm_server import call, llm_server
from screen import look
from wenyuan.cli.asking import watch
from wenyuan.errors import WrongUse
from wenyuan.shapes import event_shape
from wenyuan.types import Answer, AnswerEvent, Decision, TextDelta, ToolCall, ToolCalled

QUESTION = "How long does the warranty of the PX-200 pump last?"
STOCK = '''
from wenyuan.tools import tool


@tool(readonly=True)
def stock(product: str) -> int:
    """How many of a product are in stock."""
    return 7
'''


OWN_TYPES = '''
from __future__ import annotations
from dataclasses import dataclass
from wenyuan.tools import tool


@dataclass
class Made:
    year: int


@tool(readonly=True)
def stock(product: str, made: Made | None = None) -> int:
    """How many of a product are in stock."""
    return 7


pieces = stock
'''


def reply(body: dict[str, Any]) -> dict[str, Any]:
    if body.get("tools") and body["messages"][-1]["role"] != "tool":
        return {"tool_calls": [call("stock", {"product": "PX-200"})]}
    told = body["messages"][-1]["content"] if body.get("tools") else ""
    return {"content": f"Two years {told}[1]."}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    monkeypatch.chdir(tmp_path)
    Path("docs").mkdir()
    Path("docs/pump.md").write_text("# PX-200\n\nThe warranty of the PX-200 pump lasts two years.\n", "utf-8")
    Path("stock.py").write_text(STOCK, "utf-8")
    with llm_server(reply) as (url, seen):
        monkeypatch.setenv("WENYUAN_LLM__URL", url)
        monkeypatch.setenv("WENYUAN_LLM__MODEL", "m")
        assert run("add", "docs").exit_code == 0
        yield seen


def ask(*arguments: str) -> dict[str, Any]:
    result = run("ask", *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_settings_model_writes(server: list[dict[str, Any]]) -> None:
    answer = ask(QUESTION)
    assert (answer["answer"], answer["model"]) == ("Two years [1].", "m")
    assert answer["usage"] == {"prompt": 900, "completion": 20}
    assert answer["citations"][0]["quote"] == "The warranty of the PX-200 pump lasts two years."


def test_without_it_the_answer_is_quoted(server: list[dict[str, Any]]) -> None:
    answer = ask(QUESTION, "--no-llm")
    assert answer["model"] is None
    assert server == []


def test_functions_of_a_file_are_called(server: list[dict[str, Any]]) -> None:
    answer = ask(QUESTION, "--tools", "stock.py")
    [called] = answer["tools"]
    assert (called["name"], called["result"], called["ok"]) == ("stock", "7", True)


def test_a_file_of_functions_may_have_types_of_its_own_and_names_for_them(server: list[dict[str, Any]]) -> None:
    Path("stock.py").write_text(OWN_TYPES, "utf-8")
    assert ask(QUESTION, "--tools", "stock.py")["tools"][0]["result"] == "7"


def test_nothing_is_painted_over_what_a_person_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = look(monkeypatch)
    painted: list[str] = []

    def events() -> Iterator[AnswerEvent]:
        yield TextDelta("Let me see.")
        yield ToolCalled(ToolCall("1", "refund", '{"order": "[red]"}'))
        before = screen.getvalue()
        time.sleep(0.3)  # a person reads
        painted.append(screen.getvalue().removeprefix(before))
        yield TextDelta("Done.")
        yield Answer(Decision.ANSWERED, "", "Done.", (), 0.0)

    assert watch(map(event_shape, events()), as_json=False)["answer"] == "Done."
    assert painted == [""]
    assert "Done." in screen.getvalue()


def test_a_chat_tells_the_model_what_was_said(server: list[dict[str, Any]]) -> None:
    result = run("ask", "--chat", typed=f"{QUESTION}\nAnd what does it weigh?\n")
    assert result.exit_code == 0
    assert [message["role"] for message in server[1]["messages"]] == ["system", "user", "assistant", "user"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "no Python file"), ("x = 1", "no function marked @tool"), ("raise KeyError('a')", "cannot be run")],
)
def test_a_file_without_functions_is_refused(server: list[dict[str, Any]], content: str | None, sentence: str) -> None:
    if content is not None:
        Path("mine.py").write_text(content)
    with pytest.raises(WrongUse, match=sentence):
        run("ask", QUESTION, "--tools", "mine.py")


def test_functions_without_a_model_are_refused(server: list[dict[str, Any]]) -> None:
    with pytest.raises(WrongUse, match="leave out"):
        run("ask", QUESTION, "--tools", "stock.py", "--no-llm")
