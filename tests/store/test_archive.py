"""The archive: commits that are atomic over catalogue and index, reopening, locking, damage."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace

import pytest

from archives import Now, both, change, dense, found, open_archive, search, sparse
from wenyuan.errors import Busy, Damaged, OutOfSpace, WrongModel, WrongUse
from wenyuan.store import archive as module
from wenyuan.store.qdrant import QdrantStore
from wenyuan.types import WHOLE, Condition, SparseVector


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


def test_uneven_changes_and_doubled_documents_are_refused(kb):
    one = change("a.md", ["x"])
    with pytest.raises(WrongUse, match=r"a\.md has 1 chunks"):
        type(one)(one.document, one.chunks, [], one.vectors, one.sparse, one.fingerprints)
    with pytest.raises(WrongUse, match="two versions"):
        kb.replace([one, one])
    assert kb.version == 0


def test_readers_in_other_threads_never_see_a_mixture(tmp_path):
    with open_archive(tmp_path / "kb") as kb:
        kb.replace([change("a.md", [f"v0 n{n} w" for n in range(30)])])
        stop, faults, looks = threading.Event(), [], []

        def read():
            while not stop.is_set():
                with kb.view(WHOLE) as view:
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


def test_an_archive_over_a_qdrant_collection(tmp_path):
    from qdrant_client import QdrantClient

    def make(_folder, dimension):
        return QdrantStore(QdrantClient(":memory:"), "kb", dimension, local=True)

    with open_archive(tmp_path, make_store=make) as kb:
        kb.replace([change("a.md", ["red apple", "red pear"], n=3), change("b.md", ["plum"])])
        kb.replace([change("a.md", ["red apple"], n=4)], remove=["b.md"])
        assert found(kb, "red apple") == (["red apple"], ["red apple"])
        assert kb.check() == []


def test_a_signal_just_when_a_commit_is_on_disk_loses_nothing(tmp_path, monkeypatch):
    kb = open_archive(tmp_path)
    kb.replace([change("a.md", ["old words"])])
    swap = kb._swap

    def interrupted(*given):
        swap(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(kb, "_swap", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kb.replace([change("a.md", ["new words", "more words"])])
    assert kb.version == 2
    kb.close()
    with open_archive(tmp_path) as kb:
        assert sorted(found(kb, "words")[1]) == ["more words", "new words"]
        assert kb.check() == []


def test_one_made_with_another_model_is_refused_as_it_is(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["x"])])
    with sqlite3.connect(tmp_path / "catalogue.sqlite") as old:
        old.execute("UPDATE meta SET value = 1 WHERE name = 'format'")
    old.close()
    with pytest.raises(WrongModel):
        open_archive(tmp_path, model="other@1")
    with sqlite3.connect(tmp_path / "catalogue.sqlite") as old:
        assert old.execute("SELECT value FROM meta WHERE name = 'format'").fetchone() == (1,)
    old.close()


def test_on_a_full_disk_no_archive_is_begun(tmp_path, monkeypatch):
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1 << 20}))
    with pytest.raises(OutOfSpace, match="64 MB"):
        open_archive(tmp_path / "deep" / "kb")
    assert list(tmp_path.iterdir()) == []
