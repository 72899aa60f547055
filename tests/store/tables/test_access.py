"""Who may see a document: kept with it, and made of its fields where it is from before."""

from __future__ import annotations

import sqlite3

from archives import change, dense, open_archive, sparse
from wenyuan.types import WHOLE, Scope

HR = Scope(frozenset({"hr"}))


def rows(archive) -> list[tuple[str, str]]:
    with archive.view(WHOLE) as view:
        query = "SELECT d.id, a.party FROM access a JOIN documents d ON d.key = a.document ORDER BY d.id, a.party"
        return view.select(query)


def test_a_document_is_everyones_or_of_the_groups_it_names(tmp_path) -> None:
    with open_archive(tmp_path) as kb:
        kb.replace(
            [
                change("a.md", ["x"]),
                change("b.md", ["y"], access=("hr", "财务")),
                change("c.md", ["z"], access="hr, it,,hr"),
                change("d.md", ["w"], access=()),
                change("e.md", ["v"], access=5),
            ]
        )
        named = [("b.md", "hr"), ("b.md", "财务"), ("c.md", "hr"), ("c.md", "it")]
        assert rows(kb) == [("a.md", "everyone"), *named]
        kb.remove(["a.md", "b.md"])
        assert rows(kb) == named[2:]


def test_documents_of_before_are_seen_by_whom_they_name(tmp_path) -> None:
    with open_archive(tmp_path) as kb:
        kb.replace([change("open.md", ["free w"]), change("closed.md", ["secret w"], access="hr")])
    with sqlite3.connect(tmp_path / "catalogue.sqlite") as old:
        old.execute("DROP TABLE access")
        old.execute("UPDATE meta SET value = 3 WHERE name = 'format'")
    old.close()
    with open_archive(tmp_path) as kb:
        assert rows(kb) == [("closed.md", "hr"), ("open.md", "everyone")]
        assert kb.check() == []
        for scope, found in ((Scope(frozenset()), 1), (HR, 2), (WHOLE, 2)):
            with kb.view(scope) as view:
                assert len(view.search_sparse(sparse("w"), 9)) == len(view.search_dense(dense("w"), 9)) == found
