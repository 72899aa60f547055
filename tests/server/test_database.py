"""The server's own file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyuan.errors import Damaged
from wenyuan.server.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "server.sqlite")
    made.make("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, x TEXT)")
    yield made
    made.close()


def test_what_is_written_is_there_for_the_next_process(database: Database, tmp_path: Path) -> None:
    assert database.write("INSERT INTO t (x) VALUES (?)", "a") == 1
    database.write_all("INSERT INTO t (x) VALUES (?)", [("b",), ("c",)])
    again = Database(tmp_path / "server.sqlite")
    assert again.select("SELECT x FROM t WHERE n > ?", 1) == [("b",), ("c",)]
    again.close()


def test_a_transaction_is_whole_or_not_at_all(database: Database) -> None:
    def fails() -> None:
        with database.writing():
            database.write("INSERT INTO t (x) VALUES ('a')")
            raise LookupError

    with pytest.raises(LookupError):
        fails()
    assert database.select("SELECT * FROM t") == []


def test_many_threads_share_it(database: Database) -> None:
    def add() -> None:
        for _ in range(20):
            database.write("INSERT INTO t (x) VALUES ('a')")

    threads = [threading.Thread(target=add) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.select("SELECT count(*) FROM t") == [(100,)]


def test_a_file_that_is_none_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "server.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(Damaged, match="server database"):
        Database(tmp_path / "server.sqlite")


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    (tmp_path / "server.sqlite").touch(0o644)
    made = Database(tmp_path / "server.sqlite")
    made.make("CREATE TABLE t (x)")
    modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
    made.close()
    assert modes == dict.fromkeys(["server.sqlite", "server.sqlite-wal", "server.sqlite-shm"], 0o600)
