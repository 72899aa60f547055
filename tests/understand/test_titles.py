"""Documents by the words of their names."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from wenyuan.understand.titles import MOST, Titles


@dataclass
class Paper:
    id: str
    title: str


class Shelf:
    """Papers that can be changed, and how often they were read."""

    def __init__(self, *papers: Paper) -> None:
        self.papers = [*papers]
        self.version = 0
        self.read = 0

    def documents(self) -> list[Paper]:
        self.read += 1
        return self.papers

    def titles(self) -> Titles:
        return Titles(self.documents, lambda: self.version)


PUMP = Paper("docs/px200-manual.md", "PX-200 安装手册")
LEAVE = Paper("hr/leave.md", "Leave policy 2024")


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("安装手册", [PUMP.id]),
        ("PX-200 安装手册", [PUMP.id]),
        ("leave policies", [LEAVE.id]),
        ("Policy leave", [LEAVE.id]),
        ("manual", [PUMP.id]),  # of the file's name
        ("hr", []),  # a folder names no document
        ("leave manual", []),
        ("", []),
        ("?", []),
    ],
)
def test_a_name_means_the_documents_that_hold_all_its_words(name: str, ids: list[str]) -> None:
    assert Shelf(PUMP, LEAVE).titles().named(name) == ids


@pytest.mark.parametrize(("many", "meant"), [(MOST, MOST), (MOST + 1, 0)])
def test_a_word_of_too_many_titles_names_none(many: int, meant: int) -> None:
    shelf = Shelf(*(Paper(f"{n}.md", f"Guide {n}") for n in range(many)))
    assert len(shelf.titles().named("guide")) == meant


def test_names_are_read_again_when_the_documents_have_changed_and_only_then() -> None:
    shelf = Shelf(PUMP)
    titles = shelf.titles()
    assert titles.named("leave") == []
    shelf.papers.append(LEAVE)
    assert titles.named("leave") == []
    assert shelf.read == 1
    shelf.version += 1
    assert titles.named("leave") == [LEAVE.id]
    assert shelf.read == 2
