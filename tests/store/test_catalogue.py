"""The tables of the truth: written whole or not at all, read at one moment."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from archives import DIMENSION, change, open_archive
from wenyuan.errors import Damaged, WrongUse
from wenyuan.store.catalogue import Catalogue, Snapshot
from wenyuan.store.tables import TABLES
from wenyuan.types import WHOLE, Mark, Root, Summary


@pytest.fixture
def kb(tmp_path):
    with open_archive(tmp_path / "kb") as archive:
        yield archive


def test_roots_are_remembered(kb, tmp_path):
    kb.add_root("/data", Root({"lang": "zh"}, ("*.bak.md",)))
    kb.add_root("/data", Root({"lang": "en", "tags": ("x",)}, ("drafts/", "旧/")))
    kb.add_root("/more")
    assert kb.roots() == {"/data": Root({"lang": "en", "tags": ("x",)}, ("drafts/", "旧/")), "/more": Root()}
    assert kb.remove_root("/more")
    assert not kb.remove_root("/more")
    assert list(kb.roots()) == ["/data"]


def test_a_damaged_catalogue_is_told(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["red apple"])])
    (tmp_path / "catalogue.sqlite").write_bytes(b"garbage" * 2000)
    with pytest.raises(Damaged, match="catalogue"):
        open_archive(tmp_path)
    with pytest.raises(Damaged, match="catalogue"):  # and the lock was let go
        open_archive(tmp_path, repair="index")


@pytest.fixture
def catalogue(tmp_path):
    with closing(Catalogue(tmp_path / "catalogue.sqlite")) as made:
        made.prepare()
        with made.writing():
            made.set_meta(version=1)
        yield made


def commit(catalogue, version, *changes, remove=()):
    with catalogue.writing():
        catalogue.remove(remove)
        for each in changes:
            catalogue.add(each)
        catalogue.set_meta(version=version)


def test_a_transaction_that_fails_leaves_nothing(catalogue):
    def fails():
        with catalogue.writing():
            catalogue.add(change("a.md", ["x"]))
            raise LookupError

    with pytest.raises(LookupError):
        fails()
    assert catalogue.documents() == []
    assert catalogue.count() == 0


def test_what_hangs_on_a_document_goes_with_it(catalogue):
    summary = Summary(0, 0, b"key", "x", np.ones(DIMENSION, np.float32))
    one = replace(change("a.md", ["x"]), states=[b"state"], summaries=[summary])
    commit(catalogue, 2, replace(one, document=replace(one.document, marks=(Mark(0, page=1),))))
    tables = ["chunks", *(table.name for table in TABLES)]
    assert all(catalogue.select(f"SELECT * FROM {table}") for table in tables)
    commit(catalogue, 3, remove=["a.md"])
    assert not any(catalogue.select(f"SELECT * FROM {table}") for table in tables)


def test_a_snapshot_stays_at_its_moment_and_the_next_is_of_now(catalogue):
    commit(catalogue, 2, change("a.md", ["x"]))
    with Snapshot(catalogue, 2, WHOLE) as before:
        commit(catalogue, 3, change("b.md", ["y"]))
        with Snapshot(catalogue, 3, WHOLE) as now:
            assert [info.id for info in now.documents()] == ["a.md", "b.md"]
        assert [info.id for info in before.documents()] == ["a.md"]
        assert (before.version, now.version) == (2, 3)
    with Snapshot(catalogue, 3, WHOLE) as again:
        assert [info.id for info in again.documents()] == ["a.md", "b.md"]


def test_a_snapshot_that_is_expected_too_early_says_what_it_sees(catalogue):
    commit(catalogue, 2)
    with Snapshot(catalogue, 1, WHOLE) as late:
        assert late.version == 2


def test_a_snapshot_is_let_go_once_and_then_reads_no_more(catalogue):
    snapshot = Snapshot(catalogue, 1, WHOLE)
    assert snapshot.close()
    assert not snapshot.close()
    with pytest.raises(WrongUse, match="question is over"):
        snapshot.documents()


def test_the_journal_is_cleared_but_for_what_is_to_stay(catalogue):
    with catalogue.writing():
        catalogue.note(["a.md", "b.md", "a.md"])
    assert sorted(catalogue.journal()) == ["a.md", "b.md"]
    catalogue.settle(but=["b.md"])
    assert catalogue.journal() == ["b.md"]


def test_settling_moves_the_log_into_the_tables_though_a_reader_left_a_moment_open(catalogue, tmp_path):
    Snapshot(catalogue, 1, WHOLE).close()
    commit(catalogue, 2, change("a.md", ["x"]))
    catalogue.settle()
    alone = tmp_path / "copy.sqlite"
    alone.write_bytes(catalogue.path.read_bytes())  # without its log
    with closing(Catalogue(alone)) as copy:
        assert [info.id for info in copy.documents()] == ["a.md"]
