"""Connections that go from one reader to the next."""

from __future__ import annotations

import sqlite3

import pytest

from wenyuan import sqlite
from wenyuan.errors import WrongUse
from wenyuan.store.connections import Connections


@pytest.fixture
def made(tmp_path):
    file = tmp_path / "a.sqlite"
    writer = sqlite.connect(file)
    writer.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL)")
    writer.execute("INSERT INTO meta VALUES ('version', 1)")
    opened: list[sqlite3.Connection] = []

    def connect() -> sqlite3.Connection:
        opened.append(sqlite.connect(file))
        return opened[-1]

    pool = Connections(connect)
    yield pool, writer, opened
    pool.close()
    writer.close()


def test_a_moment_that_a_reader_left_is_read_on_by_the_next(made):
    pool, _, opened = made
    first = pool.begin(1)
    pool.end(first)
    assert pool.begin(1) is first
    assert pool.begin(1) is not first, "it is in use"
    assert len(opened) == 2


def test_a_moment_of_another_version_is_let_go(made):
    pool, writer, opened = made
    pool.end(pool.begin(1))
    writer.execute("UPDATE meta SET value = 2")
    assert pool.begin(2).version == 2
    assert len(opened) == 1, "its connection serves the next"


def test_a_moment_sees_what_there_was(made):
    pool, writer, _ = made
    moment = pool.begin(1)
    writer.execute("UPDATE meta SET value = 2")
    assert moment.connection.execute("SELECT value FROM meta").fetchone() == (1,)
    assert pool.select("SELECT value FROM meta", ()) == [(2,)]


def test_moments_from_before_the_log_was_moved_are_left_to_nobody(made):
    pool, _, _ = made
    left, used = pool.begin(1), pool.begin(1)
    pool.end(left)
    with pool.moving():
        meanwhile = pool.begin(1)
        pool.end(meanwhile)
        assert pool.begin(1) is not meanwhile
    pool.end(used)
    fresh = pool.begin(1)
    assert fresh not in (left, used, meanwhile)
    pool.end(fresh)
    assert pool.begin(1) is fresh


def test_what_is_given_back_after_the_end_is_closed(made):
    pool, _, opened = made
    moment = pool.begin(1)
    pool.close()
    pool.end(moment)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")
    for ask in (lambda: pool.begin(1), lambda: pool.select("SELECT 1", ())):
        with pytest.raises(WrongUse, match="closed"):
            ask()
