"""Who answers: this process, or a server that says it holds the folder and does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Wenyuan
from kb_server import kb_server
from wenyuan.cli.here import Here
from wenyuan.cli.holder import desk
from wenyuan.cli.remote import There
from wenyuan.store.lock import Lock

NOBODY = "http://127.0.0.1:9"
READING = (["search", "滤芯"], ["ask", "滤芯型号是什么？"], ["list"], ["show", "docs/泵.md"])


@pytest.fixture
def held(filled: Wenyuan) -> Iterator[Path]:
    """A knowledge base that another process has open, which is no server."""
    lock = Lock(Path("kb/lock"))
    yield Path("kb")
    lock.release()


def leave(text: str) -> None:
    Path("kb/server.json").write_text(text, "utf-8")


def word(url: str = NOBODY) -> str:
    return json.dumps({"url": url, "kb": "kb", "token": "t"})


def test_without_a_server_this_process_answers(filled: Wenyuan) -> None:
    assert isinstance(desk(Path("kb"), None), Here)
    assert isinstance(desk(Path("kb"), ""), Here)
    assert isinstance(desk(Path("nowhere"), None), Here)


def test_a_server_that_is_named_or_holds_the_folder_answers(held: Path) -> None:
    assert isinstance(desk(held, NOBODY), There)
    assert isinstance(desk(held, None), Here)
    leave(word())
    assert isinstance(desk(held, None), There)


def test_what_a_killed_server_left_behind_is_of_no_matter(filled: Wenyuan) -> None:
    expected = [filled(*arguments) for arguments in READING]
    leave(word())
    assert [filled(*arguments) for arguments in READING] == expected
    assert filled("sync").code == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"url": 3, "kb": "kb", "token": "t"}', "{"])
def test_a_file_that_says_nothing_is_none(held: Path, text: str) -> None:
    leave(text)
    assert isinstance(desk(held, None), Here)


def test_where_nobody_listens_the_knowledge_base_is_in_use(held: Path, filled: Wenyuan) -> None:
    without = [filled(*arguments) for arguments in (*READING, ["sync"], ["add", "docs"])]
    leave(word())
    assert [filled(*arguments) for arguments in (*READING, ["sync"], ["add", "docs"])] == without
    assert {run.code for run in without} == {1}
    assert "is in use by process" in without[2].err


def test_a_server_is_asked_without_a_model_an_index_or_a_parser(filled: Wenyuan) -> None:
    script = (
        f"import sys\nsys.path[:] = {sys.path!r}\nfrom wenyuan.cli import main\n"
        "sys.argv = ['wenyuan', *sys.argv[1:]]\n"
        "try:\n    main()\nexcept SystemExit as left:\n    code = left.code\n"
        "print(*sys.modules, code, file=sys.stderr)"
    )
    with kb_server(Path("kb")):
        for arguments in (
            ["ask", "滤芯型号是什么？"],
            ["search", "滤芯", "--json"],
            ["add", "docs"],
            ["show", "docs/泵.md"],
        ):
            done = subprocess.run(
                [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
            )
            *modules, code = done.stderr.split()
            assert code == "0", arguments
            heavy = (
                "onnxruntime",
                "tokenizers",
                "qdrant_edge",
                "markitdown",
                "openai",
                "wenyuan.engine.knowledge_base",
            )
            assert {*modules}.isdisjoint(heavy), arguments
