"""Calls whose end nobody knows: seen, settled and taken up at the command line, after a real crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from commands import run
from llm_server import call, llm_server
from wenyuan.errors import WrongUse
from wenyuan.tools.journal import Journal, Key

ORDER = """
import os
from pathlib import Path
from wenyuan.tools import tool


@tool
def order(product: str) -> str:
    \"\"\"Order a product.\"\"\"
    done = Path(__file__).with_name("done.txt")
    with done.open("a") as file:
        file.write(product + "\\n")
    if Path(__file__).with_name("crash").exists():
        os.kill(os.getpid(), 9)
    return "ordered " + product
"""


def reply(body: dict[str, Any]) -> dict[str, Any]:
    if body.get("tools") and body["messages"][-1]["role"] != "tool":
        return {"tool_calls": [call("order", {"product": "filter"})]}
    told = body["messages"][-1]["content"]
    return {"text": f"{told}."}


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "pump.md").write_text("# Pump\n\nThe filter of the pump is changed every 500 hours.\n", "utf-8")
    run("add", str(docs), "--kb", str(tmp_path / "kb"))
    return tmp_path / "kb"


def listed(kb: Path) -> list[dict[str, str]]:
    return json.loads(run("calls", "list", "--kb", str(kb), "--json").stdout)["in_doubt"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(("said", "orders"), [(("--result", "ordered by telephone"), 1), (("--not-done",), 2)])
def test_a_call_that_a_crash_broke_off_is_settled_and_its_run_taken_up(
    kb: Path, tmp_path: Path, said: tuple[str, ...], orders: int
) -> None:
    tools, crash = tmp_path / "tools.py", tmp_path / "crash"
    tools.write_text(ORDER, "utf-8")
    crash.touch()
    with llm_server(reply) as (url, _):
        (kb / "wenyuan.toml").write_text(f'[llm]\nurl = "{url}"\nmodel = "m"\n', "utf-8")
        words = ["ask", "Order a filter for the pump.", "--tools", str(tools), "--kb", str(kb), "--json"]
        killed = subprocess.run(
            [sys.executable, "-c", "from wenyuan.cli.main import main; main()", *words],
            capture_output=True,
            check=False,
        )
        assert killed.returncode == -9
        (doubt,) = listed(kb)
        assert (doubt["tool"], json.loads(doubt["arguments"])) == ("order", {"product": "filter"})
        crash.unlink()

        with pytest.raises(WrongUse, match="no run 'mistyped'"):
            run(*words, "--run", "mistyped")
        settled = json.loads(run("calls", "settle", doubt["call"], *said, "--kb", str(kb), "--json").stdout)
        assert settled == {"call": doubt["call"], "run": doubt["run"], "done": orders == 1}
        assert listed(kb) == []
        answer = json.loads(run(*words, "--run", doubt["run"]).stdout)
    assert (tmp_path / "done.txt").read_text().splitlines() == ["filter"] * orders
    told = answer["tools"][0]["result"]
    assert told == ("ordered by telephone" if orders == 1 else "ordered filter")
    assert "No call is in doubt." in run("calls", "list", "--kb", str(kb)).stdout


def test_the_list_names_the_call_its_beginning_and_its_run(tmp_path: Path) -> None:
    with Journal(tmp_path / "tools.sqlite") as journal:
        journal.begin(Key("run-1", "pay", "h", 0), "id", '{"euro": 5}')
    shown = run("calls", "list", "--kb", str(tmp_path)).stdout
    assert 'pay({"euro": 5})' in shown
    assert " in run run-1" in shown


def test_what_is_old_and_not_in_doubt_is_forgotten(tmp_path: Path) -> None:
    with Journal(tmp_path / "tools.sqlite") as journal:
        for each in ("done", "doubt"):
            journal.begin(Key("run-1", "pay", each, 0), "id", "{}")
        journal.finish(Key("run-1", "pay", "done", 0), "paid")
    assert "0 calls forgotten" in run("calls", "forget", "--kb", str(tmp_path)).stdout
    forgotten = run("calls", "forget", "--days", "0", "--kb", str(tmp_path), "--json").stdout
    assert json.loads(forgotten) == {"forgotten": 1}
    assert len(listed(tmp_path)) == 1


def test_without_a_journal_there_is_nothing_and_none_is_made(tmp_path: Path) -> None:
    assert listed(tmp_path) == []
    assert "0 calls forgotten" in run("calls", "forget", "--kb", str(tmp_path)).stdout
    with pytest.raises(WrongUse, match="No call 'x' is in doubt"):
        run("calls", "settle", "x", "--not-done", "--kb", str(tmp_path))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["settle", "x"], "Say what came of the call"),
        (["settle", "x", "--result", "a", "--not-done"], "Say what came of the call"),
        (["settle", "x", "--not-done"], "No call 'x' is in doubt"),
        (["list", "--kb", "nowhere"], "There is no knowledge base in nowhere"),
    ],
)
def test_wrong_use_is_one_sentence(tmp_path: Path, words: list[str], said: str) -> None:
    Journal(tmp_path / "tools.sqlite").close()
    with pytest.raises(WrongUse, match=said):
        run("calls", *(words if "--kb" in words else [*words, "--kb", str(tmp_path)]))


@pytest.mark.parametrize("words", [["--run", "r"], ["--run", "r", "--tools", "t.py", "--chat"]])
def test_a_run_is_one_question_with_functions(tmp_path: Path, words: list[str]) -> None:
    question = [] if "--chat" in words else ["What?"]
    with pytest.raises(WrongUse, match="--run"):
        run("ask", *question, *words, "--kb", str(tmp_path))
