"""Knowledge bases of version 0.1.0 are opened as they are, and lose nothing."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

from archives import change, found, open_archive
from wenyuan.types import WHOLE, Mark, Root

OLD = {  # the tables of format 1 that referred to others
    "chunks": "document INTEGER NOT NULL REFERENCES documents",
    "vectors": "chunk INTEGER PRIMARY KEY REFERENCES chunks",
    "states": "chunk INTEGER PRIMARY KEY REFERENCES chunks",
    "summaries": "chunk INTEGER PRIMARY KEY REFERENCES chunks",
}


MARKS = (Mark(0, 1, "表一", 1), Mark(10, 2), Mark(14, 2, "表二", 7))


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
        old.execute("ALTER TABLE documents ADD COLUMN marks TEXT NOT NULL DEFAULT '[]'")
        for document, at, page, sheet, row in old.execute(
            "SELECT document, at, page, sheet, row FROM marks"
        ).fetchall():
            mark = {"at": at, "page": page, "sheet": sheet, "row": row}
            old.execute(
                "UPDATE documents SET marks = json_insert(marks, '$[#]', json(?)) WHERE key = ?",
                (json.dumps(mark), document),
            )
        old.execute("DROP TABLE marks")
        old.execute("ALTER TABLE roots DROP COLUMN exclude")
        old.execute("UPDATE meta SET value = 1 WHERE name = 'format'")
    old.close()


def test_an_old_knowledge_base_is_opened_and_its_rows_go_with_their_documents(tmp_path):
    with open_archive(tmp_path) as kb:
        first = change("old manual.md", ["red apple", "red pear"])
        document = replace(first.document, marks=MARKS)
        kb.replace([replace(first, document=document), change("b.md", ["plum"])])
        kb.add_root("docs", Root({"product": "X"}))
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
        assert kb.roots() == {"docs": Root({"product": "X"})}
        with kb.view(WHOLE) as view:
            assert view.named("manual") == ["old manual.md"]
            assert view.document("old manual.md") == document
            assert view.marks("old manual.md", 12, 14) == (MARKS[1],)
        kb.remove(["old manual.md"])
        with kb.view(WHOLE) as view:
            counts = {table: view.select(f"SELECT count(*) FROM {table}")[0][0] for table in (*OLD, "marks")}
            assert counts == {"chunks": 1, "vectors": 1, "states": 0, "summaries": 0, "marks": 0}
            assert view.named("manual") == []
        assert kb.check() == []
    open_archive(tmp_path).close()


def test_one_of_before_corrections_gets_a_place_for_them(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["red apple"])])
    with sqlite3.connect(tmp_path / "catalogue.sqlite") as old:
        old.execute("DROP TABLE corrections")
        old.execute("UPDATE meta SET value = 4 WHERE name = 'format'")
    old.close()
    with open_archive(tmp_path) as kb, kb.view(WHOLE) as view:
        assert [each.shown.text for each in view.passages("a.md")] == ["red apple"]
        assert view.corrections() == []
        assert view.meta()["format"] == 5
