"""What is printed for people: whole, as it is, and without power over the terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commands import run
from fakes import word_encoder
from llm_server import call, llm_server
from screen import Screen, look
from wenyuan.cli import main, printing
from wenyuan.cli.asking import watch
from wenyuan.shapes import event_shape
from wenyuan.types import Answer, AnswerEvent, Decision, TextDelta, ToolCall, ToolCalled

LINK = "\x1b]8;;http://evil.example\x07bank\x1b]8;;\x1b\\"
HOSTILE = f"\x1b[2J {LINK} \x9b31m \x85 \x7f \u202egnp.exe\u202c \u2066x\u2069 \u061c\u200e\u200f"
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
OURS = re.compile(r"\x1b\[\??[0-9;]*[A-Za-z]|\r")  # rich's own orders to a terminal
QUESTION = "How long does the warranty of the pump last?"
SOURCE = f"The warranty of the pump lasts two :bug: years [b]{HOSTILE}[/b] from delivery."


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wenyuan.engine.opening.load_encoder", lambda name, threads: word_encoder())
    monkeypatch.setenv("WENYUAN_ANSWER__CONFIDENCE", "0")
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "pump.md").write_text(f"# Pump {HOSTILE}\n\n{SOURCE}\n", "utf-8")
    return folder


def on_terminal(monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What a terminal gets, stdout and stderr, without rich's own orders."""
    screen = look(monkeypatch)
    monkeypatch.setattr(sys, "argv", ["wenyuan", *words])
    with pytest.raises(SystemExit):
        main()
    return OURS.sub("", screen.getvalue())


@pytest.mark.parametrize(
    "words",
    [
        ("search", QUESTION),
        ("search", QUESTION, "--explain"),
        ("search", QUESTION, "--json"),
        ("ask", QUESTION),
        ("ask", QUESTION, "--json"),
        ("why", QUESTION, "--doc", "docs/pump.md"),
        ("rules", "test", QUESTION),
    ],
    ids=" ".join,
)
def test_no_text_of_a_document_reaches_the_terminal_as_an_order(
    docs: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    assert run("add", "docs").exit_code == 0
    seen = on_terminal(monkeypatch, *words)
    assert not STEERING.search(seen), STEERING.findall(seen)
    if words[0] in ("search", "ask") and "--explain" not in words:
        assert "\\u202egnp.exe" in seen, "what is taken away is shown"


def test_text_is_printed_as_it_is(docs: Path) -> None:
    run("add", "docs")
    for word in ("search", "ask"):
        said = run(word, QUESTION).stdout
        assert ":bug:" in said, "the name of an emoji is text"
        assert "[b]" in said


def test_json_means_the_same_with_escapes(docs: Path) -> None:
    run("add", "docs")
    [hit] = json.loads(run("search", QUESTION, "--json").stdout)["hits"]
    assert "\u202egnp.exe\u202c" in hit["text"]


def test_a_name_that_is_no_text_is_printed(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = on_terminal(monkeypatch, "add", "docs/\udce9.md")
    assert "docs/\\udce9.md" in seen
    seen.encode()


@pytest.mark.parametrize(
    "words",
    [
        ("search", QUESTION),
        ("search", QUESTION, "--explain"),
        ("ask", QUESTION),
        ("why", QUESTION, "--doc", "docs/pump.md"),
        ("why", QUESTION, "--doc", "docs/pump\nfound: x.md"),
        ("rules", "test", QUESTION),
        ("trace", "replay", "trace.json"),
        ("search", QUESTION, "--where", "a\nfound: x"),
    ],
    ids=ascii,
)
def test_a_name_with_a_new_line_fakes_no_line(
    docs: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    (docs / "pump.md").rename(docs / "pump\nfound: x.md")
    run("add", "docs")
    run("search", QUESTION, "--trace", "trace.json")
    lines = on_terminal(monkeypatch, *words).splitlines()
    assert any("\\nfound: x" in line for line in lines), lines
    assert not any(line.startswith("found: x") for line in lines)


def test_a_file_that_cannot_be_read_fakes_no_line(docs: Path) -> None:
    (docs / "a\nnote: x.pdf").write_bytes(b"%PDF")
    lines = run("add", "docs").stderr.splitlines()
    assert any(line.startswith("not read: docs/a\\nnote: x.pdf") for line in lines), lines
    assert not any(line.startswith("note: x") for line in lines)


def test_an_error_is_harmless(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = on_terminal(monkeypatch, "search", QUESTION, "--where", "a\x1b[2Jb")
    assert seen.startswith("wenyuan: ")
    assert not STEERING.search(seen)


def test_text_that_arrives_and_calls_are_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = look(monkeypatch)

    def events() -> Iterator[AnswerEvent]:
        yield TextDelta(HOSTILE)
        yield ToolCalled(ToolCall("1", "refund", f'{{"order":\n "{HOSTILE}"}}'))
        yield TextDelta("\x1b")
        yield TextDelta("[2J")
        yield Answer(Decision.ANSWERED, "", "Done.", (), 0.0)

    watch(map(event_shape, events()), as_json=False)
    seen = OURS.sub("", screen.getvalue())
    assert not STEERING.search(seen)
    assert 'calls refund({"order":\\n "\\u001b[2J ' in seen


@pytest.mark.parametrize("consent", ["y\n", "n\n"])
def test_a_person_sees_the_whole_call_before_agreeing(
    docs: Path, monkeypatch: pytest.MonkeyPatch, consent: str
) -> None:
    (docs.parent / "refund.py").write_text(
        "from wenyuan.tools import tool\n\n\n@tool(approval=True)\ndef refund(order: str) -> str:\n"
        '    """Refund an order."""\n    return \'refunded\'\n',
        "utf-8",
    )
    asked: list[str] = []

    def confirm(text: str, **_: object) -> bool:
        asked.append(text)
        return consent == "y\n"

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        if body["messages"][-1]["role"] != "tool":
            return {"tool_calls": [call("refund", {"order": f"\u202e{'7' * 500}\x9b8m"})]}
        return {"content": "Done."}

    monkeypatch.setattr("typer.confirm", confirm)
    run("add", "docs")
    with llm_server(reply) as (url, _):
        monkeypatch.setenv("WENYUAN_LLM__URL", url)
        monkeypatch.setenv("WENYUAN_LLM__MODEL", "m")
        monkeypatch.setattr(sys, "stdin", Screen())
        monkeypatch.setattr(sys, "argv", ["wenyuan", "ask", QUESTION, "--tools", "refund.py", "--json"])
        with pytest.raises(SystemExit):
            main()
    assert asked == [f'Call refund({{"order": "\\u202e{"7" * 500}\\u009b8m"}})?']


def test_a_table_in_a_pipe_is_never_cut(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    name = "a-name-that-is-longer-than-a-terminal-is-wide-" * 4
    (docs / "pump.md").rename(docs / f"{name}.md")
    run("add", "docs")
    lines = run("search", QUESTION, "--explain").stdout.splitlines()
    assert all(line.endswith(" score") or re.search(r" \d\.\d{3}$", line) for line in lines)
    assert any(f"{name}.md" in line for line in lines)


def test_no_command_prints_past_the_terminal() -> None:
    past = re.compile(r"sys\.std(?:out|err)|typer\.(?:s?echo|confirm|prompt)|Console\(|input\(")
    for module in Path(printing.__file__).parent.glob("*.py"):
        found = past.findall(module.read_text("utf-8"))
        assert not found or module.name in ("main.py", "printing.py", "terminal.py"), f"{module.name}: {found}"
