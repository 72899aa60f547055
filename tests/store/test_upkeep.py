"""Care of the index: when it is optimised by itself, and what is told where it differs from the catalogue."""

from __future__ import annotations

from archives import change, chunk_id, open_archive
from wenyuan.errors import OutOfSpace
from wenyuan.store import upkeep


def test_check_names_each_fault(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["red apple", "red pear"]), change("b.md", ["plum"], n=3), change("c.md", ["fig"])])
        kb._store.delete([chunk_id("a.md", "red pear")])
        kb._store.set_payload([chunk_id("b.md", "plum")], change("b.md", ["plum"], n=4).payload)
        stray = change("c.md", ["stray"])
        kb._store.upsert(stray.points({chunk.id for chunk in stray.chunks}))
        assert kb.check() == [
            "a.md: 1 chunks are missing from the index, 0 are left over.",
            "b.md: the index holds other metadata than the catalogue.",
            "c.md: 0 chunks are missing from the index, 1 are left over.",
        ]


def test_optimising_that_fails_is_told_once_and_tried_again_later(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(upkeep, "OPTIMISE_FROM", 100)
    with open_archive(tmp_path) as kb:

        def fail():
            raise OutOfSpace("No room.")

        monkeypatch.setattr(kb._store, "optimise", fail)
        kb.replace([change("a.md", [f"w{n} all" for n in range(110)])])
        kb._optimiser.join()
        for number in range(3):
            kb.replace([change(f"{number}.md", ["w1"])])
        kb._optimiser.join()
        assert caplog.messages == ["No room."]
        kb.replace([change("b.md", [f"w{n} all" for n in range(30)])])
        kb._optimiser.join()
        assert caplog.messages == ["No room.", "No room."]


def test_optimising_starts_by_itself_once_it_is_worth_it(tmp_path, monkeypatch):
    monkeypatch.setattr(upkeep, "OPTIMISE_FROM", 100)
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", [f"w{n} all" for n in range(90)])])
        kb._optimiser.join()
        assert (tmp_path / "index/CURRENT").read_text() == "shard-1"
        kb.replace([change("b.md", [f"w{n} all" for n in range(20)])])
        kb._optimiser.join()
        assert (tmp_path / "index/CURRENT").read_text() == "shard-2"
        kb.replace([change("c.md", ["w1"])])
        kb._optimiser.join()
        assert kb.check() == []
    assert {path.name for path in (tmp_path / "index").iterdir()} == {"CURRENT", "shard-2"}


def test_a_small_index_whose_documents_come_and_go_lets_go_of_what_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(upkeep, "OPTIMISE_FROM", 100)
    with open_archive(tmp_path) as kb:
        for state in range(9):
            kb.replace([change("a.md", [f"w{n} state {state}" for n in range(5)])])
        kb._optimiser.join()
        assert (tmp_path / "index/CURRENT").read_text() == "shard-1"
        for state in range(9, 12):
            kb.replace([change("a.md", [f"w{n} state {state}" for n in range(5)])])
        kb._optimiser.join()
        assert (tmp_path / "index/CURRENT").read_text() == "shard-2"
        assert (kb.count(), kb.check()) == (5, [])


def test_closing_while_optimising_does_not_wait_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(upkeep, "OPTIMISE_FROM", 1)
    kb = open_archive(tmp_path)
    kb.replace([change("a.md", [f"w{n} all" for n in range(500)])])
    kb.close()
    with open_archive(tmp_path) as kb:
        assert kb.count() == 500
        assert kb.check() == []
