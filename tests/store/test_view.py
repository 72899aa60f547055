"""A view of one moment: whoever writes meanwhile, it finds and reads what there was."""

from __future__ import annotations

import shutil
import threading

import pytest

from archives import both, change, dense, open_archive, sparse
from wenyuan.errors import WrongUse
from wenyuan.store import archive as module


def texts(view, word: str = "w") -> tuple[list[str], list[str]]:
    """What each leg finds, in order of the texts."""
    legs = both(view, dense(word), sparse(word), 20)
    chunks = view.chunks([hit.chunk for hits in legs for hit in hits])
    first, second = (sorted(chunks[hit.chunk].text for hit in hits) for hits in legs)
    return first, second


def test_what_is_written_meanwhile_is_not_seen(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["old w", "kept w"]), change("b.md", ["other w"])])
        with kb.view() as view:
            kb.replace([change("a.md", ["kept w", "new w"])], remove=["b.md"])
            kb.replace([change("c.md", ["late w"])])
            assert texts(view) == (["kept w", "old w", "other w"],) * 2
            assert [chunk.text for chunk in view.neighbours("a.md", 0, 9)] == ["old w", "kept w"]
            assert view.read("b.md", 0, 5) == "other"
            assert [info.id for info in view.documents()] == ["a.md", "b.md"]
            assert view.info("c.md") is None
            assert (view.version, view.count()) == (1, 3)
            with kb.view() as now:
                assert texts(now) == (["kept w", "late w", "new w"],) * 2
                assert now.version == 3
        assert kb.check() == []


def test_a_text_that_leaves_and_comes_again_is_seen_when_it_was_there(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["one w"])])
        with kb.view() as first:
            kb.replace([change("a.md", ["two w"])])
            with kb.view() as second:
                kb.replace([change("a.md", ["one w"])])
                assert texts(first) == (["one w"],) * 2
                assert texts(second) == (["two w"],) * 2
        with kb.view() as third:
            assert texts(third) == (["one w"],) * 2
        kb.replace([change("b.md", ["more w"])])
        assert kb._store.count() == 2, "what nobody reads has left the index"
        assert kb.check() == []


def test_the_index_keeps_what_a_view_reads_and_no_longer(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["one w"])])
        with kb.view():
            kb.replace([change("a.md", ["two w"])])
            assert kb._store.count() == 2
        kb.replace([change("b.md", ["more w"])])
        assert kb._store.count() == 2


def test_what_a_view_keeps_in_the_index_is_found_after_a_crash(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "FLUSH_AFTER", 1)
    with open_archive(tmp_path / "kb") as kb:
        kb.replace([change("a.md", ["one w"]), change("b.md", ["more w"])])
        with kb.view() as view:
            kb.replace([change("a.md", ["two w"])], remove=["b.md"])
            assert texts(view) == (["more w", "one w"],) * 2
            shutil.copytree(tmp_path / "kb", tmp_path / "crashed")
    with open_archive(tmp_path / "crashed") as kb, kb.view() as view:
        assert texts(view) == (["two w"],) * 2
        assert kb.check() == []


def test_a_flush_that_is_asked_for_leaves_nothing_behind(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["one w"])])
        with kb.view() as view:
            kb.replace([change("a.md", ["two w"])])
            kb.flush()
            assert texts(view) == ([], []), "missed, but nothing wrong is found"
            assert view.read("a.md", 0, 3) == "one"
        assert kb._store.count() == 1


def test_a_commit_that_fails_shows_in_no_view(tmp_path, monkeypatch):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["old w"])])
        with monkeypatch.context() as patch:
            patch.setattr(kb._catalogue, "add", lambda change: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                kb.replace([change("a.md", ["new w"])])
        with kb.view() as view:
            assert texts(view) == (["old w"],) * 2
        kb.replace([change("b.md", ["more w"])])
        assert kb._store.count() == 2


def test_a_view_that_is_over_reads_no_more(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["one w"])])
        with kb.view() as view:
            pass
        with pytest.raises(WrongUse, match="question is over"):
            view.read("a.md", 0, 3)
        view.close()


def test_a_view_may_outlive_its_archive(tmp_path):
    kb = open_archive(tmp_path)
    kb.replace([change("a.md", ["one w"])])
    with kb.view() as view:
        kb.close()
        assert view.read("a.md", 0, 3) == "one"
    open_archive(tmp_path).close()


def test_any_thread_may_read_a_view(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change(f"{n}.md", [f"t{n} w"]) for n in range(20)])
        faults: list[object] = []
        with kb.view() as view:

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
