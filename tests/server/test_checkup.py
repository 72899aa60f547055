"""What is looked at of a server's home."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from archives import open_archive
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.server.checkup import examine
from wenyuan.server.database import Database
from wenyuan.server.home import Home
from wenyuan.server.keys import Keys


@pytest.fixture
def home(tmp_path: Path) -> Path:
    Database(Home(tmp_path / "home", {}).database).close()
    return tmp_path / "home"


def found(home: Path) -> dict[str, list[tuple[str, str]]]:
    said: dict[str, list[tuple[str, str]]] = {}
    for each in examine(home):
        said.setdefault(each.what, []).append((each.standing, each.sentence))
    return said


def standings(home: Path, what: str) -> list[str]:
    return [standing for standing, _ in found(home).get(what, [])]


def test_a_new_home_has_no_problem_and_no_key(home: Path) -> None:
    said = found(home)
    assert [standing for each in said.values() for standing, _ in each].count("problem") == 0
    assert said["keys"][0][0] == "note"
    assert standings(home, "staging") == standings(home, "database") == standings(home, "folder") == ["good"]


def test_a_home_that_others_can_read(home: Path) -> None:
    home.chmod(0o755)
    assert standings(home, "folder") == ["problem"]


def test_a_full_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenyuan.server.checkup._SPARE", 1 << 62)
    assert standings(home, "disk") == ["problem"]


@pytest.mark.parametrize("content", [b"nonsense" * 1000, b"SQLite format 3\0" + b"x" * 5000])
def test_a_damaged_database_is_told_and_the_rest_is_looked_at(home: Path, content: bytes) -> None:
    (home / "server.sqlite").write_bytes(content)
    assert standings(home, "database") == ["problem"]
    assert standings(home, "disk") == ["good"]


def test_keys(home: Path) -> None:
    database = Database(home / "server.sqlite")
    keys = Keys(database)
    reader, _ = keys.add("reader", "default", ["read"])
    assert standings(home, "keys") == ["good", "note"]
    keys.add("chief", "default", ["admin"])
    assert standings(home, "keys") == ["good"]
    database.write("UPDATE keys SET created = ? WHERE id = ?", time.time() - 400 * 86_400, reader.id)
    assert found(home)["keys"][-1] == ("note", "Keys end when they are revoked only; older than a year: reader.")
    database.close()


def test_what_is_left_over(home: Path) -> None:
    database = Database(home / "server.sqlite")
    database.make("CREATE TABLE IF NOT EXISTS jobs (id TEXT, state TEXT)")
    (home / "staging/wanted").mkdir()
    (home / "staging/left").mkdir()
    database.write("INSERT INTO jobs (id, state) VALUES ('wanted', 'queued'), ('left', 'done')")
    database.close()
    assert found(home)["staging"] == [
        ("note", "1 uploads belong to no job; a server removes what is left of them when it starts.")
    ]


def test_knowledge_bases(home: Path) -> None:
    good, held, other = (home / "tenants/default" / name for name in ("good", "held", "other"))
    KnowledgeBase.open(good).close()
    open_archive(other).close()
    with KnowledgeBase.open(held):
        said = [standing for standing, _ in found(home)["knowledge base"]]
    assert said == ["good", "note", "problem"]


def test_there_must_be_a_home(tmp_path: Path) -> None:
    with pytest.raises(WrongUse):
        [*examine(tmp_path)]
    assert [*tmp_path.iterdir()] == []
