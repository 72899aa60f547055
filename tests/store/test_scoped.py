"""A reader of some groups: whatever is asked, what is hidden is not there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from archives import DIMENSION, both, change, chunk_id, dense, open_archive, sparse
from wenyuan.store.tables import TABLES
from wenyuan.types import WHOLE, Mark, Scope, Summary

HR = Scope(frozenset({"hr"}))
IT = Scope(frozenset({"it", "hr"}))
NOBODY = Scope(frozenset())
SECRET = chunk_id("hr/pay.md", "secret w")


@pytest.fixture
def kb(tmp_path):
    with open_archive(tmp_path / "kb") as archive:
        hidden = change("hr/pay.md", ["secret w", "more w"], access=("hr",))
        summary = Summary(0, 1, b"key", "a secret", np.ones(DIMENSION, np.float32))
        marked = replace(hidden.document, marks=(Mark(0, page=3),))
        archive.replace(
            [
                replace(hidden, document=marked, states=[b"one", b"two"], summaries=[summary]),
                change("open.md", ["free w"]),
                change("it/keys.md", ["keys w"], access=("it",)),
            ]
        )
        archive.add_root("hr")
        yield archive


def test_each_leg_finds_what_its_reader_may_see_only(kb) -> None:
    for scope, count in ((NOBODY, 1), (HR, 3), (IT, 4), (WHOLE, 4)):
        with kb.view(scope) as view:
            legs = both(view, dense("secret w"), sparse("w"), 20)
            assert [len(hits) for hits in legs] == [count, count], scope
            assert (SECRET in {hit.chunk for hits in legs for hit in hits}) == (scope is not NOBODY)


def test_no_read_by_id_gives_what_is_hidden(kb) -> None:
    with kb.view(NOBODY) as view:
        assert view.chunks([SECRET]) == view.fingerprinted([SECRET]) == view.states([SECRET]) == {}
        assert view.neighbours("hr/pay.md", 0, 9) == []
        assert view.document("hr/pay.md") is None
        assert view.info("hr/pay.md") is None
        assert view.marks("hr/pay.md", 0, 9) == ()
        assert view.named("pay") == view.under("hr") == view.points("hr/pay.md") == []
        assert [info.id for info in view.documents()] == ["open.md"]
        assert (view.count(), view.empty, view.roots(), view.journal()) == (1, False, {}, [])
    with kb.view(HR) as view:
        assert view.named("pay") == view.under("hr") == ["hr/pay.md"]
        assert view.states([SECRET]) == {SECRET: b"one"}
        assert view.marks("hr/pay.md", 0, 9) == (Mark(0, page=3),)


def test_no_table_shows_a_row_of_what_is_hidden(kb) -> None:
    """Any query at all, not those only that are asked today."""
    shown = {}
    for name, scope in (("nobody", NOBODY), ("hr", HR), ("whole", WHOLE)):
        with kb.view(scope) as view:
            tables = ("documents", "chunks", *(table.name for table in TABLES))
            shown[name] = {table: view.select(f"SELECT count(*) FROM {table}")[0][0] for table in tables}
    words = {name: tables.pop("names") for name, tables in shown.items()}
    assert shown["nobody"] == dict.fromkeys(shown["nobody"], 1) | {"states": 0, "summaries": 0, "marks": 0}
    assert shown["hr"] == shown["nobody"] | {
        "documents": 2, "chunks": 3, "vectors": 3, "states": 2, "summaries": 1, "marks": 1, "access": 2,
    }  # fmt: skip
    assert 0 < words["nobody"] < words["hr"] < words["whole"]


def test_a_name_that_hidden_documents_share_still_means_those_that_are_seen(tmp_path) -> None:
    with open_archive(tmp_path) as archive:
        hidden = [change(f"hr/manual {n}.md", ["x"], access="hr") for n in range(30)]
        archive.replace([*hidden, change("manual.md", ["y"])])
        with archive.view(WHOLE) as view:
            assert view.named("manual") == []
        with archive.view(NOBODY) as view:
            assert view.named("manual") == ["manual.md"]


def test_who_may_see_it_changes_with_the_next_view(kb) -> None:
    with kb.view(NOBODY) as before:
        kb.replace([change("open.md", ["free w"], access=("hr",))])
        assert [info.id for info in before.documents()] == ["open.md"], "a question reads its own moment"
        with kb.view(NOBODY) as now:
            assert both(now, dense("free w"), sparse("w"), 9) == ([], [])
            assert now.empty
    kb.replace([change("open.md", ["free w"])])
    with kb.view(NOBODY) as view:
        assert len(view.search_dense(dense("w"), 9)) == 1


def test_one_readers_connection_shows_the_next_reader_nothing_more(kb) -> None:
    for scope, count in ((HR, 2), (NOBODY, 1), (IT, 3), (NOBODY, 1), (HR, 2)) * 3:
        with kb.view(scope) as view:
            assert len(view.documents()) == count


def test_summaries_are_searched_by_each_reader_for_itself(kb) -> None:
    vector = np.ones(DIMENSION, np.float32)
    for scope, count in ((WHOLE, 1), (NOBODY, 0), (HR, 1), (NOBODY, 0)):
        with kb.view(scope) as view:
            assert len(kb.sections.search(view, vector, 5)) == kb.sections.count(view) == count
