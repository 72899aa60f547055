"""Folders are watched."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import until
from wenyuan.server.home import Home
from wenyuan.server.watching import Watch


class Watching:
    """A watched folder, and how often it was told of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "docs"
        self.folder.mkdir()
        self.home = Home(self.folder / "home", {})
        self.told: list[int] = []
        self.watch = Watch(self.home, self.told.append)
        self.watch.keep({7: str(self.folder)})
        until(lambda: self.told)
        time.sleep(0.3)  # until the system watches
        self.told.clear()

    def tells(self) -> bool:
        """Whether it was told of within some time."""
        end = time.monotonic() + 2.5
        while not self.told and time.monotonic() < end:
            time.sleep(0.02)
        told, self.told[:] = bool(self.told), []
        return told


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    made = Watching(tmp_path)
    yield made
    made.watch.close()


def test_a_change_is_told_of_soon(watching: Watching) -> None:
    (watching.folder / "a.md").write_text("# A", "utf-8")
    assert watching.tells()
    (watching.folder / "deep").mkdir()
    assert watching.tells()
    (watching.folder / "deep" / "b.txt").write_text("b", "utf-8")
    assert watching.tells()
    (watching.folder / "a.md").unlink()
    assert watching.tells()


def test_what_is_no_document_and_what_is_ours_is_not(watching: Watching) -> None:
    (watching.folder / "film.mp4").write_bytes(b"x")
    (watching.folder / ".hidden.md").write_text("x", "utf-8")
    (watching.home.folder / "server.json").write_text("{}", "utf-8")
    assert not watching.tells()


def test_a_folder_that_vanishes_and_comes_again_is_watched_again(watching: Watching) -> None:
    shutil.rmtree(watching.folder)
    assert watching.tells()
    watching.folder.mkdir()
    assert watching.tells()
    time.sleep(0.3)
    (watching.folder / "a.md").write_text("# A", "utf-8")
    assert watching.tells()


def test_what_is_no_source_any_more_is_not_watched(watching: Watching) -> None:
    watching.watch.keep({})
    (watching.folder / "a.md").write_text("# A", "utf-8")
    assert not watching.tells()


def test_a_system_that_watches_no_more_is_no_reason_to_end(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr("watchfiles.watch", full)
    monkeypatch.setattr("wenyuan.server.watching._PAUSE", 0.05)
    watching.watch.keep({8: str(watching.folder)})
    until(lambda: watching.told.count(8) > 2)
