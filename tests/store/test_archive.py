"""The archive: commits that are atomic over catalogue and index, reopening, locking, damage."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from wenyuan.errors import Busy, Damaged, OutOfSpace, WrongModel, WrongUse
from wenyuan.store import archive as module
from wenyuan.store import upkeep
from wenyuan.store.change import Change
from wenyuan.store.edge import EdgeStore
from wenyuan.store.qdrant import QdrantStore
from wenyuan.types import Condition, Mark, SparseVector

from .builders import DIMENSION, Now, both, change, chunk_id, dense, digest, found, open_archive, search, sparse


@pytest.fixture
def kb(tmp_path):
    with open_archive(tmp_path / "kb") as archive:
        yield archive


def test_every_commit_raises_the_version_and_shows_in_both_legs(kb):
    assert kb.version == 0
    assert kb.replace([change("a.md", ["red apple", "red pear"]), change("b.md", ["blue plum"])]) == 1
    assert found(kb, "red apple")[0][0] == "red apple"
    assert found(kb, "red apple")[1] == ["red apple", "red pear"]
    assert kb.remove(["a.md"]) == kb.version == 2
    assert found(kb, "red apple") == (["blue plum"], [])
    assert kb.count() == 1
    assert kb.check() == []


def test_nothing_to_do_is_no_new_version(kb):
    kb.replace([change("a.md", ["red apple"])])
    assert kb.replace([]) == kb.remove(["unknown.md"]) == 1


def test_a_changed_document_shows_only_its_new_chunks(kb):
    kb.replace([change("a.md", ["kept words", "old words"], time=1.0, tags=("x",))])
    kb.replace([change("a.md", ["new words", "kept words"], time=2.0, tags=("y",))])
    assert sorted(found(kb, "words")[1]) == ["kept words", "new words"]
    assert [chunk.text for chunk in Now(kb).neighbours("a.md", 0, 9)] == ["new words", "kept words"]
    hits = search(kb, dense("words"), sparse("words"), 5, Condition("tags", "eq", "y"))
    assert [len(leg) for leg in hits.values()] == [2, 2]
    assert search(kb, dense("words"), sparse("words"), 5, Condition("time", "lt", 2)) == {"dense": [], "bm25": []}
    assert kb.check() == []


def scores(archive):
    """What "red apple" gets from each leg: dense, and BM25 over that of "red brick" (IDF counts what was replaced)."""
    recalled = search(archive, dense("red"), sparse("red"), 20)
    texts = Now(archive).chunks([hit.chunk for hits in recalled.values() for hit in hits])
    by = {leg: {texts[hit.chunk].text: hit.score for hit in hits} for leg, hits in recalled.items()}
    return by["dense"]["red apple"], by["dense"]["red brick"], by["bm25"]["red apple"] / by["bm25"]["red brick"]


def test_a_chunk_that_stays_scores_by_its_section_as_it_is_now(tmp_path):
    first, second = (change("a.md", ["red apple", "red brick", other]) for other in ("green pear", "blue plum"))
    heavier = SparseVector(second.sparse[0].indices, tuple(2 * value for value in second.sparse[0].values))
    second = replace(second, sparse=[heavier, *second.sparse[1:]])
    with open_archive(tmp_path / "anew") as kb:
        kb.replace([second])
        expected = scores(kb)
    with open_archive(tmp_path / "changed") as kb:
        kb.replace([first])
        assert scores(kb) != pytest.approx(expected)
        kb.replace([second])
        assert scores(kb) == pytest.approx(expected)
        assert kb.check() == []
    with open_archive(tmp_path / "changed", repair="index") as kb:
        assert scores(kb) == pytest.approx(expected)


def test_new_section_scores_that_could_not_be_written_are_written_later(tmp_path, monkeypatch):
    with open_archive(tmp_path / "anew") as kb:
        kb.replace([change("a.md", ["red apple", "red brick", "blue plum"])])
        expected = scores(kb)
    with open_archive(tmp_path / "changed") as kb:
        kb.replace([change("a.md", ["red apple", "red brick", "green pear"])])
        upsert = kb._store.upsert

        def fails_for_what_stays(points):
            if kb.version == 2:
                raise OutOfSpace("The disk is full.")
            upsert(points)

        with monkeypatch.context() as patch:
            patch.setattr(kb._store, "upsert", fails_for_what_stays)
            with pytest.raises(OutOfSpace):
                kb.replace([change("a.md", ["red apple", "red brick", "blue plum"])])
        assert kb.version == 2, "it was committed before"
        kb.flush()
        assert scores(kb) == pytest.approx(expected)


def test_a_document_that_comes_again_unchanged_writes_nothing_into_the_index(kb, monkeypatch):
    kb.replace([change("a.md", ["red apple", "green pear"])])
    written = []
    monkeypatch.setattr(kb._store, "upsert", written.extend)
    kb.replace([change("a.md", ["red apple", "green pear"])])
    kb.replace([change("a.md", ["red apple", "green pear"], n=3)])
    assert written == []


def test_a_move_and_its_removal_are_one_commit(kb):
    kb.replace([change("old/a.md", ["red apple"])])
    assert kb.replace([change("new/a.md", ["red apple"])], remove=["old/a.md"]) == 2
    (hit,) = Now(kb).search_sparse(sparse("apple"), 5)
    assert Now(kb).chunks([hit.chunk])[hit.chunk].document == "new/a.md"


def test_documents_come_back_as_they_were_given(kb):
    given = change("docs/甲.md", ["红 苹果 🍎", "red pear"], time=12.5, lang="zh", tags=("x", "y"), n=3, ok=True)
    marks = (Mark(0, page=1), Mark(5, sheet="价格", row=7))
    given = replace(given, document=replace(given.document, marks=marks))
    kb.replace([given])
    assert Now(kb).document("docs/甲.md") == given.document
    assert Now(kb).marks("docs/甲.md", 0, 99) == marks
    assert Now(kb).marks("none", 0, 99) == ()
    assert Now(kb).chunks([chunk.id for chunk in given.chunks]) == {chunk.id: chunk for chunk in given.chunks}
    assert Now(kb).read("docs/甲.md", 2, 4) == "苹果"
    (info,) = kb.documents()
    assert info == Now(kb).info("docs/甲.md") == kb.infos(["docs/甲.md", "none"])["docs/甲.md"]
    assert (info.chunks, info.stamp, info.metadata["tags"]) == (2, "stamp", ("x", "y"))
    assert Now(kb).info("none") is None
    assert Now(kb).document("none") is None
    with pytest.raises(WrongUse, match="no document 'none'"):
        Now(kb).read("none", 0, 1)


def test_known_vectors_are_given_back_rounded_to_half_precision(kb):
    kb.replace([change("a.md", ["red apple"])])
    known = kb.vectors_for([digest("red apple"), digest("unknown")])
    assert list(known) == [digest("red apple")]
    np.testing.assert_array_equal(known[digest("red apple")], dense("red apple").astype(np.float16).astype(np.float32))
    kb.remove(["a.md"])
    assert kb.vectors_for([digest("red apple")]) == {}


def test_rows_are_the_committed_chunks_with_their_fingerprints(kb):
    given = change("a.md", ["same text", "other text"])
    kb.replace([given])
    first, second = (chunk.id for chunk in given.chunks)
    rows = Now(kb).fingerprinted([second, 99, first])
    assert {id_: row.chunk for id_, row in rows.items()} == {chunk.id: chunk for chunk in given.chunks}
    assert rows[first].fingerprint == given.fingerprints[0].tobytes()
    kb.remove(["a.md"])
    assert Now(kb).fingerprinted([first, second]) == {}


def test_roots_are_remembered(kb, tmp_path):
    kb.add_root("/data", {"lang": "zh"})
    kb.add_root("/data", {"lang": "en", "tags": ("x",)})
    kb.add_root("/more")
    assert kb.roots() == {"/data": {"lang": "en", "tags": ("x",)}, "/more": {}}
    assert kb.remove_root("/more")
    assert not kb.remove_root("/more")
    assert list(kb.roots()) == ["/data"]


def test_uneven_changes_and_doubled_documents_are_refused(kb):
    one = change("a.md", ["x"])
    with pytest.raises(WrongUse, match=r"a\.md has 1 chunks"):
        type(one)(one.document, one.chunks, [], one.vectors, one.sparse, one.fingerprints)
    with pytest.raises(WrongUse, match="two versions"):
        kb.replace([one, one])
    assert kb.version == 0


class Spy(EdgeStore):
    """Searches at every step of a commit, as readers in other threads may."""

    seen: list[frozenset[str]]
    look = None

    def upsert(self, points):
        super().upsert(points)
        self.report()

    def delete(self, ids):
        self.report()
        super().delete(ids)
        self.report()

    def report(self):
        if self.look:
            self.seen.append(frozenset(self.look()))


def test_readers_see_the_old_documents_or_the_new_and_never_both(tmp_path):
    with open_archive(tmp_path, make_store=Spy) as kb:
        old = [f"old{n} w" for n in range(50)]
        new = [f"new{n} w" for n in range(50)]
        kb.replace([change("a.md", old[:25]), change("b.md", old[25:])])
        kb._store.seen = []
        kb._store.look = lambda: {
            Now(kb).chunks([hit.chunk])[hit.chunk].text
            for leg in search(kb, dense("w"), sparse("w"), 50).values()
            for hit in leg
        }
        kb.replace([change("a.md", new[:25]), change("b.md", new[25:])])
        assert kb._store.seen == [frozenset(old), frozenset(new), frozenset(new)]


def test_readers_in_other_threads_never_see_a_mixture(tmp_path):
    with open_archive(tmp_path / "kb") as kb:
        kb.replace([change("a.md", [f"v0 n{n} w" for n in range(30)])])
        stop, faults, looks = threading.Event(), [], []

        def read():
            while not stop.is_set():
                with kb.view() as view:
                    for hits in both(view, dense("w"), sparse("w"), 30):
                        texts = [chunk.text for chunk in view.chunks([hit.chunk for hit in hits]).values()]
                        looks.append(len(texts))
                        if len(texts) != 30 or len({text.split()[0] for text in texts}) > 1:
                            faults.append(sorted(texts))

        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        for version in range(1, 40):
            kb.replace([change("a.md", [f"v{version} n{n} w" for n in range(30)])])
        stop.set()
        for thread in threads:
            thread.join()
        assert len(looks) > 50
        assert faults == []


def test_a_failed_commit_leaves_nothing_behind(tmp_path, monkeypatch):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["old words"])])
        with monkeypatch.context() as patch:
            patch.setattr(kb._catalogue, "add", lambda change: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                kb.replace([change("a.md", ["new words"])])
        assert kb.version == 1
        assert found(kb, "words") == (["old words"], ["old words"])
        assert kb.check() == []
        assert kb.replace([change("a.md", ["new words"])]) == 2
        assert found(kb, "words") == (["new words"], ["new words"])
        assert kb.check() == []


def test_a_reopened_knowledge_base_is_the_same(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["red apple"], n=3)])
        before = search(kb, dense("apple"), sparse("apple"), 5)
    with open_archive(tmp_path) as kb:
        assert kb.version == 1
        assert search(kb, dense("apple"), sparse("apple"), 5) == before
        assert kb.check() == []


def test_an_index_made_anew_answers_the_same_to_the_last_bit(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change(f"{n}.md", [f"w{n} w{n % 7} w{m} all" for m in range(20)]) for n in range(30)])
        before = search(kb, dense("w3"), sparse("w3 w5"), 50)
    with open_archive(tmp_path, repair="index") as kb:
        after = search(kb, dense("w3"), sparse("w3 w5"), 50)
        assert kb.version == 1
        assert kb.check() == []
    for leg in before:
        assert sorted((hit.score, hit.chunk) for hit in before[leg])[10:] == sorted(
            (hit.score, hit.chunk) for hit in after[leg]
        )[10:] or {hit.score for hit in before[leg]} == {hit.score for hit in after[leg]}


def test_a_second_process_is_told_who_holds_it(tmp_path):
    with open_archive(tmp_path):
        code = (
            "import sys\nfrom pathlib import Path\nfrom wenyuan.store.archive import Archive\n"
            "from wenyuan.errors import Busy\n"
            f"try: Archive.open(Path(sys.argv[1]), model='m@1', analyser='a1', dimension={DIMENSION})\n"
            "except Busy as error: sys.exit(str(error))"
        )
        other = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
        assert other.returncode == 1
        import os

        assert f"in use by process {os.getpid()}" in other.stderr
        with pytest.raises(Busy):
            open_archive(tmp_path)
    open_archive(tmp_path).close()


@pytest.mark.parametrize("given", [{"model": "other@2"}, {"analyser": "a2"}, {"dimension": 64}], ids=str)
def test_another_model_is_refused_until_all_is_made_anew(tmp_path, given):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["red apple"])])
        kb.add_root("/data")
    with pytest.raises(WrongModel, match="sync --rebuild"):
        open_archive(tmp_path, **given)
    with open_archive(tmp_path, **given, repair="all") as kb:
        assert kb.documents() == kb.check() == []
        assert list(kb.roots()) == ["/data"]
        assert kb.version == 2
    with pytest.raises(WrongModel):
        open_archive(tmp_path)


def test_closing_again_does_nothing_to_who_opened_it_since(tmp_path):
    first = open_archive(tmp_path)
    first.replace([change("a.md", ["red apple"])])
    first.close()
    with open_archive(tmp_path) as second:
        first.close()
        with pytest.raises(Busy):
            open_archive(tmp_path)
        assert second.version == 1


def test_none_is_made_unless_asked_for(tmp_path):
    with pytest.raises(WrongUse, match="There is no knowledge base"):
        open_archive(tmp_path / "kb", create=False)
    assert not (tmp_path / "kb").exists()


@pytest.mark.parametrize("harm", ["segment", "emptied", "pointer"])
def test_a_damaged_index_names_the_mend_and_the_mend_works(tmp_path, harm):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["red apple"])])
    if harm == "segment":
        for path in (tmp_path / "index/shard-1").rglob("*.json"):
            path.write_bytes(b"\0garbage")
    elif harm == "emptied":
        import shutil

        shutil.rmtree(tmp_path / "index")
    else:
        (tmp_path / "index/CURRENT").write_text("shard-9")
    with pytest.raises(Damaged, match="doctor --rebuild"):
        open_archive(tmp_path)
    with open_archive(tmp_path, repair="index") as kb:
        assert found(kb, "red apple") == (["red apple"], ["red apple"])
        assert kb.check() == []


def test_a_damaged_catalogue_is_told(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["red apple"])])
    (tmp_path / "catalogue.sqlite").write_bytes(b"garbage" * 2000)
    with pytest.raises(Damaged, match="catalogue"):
        open_archive(tmp_path)
    with pytest.raises(Damaged, match="catalogue"):  # and the lock was let go
        open_archive(tmp_path, repair="index")


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


def test_too_little_space_is_refused_before_anything_is_written(kb, monkeypatch):
    kb.replace([change("a.md", ["red apple"])])
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1 << 20}))
    with pytest.raises(OutOfSpace, match="64 MB"):
        kb.replace([change("b.md", ["blue plum"])])
    assert kb.version == 1


def test_a_crash_is_not_mended_on_a_full_disk(tmp_path, monkeypatch):
    kb = open_archive(tmp_path)
    kb.replace([change("a.md", ["red apple"])])
    kb._settle = lambda _: None  # as if killed: the journal stays
    kb.close()
    with monkeypatch.context() as patch:
        patch.setattr(module.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1 << 20}))
        with pytest.raises(OutOfSpace):
            open_archive(tmp_path)
    with open_archive(tmp_path) as kb:
        assert found(kb, "red apple") == (["red apple"], ["red apple"])
        assert kb.check() == []


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


def test_closing_while_optimising_does_not_wait_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(upkeep, "OPTIMISE_FROM", 1)
    kb = open_archive(tmp_path)
    kb.replace([change("a.md", [f"w{n} all" for n in range(500)])])
    kb.close()
    with open_archive(tmp_path) as kb:
        assert kb.count() == 500
        assert kb.check() == []


def test_an_archive_over_a_qdrant_collection(tmp_path):
    from qdrant_client import QdrantClient

    def make(_folder, dimension):
        return QdrantStore(QdrantClient(":memory:"), "kb", dimension, local=True)

    with open_archive(tmp_path, make_store=make) as kb:
        kb.replace([change("a.md", ["red apple", "red pear"], n=3), change("b.md", ["plum"])])
        kb.replace([change("a.md", ["red apple"], n=4)], remove=["b.md"])
        assert found(kb, "red apple") == (["red apple"], ["red apple"])
        assert kb.check() == []


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


def test_as_many_states_as_chunks_or_none():
    with pytest.raises(WrongUse, match="attributes"):
        replace(change("a", ["one", "two"]), states=[b"one"])
