"""What a mirror holds is written down, and found again."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.errors import Damaged, NoAccess
from wenyuan.fetch.ledger import Held, Ledger

A = Held("https://example.com/", "example.com/index.html", "example.com/index.html", "s", "d", {"url": "水"})


def test_items_are_there_when_it_is_opened_again(tmp_path: Path) -> None:
    other = Held("b", "b.md", "../b.md")
    with Ledger(tmp_path / "l.sqlite") as ledger:
        ledger.put(A, durable=True)
        ledger.put(other)
        ledger.put(Held(A.key, A.path, A.wish, "s2", "d2"))
    with Ledger(tmp_path / "l.sqlite") as ledger:
        assert ledger.items() == {A.key: Held(A.key, A.path, A.wish, "s2", "d2"), "b": other}
        ledger.drop("b")
        ledger.drop("unknown")
        assert [*ledger.items()] == [A.key]


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "l.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(Damaged, match="list of a mirror"):
        Ledger(tmp_path / "l.sqlite")
    with pytest.raises(NoAccess):
        Ledger(tmp_path / "nowhere" / "l.sqlite")
