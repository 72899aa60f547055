"""What a server answers is printed as if this process had: the same bytes, the same exit code."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from commands import Run, Wenyuan
from fakes import word_encoder
from kb_server import Refused, Served, kb_server
from running import running
from screen import look
from wenyuan.cli import remote
from wenyuan.server import shelf

TIMINGS = re.compile(r'"timings_ms": \{[^}]*\}')
READING = [
    ["search", "滤芯 ppr9087"],
    ["search", "warranty", "--explain"],
    ["search", "warranty", "--explain", "--json"],
    ["search", "warranty", "--leg", "bm25", "-k", "1", "--where", "type=md"],
    ["search", "😀", "--json"],
    ["search", "它呢？", "--history", "talk.jsonl"],
    ["search", "《Pump》 滤芯 warranty"],
    ["search", "《Pump》 滤芯 warranty", "--no-constraints"],
    ["search", "absent", "--where", "type=none"],
    ["search", "  "],
    ["search", "x", "--rerank-ms", "50"],
    ["search", "水泵", "--rerank-ms", "50"],
    ["search", "x", "--leg", "bm26"],
    ["search", "x", "--where", "type>3"],
    ["search", "x", "--filter", '{"field": "a", "op": "eq", "value": {"b": 1}}'],
    ["ask", "滤芯型号是什么？"],
    ["ask", "How long is the warranty?", "--json"],
    ["ask", "Hello!"],
    ["ask", ""],
    ["ask"],
    ["why", "warranty", "--doc", "docs/泵.md", "-k", "1"],
    ["why", "warranty", "--doc", "docs/pump.md", "--json", "--where", "type=pdf,docx"],
    ["why", "warranty", "--doc", "Docs/Pump.md"],
    ["why", "滤芯", "--doc", "docs/泵.md", "--ask"],
    ["list"],
    ["list", "docs/", "--json"],
    ["list", "."],
    ["list", "", "--where", "product=X1"],
    ["list", "--where", "time>=2024-01-01", "--where", "product=X1,X2"],
    ["list", "docs", "--filter", '{"not": {"field": "type", "op": "in", "value": ["md", "pdf"]}}'],
    ["list", "nowhere"],
    ["show", "docs/泵.md"],
    ["show", "docs/pump.md", "--json"],
    ["show", "docs/泵.md", "--at", "3-9"],
    ["show", "docs/泵.md", "--at", "999-1000"],
    ["show", "pump.md"],
    ["show", "docs/a?b #100%25.md"],
    ["show", ""],
]
WRITING = [
    ["sync"],
    ["add", "docs"],
    ["add", "docs", "more", "--json", "--meta", "product=X1,X2", "--meta", "checked=true", "--exclude", "drafts/"],
    ["add", "docs", "nowhere"],
    ["add", "docs", "--exclude", "!"],
    ["add", "docs", "--meta", "type=x"],
    ["add", "more/empty.md"],
    ["sync", "--json"],
    ["delete", "docs/泵.md"],
    ["delete", "docs/pum.md"],
    ["delete", ""],
    ["delete", "docs/", "--json"],
    ["add", "more/valve.md"],
    ["delete", "."],
    ["delete", "docs"],
]


def told(run: Run) -> tuple[int, str, str]:
    """A run without what takes another time each time."""
    return run.code, TIMINGS.sub("", run.out), run.err


@pytest.fixture
def two(filled: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wenyuan:
    """Runs commands in a folder with a knowledge base, of which `tmp_path / "there"` has the same one."""
    here = tmp_path / "here"
    here.mkdir()
    for name in ("docs", "kb"):
        Path(name).rename(here / name)
    monkeypatch.chdir(here)
    Path("docs/a?b #100%25.md").write_text("---\nproduct: [X1, X3]\n---\n# Odd\n\nAn odd name.", "utf-8")
    assert filled("add", "docs", "--meta", "n=1").code == 0
    Path("talk.jsonl").write_text('{"role": "user", "content": "PPR-9087 滤芯多少钱？"}\n', "utf-8")
    Path("more/drafts").mkdir(parents=True)
    Path("more/valve.md").write_text("# Valve\n\nThe valve is red.\n", "utf-8")
    Path("more/drafts/new.md").write_text("# New\n\nNot yet.\n", "utf-8")
    Path("more/empty.md").write_text("", "utf-8")
    Path("more/old.doc").write_text("x", "utf-8")
    shutil.copytree(here, tmp_path / "there", symlinks=True)
    return filled


@pytest.fixture
def there(two: Wenyuan, tmp_path: Path) -> Iterator[Served]:
    """The other folder's server, which holds it."""
    with kb_server(tmp_path / "there" / "kb") as served:
        yield served


def both(two: Wenyuan, arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Run, Run]:
    here = two(*arguments)
    monkeypatch.chdir(tmp_path / "there")
    return here, two(*arguments)


def run_in(folder: Path, wenyuan: Wenyuan, arguments: list[str]) -> tuple[int, str, str]:
    """A run in `folder`, whose own name no sentence has."""
    with contextlib.chdir(folder):
        code, out, err = told(wenyuan(*arguments))
    return code, out, err.replace(f"/{folder.name}/", "/")


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_server_that_holds_the_folder_answers_as_this_process_would(
    two: Wenyuan, there: Served, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8" if language == "zh" else "C.UTF-8")
    for arguments in READING:
        expected = run_in(tmp_path / "here", two, arguments)
        assert run_in(tmp_path / "there", two, arguments) == expected, arguments
    assert len(there.seen) > 30


@pytest.mark.slow
def test_a_server_that_holds_the_folder_works_as_this_process_would(
    two: Wenyuan, there: Served, tmp_path: Path
) -> None:
    for arguments in WRITING:
        for each in (arguments, ["list", "--json"]):
            expected = run_in(tmp_path / "here", two, each)
            assert run_in(tmp_path / "there", two, each) == expected, arguments
    assert len(there.jobs) > 6


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_real_server_answers_and_works_as_this_process_would(
    two: Wenyuan, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8" if language == "zh" else "C.UTF-8")
    monkeypatch.setattr(shelf, "load_encoder", lambda name, threads: word_encoder())
    with running(tmp_path / "home", served={"kb": tmp_path / "there" / "kb"}, models=shelf.Models()) as server:
        for arguments in (*READING, *WRITING, ["list", "--json"]):
            expected = run_in(tmp_path / "here", two, arguments)
            assert run_in(tmp_path / "there", two, arguments) == expected, arguments
        assert server.service.jobs.last("default", 99)


@pytest.mark.slow
def test_a_server_with_a_url_answers_as_this_process_would(
    two: Wenyuan, there: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WENYUAN_API_KEY", f"{there.token}\n")
    there.page = 2
    for arguments in READING:
        if arguments != ["list", "."]:  # a place here, and none there
            assert told(two(*arguments, "--server", there.url)) == told(two(*arguments)), arguments
    expected = told(two("list"))
    monkeypatch.setenv("WENYUAN_SERVER", there.url)
    assert told(two("list", "--kb", "nowhere/at/all/kb")) == expected
    assert two("list", "--server", "", "--kb", "nowhere").code == 2


def test_a_path_leads_from_the_folder_of_who_types_it(two: Wenyuan, there: Served, tmp_path: Path) -> None:
    for place in ("here", "there"):
        (tmp_path / place / "docs" / "sub").mkdir()
    for arguments in (
        ["show", "../pump.md"],
        ["show", "docs/pump.md"],
        ["show", "pump.md"],
        ["list", "../../docs"],
        ["list", "../.."],
        ["list", "."],
        ["why", "warranty", "--doc", "../pump.md"],
        ["delete", "pump.md"],
        ["delete", "../pump.md", "--json"],
    ):
        here, at = (
            run_in(tmp_path / place / "docs" / "sub", two, [*arguments, "--kb", "../../kb"])
            for place in ("here", "there")
        )
        assert at == here, arguments


def test_a_conversation_is_told_with_each_question(
    two: Wenyuan, there: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = "滤芯型号是什么？\n谢谢！\nHow long is the warranty?\nbye\nnever asked\n"
    here = two("ask", "--chat", typed=typed)
    monkeypatch.chdir(tmp_path / "there")
    assert told(two("ask", "--chat", typed=typed)) == told(here)
    assert [len(body["history"]) for body in there.bodies] == [0, 2, 4, 6]


def test_how_a_question_is_asked_is_told(two: Wenyuan, there: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENYUAN_API_KEY", there.token)
    two("ask", "warranty?", "--no-llm", "--no-constraints", "--where", "time>=2024-01-01", "--server", there.url)
    two("search", "warranty", "--no-rerank", "--leg", "dense", "-k", "3", "--server", there.url)
    asked, searched = there.bodies
    assert (asked["llm"], asked["constraints"], asked["stream"], asked["trace"]) == (False, False, True, False)
    assert asked["filter"] == {"field": "time", "op": "gte", "value": 1704067200.0}
    assert (searched["rerank"], searched["legs"], searched["k"]) == (False, ["dense"], 3)


@pytest.mark.parametrize("command", ["search", "ask"])
def test_a_trace_is_written_and_runs_again(
    two: Wenyuan, there: Served, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "there")
    done = two(command, "滤芯 ppr9087", "--trace", "trace.json", "--json").json
    assert not {"trace", "trace_id"} & done.keys()
    assert json.loads(Path("trace.json").read_text("utf-8"))["format"] == 1
    assert two("trace", "replay", "trace.json").code == 0


@pytest.mark.parametrize("options", [["--tools", "stock.py"], ["--tools", "stock.py", "--run", "r"]])
def test_functions_run_only_where_the_knowledge_base_is_held(
    two: Wenyuan, there: Served, options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "there")
    done = two("ask", "warranty?", *options)
    assert (done.code, done.out, there.seen) == (2, "", [])
    assert "stop the server, or leave them out" in done.err


# --- files that are sent


@pytest.fixture
def afar(two: Wenyuan, there: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """A server on another machine, with nothing in its knowledge base."""
    monkeypatch.setenv("WENYUAN_API_KEY", there.token)
    monkeypatch.setenv("WENYUAN_SERVER", there.url)
    assert two("delete", "docs").code == 0
    there.bodies.clear()
    return there


def test_files_are_sent_by_their_names_from_here(two: Wenyuan, afar: Served) -> None:
    sent = two("add", "docs", "more", "--exclude", "drafts/", "--meta", "product=X1,X2", "--json")
    assert sent.code == 1, "a file is empty"
    report = json.loads(sent.out)
    assert report["added"] == ["docs/a?b #100%25.md", "docs/pump.md", "docs/泵.md", "more/valve.md"]
    assert report["passed_over"] == {".doc": 1}
    assert list(report["failed"]) == ["more/empty.md"]
    assert two("list", "--where", "product=X2").out.splitlines()[-1] == "4 documents, 4 passages"
    assert two("show", "docs/泵.md").out.endswith(Path("docs/泵.md").read_text("utf-8") + "\n")
    assert two("sync").code == 0


def test_many_files_are_sent_in_batches_that_make_one_report(
    two: Wenyuan, afar: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wenyuan.cli.uploading._FILES", 2)
    Path("docs/pump.md.meta.json").write_text('{"product": "PX-200"}', "utf-8")
    steps: list[tuple[int, int | None]] = []

    @contextlib.contextmanager
    def watched() -> Iterator[Any]:
        yield lambda step: steps.append((step.done, step.total))

    monkeypatch.setattr(remote, "progress", watched)
    report = two("add", "docs", "more/valve.md", "--json").json
    assert len(report["added"]) == 4
    assert (report["encoded"], report["version"]) == (4, two("list") and report["version"])
    sent = [(body["files"], body["metadata"]) for body in afar.bodies if "files" in body]
    assert sent == [
        (["docs/a?b #100%25.md"], {}),
        (["docs/pump.md"], {"product": "PX-200"}),
        (["docs/泵.md", "more/valve.md"], {}),
    ]
    assert {total for _, total in steps} <= {4}
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_where_there_is_nothing_to_send_nothing_is(two: Wenyuan, afar: Served) -> None:
    Path("none").mkdir()
    done = two("add", "none")
    assert done.out.startswith("nothing to do; 0 passages encoded, 0 reused; version ")
    assert not [body for body in afar.bodies if "files" in body]


# --- what goes wrong


@pytest.mark.parametrize(
    ("refused", "code"),
    [(Refused(400, "No."), 2), (Refused(404, "No."), 2), (Refused(422, "No."), 2), (Refused(403, "No."), 1)]
    + [(Refused(status, "No."), 1) for status in (401, 409, 429, 500, 503)],
)
def test_errors_of_the_server_are_ours(
    two: Wenyuan, there: Served, refused: Refused, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.refuses = refused
    for arguments in (["search", "x"], ["ask", "x"], ["sync"], ["list"]):
        done = two(*arguments, "--server", there.url)
        assert told(done) == (code, "", "wenyuan: No.\n")


def test_what_the_server_says_is_told_in_the_readers_language(two: Wenyuan, there: Served) -> None:
    there.refuses = Refused(429, "The server is at work for others, and too many wait already; ask again in a second.")
    assert "服务器" in two("search", "水泵", "--server", there.url).err
    assert "The server" in two("search", "pump", "--server", there.url).err
    assert there.languages == ["en", "en"]


def test_a_job_that_fails_is_an_error(two: Wenyuan, there: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENYUAN_API_KEY", there.token)
    for kind, code in (("invalid_request_error", 2), ("server_error", 1)):
        there.fails = {"message": "It did not work.", "type": kind}
        assert told(two("sync", "--server", there.url)) == (code, "", "wenyuan: It did not work.\n")


def test_a_job_whose_events_break_off_is_looked_at_again(
    two: Wenyuan, there: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WENYUAN_API_KEY", there.token)
    there.cuts = True
    assert two("sync", "--server", there.url).code == 0
    cut = two("ask", "滤芯型号是什么？", "--server", there.url)
    assert (cut.code, cut.out) == (1, "")
    assert "中断了连接" in cut.err


def test_a_person_who_stops_waiting_is_told_that_the_server_goes_on(
    two: Wenyuan, there: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path / "there")
    monkeypatch.setattr(remote, "time", SimpleNamespace(sleep=stop))
    for arguments in (["add", "docs"], ["sync"]):
        there.goes_on.clear()
        done = two(*arguments)
        there.goes_on.set()
        assert (done.code, done.out) == (130, "")
        assert done.err == "Stopped waiting: the server goes on with what it has; `wenyuan list` shows what is there.\n"


def test_progress_is_shown_on_a_terminal(
    two: Wenyuan, there: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "there")
    screen = look(monkeypatch)
    assert two("add", "docs", "more/valve.md").code == 0
    assert "0:00:00" in screen.getvalue()
