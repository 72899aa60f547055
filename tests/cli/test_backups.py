"""`wenyuan backup`, `restore` and `snapshots`, as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Wenyuan
from copies import made
from wenyuan.server.database import Database
from wenyuan.server.home import Home


def test_there_and_back(filled: Wenyuan) -> None:
    assert filled("backup", "kb.tar.gz").out.startswith("kb.tar.gz: 0.")
    assert filled("restore", "kb.tar.gz", "--kb", "back").out.startswith("2 documents, 2 passages, as of 20")
    assert "PPR-9087" in filled("search", "滤芯型号", "--kb", "back").out
    assert filled("sync", "--kb", "back").out.startswith("2 unchanged; 0 passages encoded")
    assert filled("backup", "kb.tgz", "--json").json["bytes"] == Path("kb.tgz").stat().st_size
    assert filled("restore", "kb.tgz", "--kb", "third", "--json").json["documents"] == 2


def test_what_is_there_is_replaced_by_force_only(filled: Wenyuan) -> None:
    filled("backup", "kb.tar.gz")
    filled("delete", "docs/pump.md")
    run = filled("restore", "kb.tar.gz")
    assert (run.code, run.err) == (
        2,
        "wenyuan: kb is there already; name a folder that is not, or give --force to replace what it has.\n",
    )
    assert filled("restore", "kb.tar.gz", "--force").code == 0
    assert "2 documents" in filled("list").out
    assert "before-restore" in filled("snapshots", "list").out


def test_a_broken_file_is_one_sentence(filled: Wenyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("x.tar.gz").write_bytes(b"nonsense")
    run = filled("restore", "x.tar.gz", "--kb", "back")
    assert (run.code, run.err.count("\n")) == (1, 1)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert filled("restore", "x.tar.gz", "--kb", "back").err.startswith("wenyuan: 这个备份不能使用（")
    assert not Path("back").exists()


def test_snapshots(filled: Wenyuan) -> None:
    assert filled("snapshots", "take", "first").out == "2 documents, 2 passages kept as first\n"
    filled("delete", "docs/pump.md")
    told = "The knowledge base is that of first; what it was before is kept as before-first.\n"
    assert filled("snapshots", "restore", "first").out == told
    assert "2 documents" in filled("list").out
    assert [each["name"] for each in filled("snapshots", "list", "--json").json["snapshots"]] == [
        "first",
        "before-first",
    ]
    assert filled("snapshots", "delete", "first").out == "The snapshot first is gone.\n"
    assert filled("snapshots", "list").out.endswith("\n1 snapshots\n")
    assert filled("snapshots", "restore", "first").code == 2
    assert filled("snapshots", "take", "a/b").code == 2
    assert filled("snapshots", "list", "--kb", "nowhere").code == 2


def test_a_whole_server(wenyuan: Wenyuan, tmp_path: Path) -> None:
    home = tmp_path / "home"
    Database(Home(home, {}).database).close()
    made(home / "tenants/default/manuals", "a.md")
    file, back = str(tmp_path / "all.tar.gz"), str(tmp_path / "back")
    assert wenyuan("backup", file, "--home", str(home)).code == 0
    assert wenyuan("restore", file, "--home", back).out == "1 knowledge bases restored\n"
    assert wenyuan("restore", file, "--home", back).code == 2
    assert wenyuan("restore", file, "--home", f"{back}2", "--json").json == {"knowledge_bases": ["default/manuals"]}
    assert wenyuan("restore", file, "--kb", str(tmp_path / "kb")).code == 1, "it is of a server"
