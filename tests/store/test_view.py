"""A view of one moment: whoever writes meanwhile, it finds and reads what there was."""

from __future__ import annotations

import shutil
import threading
import time

import pytest

from archives import both, change, dense, open_archive, sparse
from wenyuan.errors import WrongUse
from wenyuan.store import archive as module
from wenyuan.store import catalogue
from wenyuan.types import WHOLE, Condition


def texts(view, word: str = "w") -> tuple[list[str], list[str]]:
    """What each leg finds, in order of the texts."""
    legs = both(view, dense(word), sparse(word), 20)
    chunks = view.chunks([hit.chunk for hits in legs for hit in hits])
    first, second = (sorted(chunks[hit.chunk].text for hit in hits) for hits in legs)
    return first, second


def test_what_is_written_meanwhile_is_not_seen(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["old w", "kept w"]), change("b.md", ["other w"])])
        with kb.view(WHOLE) as view:
            kb.replace([change("a.md", ["kept w", "new w"])], remove=["b.md"])
            kb.replace([change("c.md", ["late w"])])
            assert texts(view) == (["kept w", "old w", "other w"],) * 2
            assert [chunk.text for chunk in view.neighbours("a.md", 0, 9)] == ["old w", "kept w"]
            assert view.read("b.md", 0, 5) == "other"
            assert [info.id for info in view.documents()] == ["a.md", "b.md"]
            assert view.info("c.md") is None
            assert (view.version, view.count()) == (1, 3)
            with kb.view(WHOLE) as now:
                assert texts(now) == (["kept w", "late w", "new w"],) * 2
                assert now.version == 3
        assert kb.check() == []


def test_a_text_that_leaves_and_comes_again_is_seen_when_it_was_there(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["one w"])])
        with kb.view(WHOLE) as first:
            kb.replace([change("a.md", ["two w"])])
            with kb.view(WHOLE) as second:
                kb.replace([change("a.md", ["one w"])])
                assert texts(first) == (["one w"],) * 2
                assert texts(second) == (["two w"],) * 2
        with kb.view(WHOLE) as third:
            assert texts(third) == (["one w"],) * 2
        kb.replace([change("b.md", ["more w"])])
        assert kb._store.count() == 2, "what nobody reads has left the index"
        assert kb.check() == []


def test_the_index_keeps_what_a_view_reads_and_no_longer(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["one w"])])
        with kb.view(WHOLE):
            kb.replace([change("a.md", ["two w"])])
            assert kb._store.count() == 2
        kb.replace([change("b.md", ["more w"])])
        assert kb._store.count() == 2


def test_what_a_view_keeps_in_the_index_is_found_after_a_crash(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FLUSH_AFTER", 1)
    with open_archive(tmp_path / "kb") as kb:
        kb.replace([change("a.md", ["one w"]), change("b.md", ["more w"])])
        with kb.view(WHOLE) as view:
            kb.replace([change("a.md", ["two w"])], remove=["b.md"])
            assert texts(view) == (["more w", "one w"],) * 2
            shutil.copytree(tmp_path / "kb", tmp_path / "crashed")
    with open_archive(tmp_path / "crashed") as kb, kb.view(WHOLE) as view:
        assert texts(view) == (["two w"],) * 2
        assert kb.check() == []


def test_neither_a_flush_nor_a_check_takes_from_a_view_what_it_reads(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["one w"]), change("b.md", ["more w"])])
        with kb.view(WHOLE) as view:
            kb.replace([change("a.md", ["two w"])])
            kb.flush()
            assert kb.check() == []
            assert texts(view) == (["more w", "one w"],) * 2
    with open_archive(tmp_path) as kb:
        assert kb._store.count() == 2
        assert kb.check() == []


def test_a_filter_is_of_the_views_moment(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["one w"], team="x")])
        with kb.view(WHOLE) as view:
            kb.replace([change("a.md", ["one w"], team="y")])
            assert view.search_sparse(sparse("w"), 5, Condition("team", "eq", "y")) == []
        with kb.view(WHOLE) as now:
            assert len(now.search_sparse(sparse("w"), 5, Condition("team", "eq", "y"))) == 1


def test_the_log_of_the_catalogue_begins_anew_beside_readers_that_never_pause(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FLUSH_AFTER", 40)
    monkeypatch.setattr(catalogue, "_LOG", 64)
    with open_archive(tmp_path) as kb:
        stop = threading.Event()

        def read() -> None:
            while not stop.is_set():
                with kb.view(WHOLE) as view:
                    view.count()
                    time.sleep(0.002)

        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        sizes = []
        for n in range(60):
            kb.replace([change(f"{n % 5}.md", [f"v{n} t{m} w" for m in range(10)])])
            sizes.append((tmp_path / "catalogue.sqlite-wal").stat().st_size)
        stop.set()
        for thread in threads:
            thread.join()
        assert max(sizes[30:]) <= 1.5 * max(sizes[:30]), "it is written from its beginning again"


def test_closing_beside_readers_ends_them_with_a_sentence(tmp_path):
    kb = open_archive(tmp_path)
    kb.replace([change(f"{n}.md", [f"t{n} w"]) for n in range(20)])
    ends: list[str] = []

    def read() -> None:
        try:
            while True:
                with kb.view(WHOLE) as view:
                    texts(view)
        except WrongUse as error:
            ends.append(str(error))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    kb.close()
    for thread in threads:
        thread.join(10)
    assert len(ends) == 4
    assert all("closed" in end for end in ends)
    with pytest.raises(WrongUse, match="closed"):
        kb.documents()


def test_a_commit_that_fails_shows_in_no_view(tmp_path, monkeypatch):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["old w"])])
        with monkeypatch.context() as patch:
            patch.setattr(kb._catalogue, "add", lambda change: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                kb.replace([change("a.md", ["new w"])])
        with kb.view(WHOLE) as view:
            assert texts(view) == (["old w"],) * 2
        kb.replace([change("b.md", ["more w"])])
        assert kb._store.count() == 2


def test_a_view_that_is_over_reads_no_more(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["one w"])])
        with kb.view(WHOLE) as view:
            pass
        with pytest.raises(WrongUse, match="question is over"):
            view.read("a.md", 0, 3)
        view.close()


def test_a_view_may_outlive_its_archive(tmp_path):
    kb = open_archive(tmp_path)
    kb.replace([change("a.md", ["one w"])])
    with kb.view(WHOLE) as view:
        kb.close()
        assert view.read("a.md", 0, 3) == "one"
    open_archive(tmp_path).close()


def test_any_thread_may_read_a_view(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change(f"{n}.md", [f"t{n} w"]) for n in range(20)])
        faults: list[object] = []
        with kb.view(WHOLE) as view:

            def read() -> None:
                for _ in range(30):
                    if len(texts(view)[0]) != 20:
                        faults.append(texts(view))

            threads = [threading.Thread(target=read) for _ in range(4)]
            for thread in threads:
                thread.start()
            for n in range(20):
                kb.replace([change(f"{n}.md", [f"new{n} w"])])
            for thread in threads:
                thread.join()
        assert faults == []
