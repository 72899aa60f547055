"""Folders to work in, and one copy at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from wenyuan.engine.workplace import alone, workplace
from wenyuan.errors import Busy


def test_it_is_gone_when_the_work_is_over_however_it_ends(tmp_path: Path) -> None:
    def work() -> None:
        with workplace(tmp_path / "new", ".w-") as place:
            (place / "a").write_text("a")
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert [*(tmp_path / "new").iterdir()] == []


def test_what_is_renamed_stays(tmp_path: Path) -> None:
    with workplace(tmp_path, ".w-") as place:
        place.rename(tmp_path / "kept")
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]


def test_what_a_process_left_is_removed_and_what_is_worked_in_is_not(tmp_path: Path) -> None:
    (tmp_path / ".w-left").mkdir()
    (tmp_path / ".w-file").write_text("no folder")
    (tmp_path / "other").mkdir()
    with workplace(tmp_path, ".w-") as one, workplace(tmp_path, ".w-") as two:
        assert {one.name, two.name, "other", ".w-file"} == {each.name for each in tmp_path.iterdir()}


def test_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        with alone(tmp_path):
            inside += 1
            most = max(most, inside)
            inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    monkeypatch.setattr("wenyuan.engine.workplace._PATIENCE", 0.1)
    with alone(tmp_path), pytest.raises(Busy), alone(tmp_path):
        pass
