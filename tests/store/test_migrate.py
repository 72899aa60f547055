"""Knowledge bases of version 0.1.0 are opened as they are, and lose nothing."""

from __future__ import annotations

import sqlite3

import pytest

from wenyuan.errors import Damaged

from .builders import change, found, open_archive

OLD = {  # the tables of format 1 that referred to others
    "chunks": "document INTEGER NOT NULL REFERENCES documents",
    "vectors": "chunk INTEGER PRIMARY KEY REFERENCES chunks",
    "states": "chunk INTEGER PRIMARY KEY REFERENCES chunks",
    "summaries": "chunk INTEGER PRIMARY KEY REFERENCES chunks",
}


def aged(file) -> None:
    """Make a catalogue what it was in format 1: no cascades, no table of names."""
    with sqlite3.connect(file) as old:
        old.execute("PRAGMA writable_schema = ON")
        for table in OLD:
            old.execute(
                "UPDATE sqlite_master SET sql = replace(sql, ' ON DELETE CASCADE', '') WHERE name = ?", (table,)
            )
        old.execute("PRAGMA writable_schema = OFF")
        old.execute("DROP TABLE names")
        old.execute("UPDATE meta SET value = 1 WHERE name = 'format'")
    old.close()


def test_an_old_knowledge_base_is_opened_and_its_rows_go_with_their_documents(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("old manual.md", ["red apple", "red pear"]), change("b.md", ["plum"])])
    file = tmp_path / "catalogue.sqlite"
    aged(file)
    with sqlite3.connect(file) as old:
        for table, column in OLD.items():
            [(sql,)] = old.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
            assert column in sql
            assert "CASCADE" not in sql
    old.close()
    with open_archive(tmp_path) as kb:
        assert found(kb, "red apple") == (["red apple", "red pear", "plum"], ["red apple", "red pear"])
        with kb.view() as view:
            assert view.named("manual") == ["old manual.md"]
        kb.remove(["old manual.md"])
        with kb.view() as view:
            for table in ("chunks", "vectors"):
                assert view.select(f"SELECT count(*) FROM {table}") == [(1,)]
            assert view.named("manual") == []
        assert kb.check() == []
    open_archive(tmp_path).close()


def test_another_format_is_refused(tmp_path):
    open_archive(tmp_path).close()
    with sqlite3.connect(tmp_path / "catalogue.sqlite") as later:
        later.execute("UPDATE meta SET value = 9 WHERE name = 'format'")
    later.close()
    with pytest.raises(Damaged, match="format 9"):
        open_archive(tmp_path)
