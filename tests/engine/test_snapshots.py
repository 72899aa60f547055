"""Copies by name within a knowledge base, and the way back to one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archives import open_archive
from copies import SETTINGS, alter, held, made, strays
from wenyuan.engine.snapshots import delete, listed, roll_back, take
from wenyuan.errors import Busy, Damaged, NoKnowledgeBase, WrongUse

from .house import House, ids


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    return made(tmp_path / "kb", "a.md", "b.md", settings=SETTINGS)


def names(kb: Path) -> list[str]:
    return [each.name for each in listed(kb)]


def test_back_to_what_it_was_and_back_again(kb: Path) -> None:
    with open_archive(kb):  # while it is held
        taken = take(kb, "erst-1")
    assert (taken.about.documents, names(kb)) == (2, ["erst-1"])
    first = held(kb)
    alter(kb, "a.md", "c.md")
    (kb / "wenyuan.toml").unlink()
    (kb / "rules.toml").write_text("")
    second = held(kb)
    assert roll_back(kb, "erst-1").name == "before-erst-1"
    assert held(kb) == first
    assert not (kb / "rules.toml").exists()
    roll_back(kb, "before-erst-1")
    assert held(kb) == second
    assert (kb / "rules.toml").exists()
    roll_back(kb, "erst-1")
    assert names(kb) == ["erst-1", "before-erst-1", "before-before-erst-1", "before-erst-1-2"]
    assert strays(kb) == []


def test_the_snapshot_stays_as_it_was_when_files_are_replaced(kb: Path) -> None:
    take(kb, "one")
    for _ in range(2):
        new = kb / "files/.new"
        new.write_text("changed")
        new.replace(kb / "files/a.md")
        roll_back(kb, "one")
        assert (kb / "files/a.md").read_text() == "a.md all"


def test_a_sync_reads_no_snapshot(house: House, tmp_path: Path) -> None:
    house.write("a.md", "# A\n\nalpha")
    house.kb.add(tmp_path)  # the folder in which the knowledge base lies, too
    (tmp_path / "kb/files").mkdir()
    (tmp_path / "kb/files/own.md").write_text("# Own\n\nbeta")
    house.kb.take("own.md")
    take(tmp_path / "kb", "one")
    report = house.kb.sync()
    assert (report.added, report.unchanged) == ([], 2)
    assert [info.id for info in house.kb.documents()] == [*ids("a.md"), "own.md"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-a", "_a", ".a", "a b", "a" * 65, "a\n", "/etc", "e\u0301"])
def test_names_are_checked(kb: Path, name: str) -> None:
    with pytest.raises(WrongUse, match="cannot be the name"):
        take(kb, name)
    for use in (roll_back, delete):
        with pytest.raises(WrongUse, match="There is no snapshot"):
            use(kb, name)


def test_a_name_is_taken_once_and_known_or_not(kb: Path) -> None:
    take(kb, "泵-1")
    with pytest.raises(WrongUse, match="already"):
        take(kb, "泵-1")
    with pytest.raises(WrongUse, match=r"choose from: 泵-1\."):
        roll_back(kb, "other")
    delete(kb, "泵-1")
    with pytest.raises(WrongUse, match="there are none"):
        delete(kb, "泵-1")
    assert (names(kb), strays(kb)) == ([], [])


def test_where_there_is_no_knowledge_base_there_is_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(NoKnowledgeBase):
        take(tmp_path / "kb", "one")
    with pytest.raises(NoKnowledgeBase):
        listed(tmp_path / "kb")
    assert [*tmp_path.iterdir()] == []


def test_what_is_no_snapshot_is_not_listed(kb: Path) -> None:
    take(kb, "good")
    for name, said in (
        ("empty", None),
        ("broken", "{"),
        ("list", "[]"),
        ("newer", '{"format": 99}'),
        (".copy-x", "{}"),
    ):
        (kb / "snapshots" / name).mkdir()
        if said is not None:
            (kb / "snapshots" / name / "about.json").write_text(said)
    (kb / "snapshots/file").write_text("")
    assert names(kb) == ["good"]


def test_a_knowledge_base_that_is_held_is_not_rolled_back(kb: Path) -> None:
    take(kb, "one")
    with open_archive(kb), pytest.raises(Busy):
        roll_back(kb, "one")
    assert names(kb) == ["one"]


def test_a_damaged_snapshot_changes_nothing(kb: Path) -> None:
    take(kb, "one")
    alter(kb, "a.md", "c.md")
    before = held(kb)
    (kb / "snapshots/one/catalogue.sqlite").write_bytes(b"nonsense" * 1000)
    with pytest.raises(Damaged):
        roll_back(kb, "one")
    assert held(kb) == before
    assert (names(kb), strays(kb)) == (["one"], [])


def test_a_damaged_knowledge_base_is_rolled_back_and_kept_as_it_is(kb: Path) -> None:
    take(kb, "one")
    good = held(kb)
    (kb / "catalogue.sqlite").write_bytes(b"nonsense" * 1000)
    shutil.rmtree(kb / "index")
    roll_back(kb, "one")
    assert held(kb) == good
    assert (kb / "snapshots/before-one/catalogue.sqlite").read_bytes() == b"nonsense" * 1000
    with pytest.raises(Damaged):
        roll_back(kb, "before-one")
    assert held(kb) == good
