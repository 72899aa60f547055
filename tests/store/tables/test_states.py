"""The token scorer's states, which come and go with their chunks."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from archives import Now, change, chunk_id, digest, open_archive
from wenyuan.store.change import Change


def with_states(name: str, texts: list[str]) -> Change:
    return replace(change(name, texts), states=[text.encode() for text in texts])


def test_states_come_and_go_with_their_chunks(tmp_path):
    with open_archive(tmp_path / "kb") as archive:
        archive.adopt("late@1")
        archive.replace([with_states("a", ["one", "two"]), change("b", ["three"])])
        assert Now(archive).states([chunk_id("a", "one"), chunk_id("b", "three"), 7]) == {chunk_id("a", "one"): b"one"}
        assert archive.states_for([digest("two"), digest("three")]) == {digest("two"): b"two"}
        archive.replace([with_states("a", ["two", "four"])])
        assert archive.states_for([digest(text) for text in ("one", "two", "four")]) == {
            digest("two"): b"two",
            digest("four"): b"four",
        }
        archive.remove(["a"])
        assert archive.states_for([digest("two")]) == {}
        assert archive.check() == []


def test_states_of_another_scorer_are_forgotten_and_none_keeps_them(tmp_path):
    with open_archive(tmp_path / "kb") as archive:
        archive.adopt("late@1")
        archive.replace([with_states("a", ["one"])])
    for scorer, left in (("", 1), ("late@1", 1), ("late@2", 0)):
        with open_archive(tmp_path / "kb") as archive:
            if scorer:
                archive.adopt(scorer)
            assert len(Now(archive).states([chunk_id("a", "one")])) == left
            assert archive.count() == 1


def test_a_knowledge_base_from_before_states_gets_room_for_them(tmp_path):
    with open_archive(tmp_path / "kb") as archive:
        archive.replace([change("a", ["one"])])
    with sqlite3.connect(tmp_path / "kb" / "catalogue.sqlite") as old:
        old.execute("DROP TABLE states")
    old.close()
    with open_archive(tmp_path / "kb") as archive:
        archive.adopt("late@1")
        archive.replace([with_states("b", ["two"])])
        assert archive.states_for([digest("one"), digest("two")]) == {digest("two"): b"two"}
