"""The marks that hold in a stretch of a document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archives import change, open_archive
from wenyuan.store.archive import Archive
from wenyuan.types import WHOLE, Mark

MARKS = (Mark(3, page=1), Mark(10, page=2), Mark(10, page=2, sheet="表", row=1), Mark(20, page=3))


def put(archive: Archive, name: str, marks: tuple[Mark, ...]) -> None:
    one = change(name, ["x" * 30])
    archive.replace([replace(one, document=replace(one.document, marks=marks))])


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (0, 3, ()),
        (0, 4, MARKS[:1]),
        (5, 9, MARKS[:1]),  # it stands before and holds on
        (10, 11, MARKS[1:3]),  # both that stand at the one character
        (15, 21, MARKS[1:]),
        (25, 30, MARKS[3:]),
    ],
)
def test_they_hold_from_where_they_stand_to_the_next(
    tmp_path: Path, start: int, end: int, found: tuple[Mark, ...]
) -> None:
    with open_archive(tmp_path) as archive:
        put(archive, "a.md", MARKS)
        put(archive, "b.md", (Mark(0, page=9),))
        with archive.view(WHOLE) as view:
            assert view.marks("a.md", start, end) == found


def test_they_go_with_their_document(tmp_path: Path) -> None:
    with open_archive(tmp_path) as archive:
        put(archive, "a.md", MARKS)
        put(archive, "a.md", MARKS[:1])
        with archive.view(WHOLE) as view:
            assert view.marks("a.md", 0, 99) == MARKS[:1]
        archive.remove(["a.md"])
        with archive.view(WHOLE) as view:
            assert view.select("SELECT * FROM marks") == []
