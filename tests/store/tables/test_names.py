"""Documents by the words of their names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archives import change, open_archive
from wenyuan.store.tables.names import MOST
from wenyuan.types import WHOLE

PUMP, LEAVE = "docs/px200-manual.md", "hr/leave.md"
TITLES = {PUMP: "PX-200 安装手册", LEAVE: "Leave policy 2024"}


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("安装手册", [PUMP]),
        ("PX-200 安装手册", [PUMP]),
        ("leave policies", [LEAVE]),
        ("Policy leave", [LEAVE]),
        ("manual", [PUMP]),  # of the file's name
        ("hr", []),  # a folder names no document
        ("leave manual", []),
        ("", []),
        ("?", []),
    ],
)
def test_a_name_means_the_documents_that_hold_all_its_words(tmp_path, name: str, ids: list[str]) -> None:
    with open_archive(tmp_path) as kb:
        given = [change(document, ["x"]) for document in TITLES]
        kb.replace([replace(each, document=replace(each.document, title=TITLES[each.document.id])) for each in given])
        with kb.view(WHOLE) as view:
            assert view.named(name) == ids


def test_documents_are_known_by_their_names(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change("docs/installation manual.md", ["x"]), change("docs/报销制度.md", ["y"])])
        with kb.view(WHOLE) as view:
            assert view.named("the Installation Manual") == []
            assert view.named("Installation Manual") == ["docs/installation manual.md"]
            assert view.named("报销制度") == ["docs/报销制度.md"]
            assert view.named("manual of nothing") == view.named("…") == []
            kb.replace([change("docs/报销制度.md", ["z"])], remove=["docs/installation manual.md"])
            assert view.named("manual") == ["docs/installation manual.md"]
        with kb.view(WHOLE) as view:
            assert view.named("manual") == []
            assert view.named("报销制度") == ["docs/报销制度.md"]


def test_a_name_that_means_too_many_documents_means_none(tmp_path):
    with open_archive(tmp_path) as kb:
        kb.replace([change(f"manual {n}.md", ["x"]) for n in range(MOST)])
        with kb.view(WHOLE) as view:
            assert len(view.named("manual")) == MOST
        kb.replace([change("manual 20.md", ["x"])])
        with kb.view(WHOLE) as view:
            assert view.named("manual") == []
            assert view.named("manual 7") == ["manual 7.md"]
