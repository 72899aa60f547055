"""Many values are looked up in groups that SQLite accepts."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest

from wenyuan.store.tables.among import GROUP, among


class Numbers:
    """A table of the even numbers below 3,000, asked as the catalogue is, and how many values each query had."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection, self.asked = connection, list[int]()
        connection.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO numbers VALUES (?)", [(n,) for n in range(0, 3000, 2)])

    def select(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        self.asked.append(len(values))
        return self.connection.execute(query, values).fetchall()


@pytest.mark.parametrize("count", [0, 1, GROUP, GROUP + 1, 2 * GROUP + 7])
def test_every_row_that_is_there_is_found_once_whatever_the_number_of_values(count: int) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        numbers = Numbers(connection)
        found = [n for (n,) in among(numbers, "SELECT n FROM numbers WHERE n", list(range(count)))]
        assert found == list(range(0, count, 2))
        assert sum(numbers.asked) == count
        assert max(numbers.asked, default=0) <= GROUP
