"""One state in the place of another; `tests/behaviour/test_copies_killed.py` kills it at every step."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copies import SETTINGS, held, made
from wenyuan.engine.rollback import finish, pending, swap
from wenyuan.errors import Busy
from wenyuan.store.lock import Lock

NAMES = ["wenyuan.toml", "rules.toml"]


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    return made(tmp_path / "kb", "old.md", settings="# old")


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    return made(tmp_path / "ready", "new.md", settings=SETTINGS)


def test_all_of_the_new_state_is_there_and_nothing_of_the_old(kb: Path, ready: Path) -> None:
    (kb / "rules.toml").write_text("# old")
    (kb / "tools.sqlite").write_text("done")
    (ready / "tools.sqlite").write_text("undone")
    (ready / "more").write_text("more")
    swap(kb, ready, replaced=NAMES, added=["tools.sqlite", "more"])
    assert held(kb) == (["new.md"], ["new.md"], SETTINGS)
    assert not (kb / "rules.toml").exists(), "the new state has none"
    assert (kb / "tools.sqlite").read_text() == "done", "what was done is not undone"
    assert (kb / "more").read_text() == "more"
    assert not ready.exists()
    assert not pending(kb)


def test_the_version_grows(kb: Path, ready: Path) -> None:
    from archives import open_archive

    with open_archive(ready) as archive:
        later = archive.remove(["new.md"])
    swap(kb, ready, replaced=NAMES, added=())
    with open_archive(kb) as archive:
        assert archive.version == later + 1


def test_the_log_of_the_old_catalogue_is_not_taken_for_the_new_ones(kb: Path, ready: Path) -> None:
    for log in ("-wal", "-shm"):
        (kb / f"catalogue.sqlite{log}").write_bytes(os.urandom(5000))
    swap(kb, ready, replaced=NAMES, added=())
    assert held(kb)[0] == ["new.md"]


def test_what_was_broken_off_is_ended_by_whoever_opens_it(
    kb: Path, ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not finish(kb)
    with monkeypatch.context() as patched:
        patched.setattr("wenyuan.engine.rollback._move_in", lambda folder: None)
        swap(kb, ready, replaced=NAMES, added=())
    assert pending(kb)
    lock = Lock(kb / "lock")
    with pytest.raises(Busy):
        finish(kb)
    lock.release()
    assert finish(kb)
    assert held(kb) == (["new.md"], ["new.md"], SETTINGS)
