"""SQLite's transactions are whole, and its errors those of the house."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from wenyuan.errors import Busy, Damaged, OutOfSpace
from wenyuan.sqlite import Errors, connect, transaction


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.sqlite"
    connection = connect(path)
    connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    connection.close()
    return path


@pytest.mark.parametrize("durable", [True, False])
def test_a_transaction_is_committed_whole_or_not_at_all(file: Path, durable: bool) -> None:
    connection = connect(file)
    with transaction(connection, durable=durable):
        connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(ZeroDivisionError), transaction(connection, durable=durable):  # noqa: PT012
        connection.execute("INSERT INTO t VALUES (2)")
        1 / 0  # noqa: B018
    assert not connection.in_transaction
    connection.close()
    other = connect(file)
    assert other.execute("SELECT n FROM t").fetchall() == [(1,)]
    other.close()


def test_foreign_keys_are_kept_and_what_is_committed_is_on_disk() -> None:
    connection = connect(None)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    connection.close()


def test_two_writers_wait_for_each_other(file: Path) -> None:
    one, two = connect(file), connect(file)
    two.execute("PRAGMA busy_timeout = 1")
    with transaction(one):
        one.execute("INSERT INTO t VALUES (1)")
        with pytest.raises(Busy, match=r"holds the list .*a\.sqlite; wait"), Errors("list", file, ""), transaction(two):
            pass
    with transaction(two):
        two.execute("INSERT INTO t VALUES (2)")
    one.close()
    two.close()


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    path.write_bytes(b"no database at all, but long enough to be read as one" * 20)
    said = r"The list .*a\.sqlite is damaged .*; make it anew\."
    with pytest.raises(Damaged, match=said), Errors("list", path, "make it anew"):
        connect(path)


def test_a_full_disk_is_told(file: Path) -> None:
    connection = connect(file)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    said = r"The disk of the list .*a\.sqlite is full"
    with pytest.raises(OutOfSpace, match=said), Errors("list", file, ""), transaction(connection):
        connection.executemany("INSERT INTO t VALUES (?)", ((n,) for n in range(100_000)))
    connection.close()


def test_other_errors_are_ours_and_pass_as_they_are(file: Path) -> None:
    connection = connect(file)
    with pytest.raises(sqlite3.OperationalError, match="syntax error"), Errors("list", file, ""):
        connection.execute("SELEKT")
    connection.close()
