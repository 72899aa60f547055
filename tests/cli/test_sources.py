"""`wenyuan sources`, with and without a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Wenyuan
from fakes import word_encoder
from fetch.server import LOOPBACK, Server, serving
from running import running
from wenyuan.server.service import Limits, Options
from wenyuan.server.shelf import Models

ALLOW = ("--allow-network", "127.0.0.0/8")


@pytest.fixture
def homely(wenyuan: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wenyuan:
    """In a folder with a home that has a knowledge base `kb`, read by a stand-in for the model."""
    monkeypatch.chdir(tmp_path)
    encoder = word_encoder()
    for module in ("wenyuan.engine.opening", "wenyuan.server.shelf"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda name, threads: encoder)
    monkeypatch.setenv("WENYUAN_RERANK__MODEL", "none")
    with running(tmp_path / "wenyuan-home", models=Models()) as server:
        server.service.shelf.make("default", "kb")
    return wenyuan


@pytest.fixture
def web() -> Iterator[Server]:
    with serving({"/a": b"<p>Alpha</p>", "/docs/": b"<a href='b'>b</a>", "/docs/b": b"<p>Beta</p>"}) as server:
        yield server


def test_a_source_is_added_run_listed_and_removed_without_a_server(homely: Wenyuan, web: Server) -> None:
    root = f"http://127.0.0.1:{web.server_port}"
    added = homely("sources", "add", f"{root}/docs/", "--name", "docs", "--every", "6h", "--group", "hr", *ALLOW)
    assert (added.code, added.out) == (0, "The source docs (site) is kept in step with.\n")
    assert "wenyuan sources run docs" in added.err
    done = homely("sources", "run", "docs", *ALLOW)
    assert (done.code, done.out.startswith("2 added;")) == (0, True)
    [listed] = homely("sources", "list", "--json").json["sources"]
    assert (listed["every"], listed["metadata"], listed["documents"]) == (21_600, {"access": ["hr"]}, 2)
    shown = homely("sources", "list").out
    assert shown == f"docs  site  2 documents  0 failed  {root}/docs/\n1 sources\n"
    removed = homely("sources", "remove", "docs")
    assert (removed.code, removed.out.startswith("2 deleted;")) == (0, True)
    assert homely("sources", "list").out == "0 sources\n"


def test_what_fails_is_named_and_the_command_fails(homely: Wenyuan, web: Server) -> None:
    homely("sources", "add", f"http://127.0.0.1:{web.server_port}/gone", "--name", "gone", *ALLOW)
    done = homely("sources", "run", "gone", *ALLOW)
    assert (done.code, "not there (404)" in done.err) == (1, True)
    assert "1 failed" in homely("sources", "list").out
    closed = homely("sources", "run", "gone")
    assert (closed.code, "no public address" in closed.err) == (1, True)


def test_a_folder_is_named_from_here_and_a_knowledge_base_by_its_folder(homely: Wenyuan, tmp_path: Path) -> None:
    (tmp_path / "my docs").mkdir()
    (tmp_path / "my docs" / "a.md").write_text("# Alpha", "utf-8")
    (tmp_path / "b.md").write_text("# Beta", "utf-8")
    assert homely("add", "b.md", "--kb", "other").code == 0
    made = homely("sources", "add", "my docs", "--kb", "other", "--json").json
    assert (made["name"], made["kind"], made["location"]) == ("my-docs", "folder", str(tmp_path / "my docs"))
    assert homely("sources", "run", "my-docs", "--kb", "other").code == 0
    assert "my docs/a.md" in homely("list", "--kb", "other").out


def test_a_server_that_runs_does_it(homely: Wenyuan, web: Server, tmp_path: Path) -> None:
    options = Options(limits=Limits(), networks=LOOPBACK)
    with running(tmp_path / "wenyuan-home", options, Models()):
        url = f"http://127.0.0.1:{web.server_port}/a"
        added = homely("sources", "add", url)
        assert (added.code, added.err) == (0, "")
        assert homely("sources", "run", "127-0-0-1").code == 0
        [listed] = homely("sources", "list", "--json").json["sources"]
        assert (listed["kind"], listed["documents"], listed["state"]) == ("web", 1, "done")
        assert homely("sources", "add", url).code == 1, "there is one of this name"
        assert homely("sources", "run", "none").code == 2
        assert "restart it with --allow-network" in homely("sources", "run", "127-0-0-1", *ALLOW).err
        assert homely("sources", "remove", "127-0-0-1").code == 0
        assert homely("sources", "list").out == "0 sources\n"


def test_credentials_come_from_a_file_and_are_not_printed(homely: Wenyuan, tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"key": "AKIA1234", "secret": "s3cret!"}), "utf-8")
    made = homely("sources", "add", "s3://bucket/docs", "--credentials", "keys.json", "--json")
    assert (made.json["name"], made.json["kind"], made.json["credentials"]) == ("bucket", "fsspec", True)
    assert "s3cret!" not in made.out + homely("sources", "list", "--json").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["add", "https://example.com/", "--every", "often"], "write for example 30m, 6h or 1d"),
     (["add", "https://example.com/", "--every", "1s"], "'every' does not fit"),
     (["add", "https://example.com/", "--kind", "page"], "'kind' does not fit"),
     (["add", "https://example.com/", "--kb", "none"], "There is no knowledge base 'none'"),
     (["add", "ftp://example.com/"], "nothing that can be read"),
     (["add", "no-such-folder"], "There is no file or folder"),
     (["add", "s3://b", "--credentials", "none.json"], "none.json cannot be read"),
     (["run", "none"], "There is no source 'none'"), (["remove", "none"], "There is no source 'none'"),
     (["run", "none", "--allow-network", "here"], "names no network")],
)  # fmt: skip
def test_what_makes_no_sense_is_one_sentence(homely: Wenyuan, arguments: list[str], said: str) -> None:
    done = homely("sources", *arguments)
    assert (done.code, said in done.err, done.err.count("\n")) == (2, True, 1)


@pytest.mark.parametrize("text", ["{", "[]"])
def test_credentials_that_are_none_are_refused(homely: Wenyuan, tmp_path: Path, text: str) -> None:
    (tmp_path / "keys.json").write_text(text, "utf-8")
    assert homely("sources", "add", "s3://b", "--credentials", "keys.json").code == 2
