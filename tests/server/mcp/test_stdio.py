"""The one knowledge base of a program that was started for it: opened late, let go soon."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan.desk import Asks
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import Busy, WenyuanError
from wenyuan.server.errors import Refused
from wenyuan.server.mcp.stdio import Kept, folder

from .standing import PATIENCE, FakeDesk


class Door:
    """Counts who comes and goes."""

    def __init__(self) -> None:
        self.opened, self.closed = 0, 0

    @contextmanager
    def __call__(self) -> Iterator[Asks]:
        self.opened += 1
        try:
            yield FakeDesk()
        finally:
            self.closed += 1


def until(true) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_it_is_opened_by_the_first_call_and_once() -> None:
    door = Door()
    kept = Kept("kb", door)
    assert kept.names() == ["kb"]
    assert door.opened == 0
    barrier = threading.Barrier(8)

    def call() -> None:
        with kept.at("kb"):
            barrier.wait(PATIENCE)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert (door.opened, door.closed) == (1, 0)
    kept.close()
    kept.close()
    assert door.closed == 1


def test_it_is_let_go_when_nobody_calls_and_never_while_one_does() -> None:
    door = Door()
    kept = Kept("kb", door, idle=0.05)
    with kept.at("kb"):
        with kept.at("kb"):
            pass
        time.sleep(0.2)
        assert door.closed == 0
    until(lambda: door.closed == 1)
    with kept.at("kb"):
        assert door.opened == 2
    kept.close()


def test_another_name_is_none() -> None:
    with pytest.raises(Refused), Kept("kb", Door()).at("other"):
        pass


def test_what_cannot_be_opened_is_tried_again() -> None:
    tries = []

    @contextmanager
    def opened() -> Iterator[Asks]:
        tries.append(1)
        if len(tries) == 1:
            raise Busy("In use.")
        yield FakeDesk()

    kept = Kept("kb", opened)
    with pytest.raises(WenyuanError, match="In use"), kept.at("kb"):
        pass
    with kept.at("kb") as desk:
        assert isinstance(desk, FakeDesk)
    kept.close()


def test_a_folder_is_opened_to_be_read_and_free_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wenyuan.server.shelf.load_encoder", lambda name, threads: word_encoder())
    (tmp_path / "a.md").write_text("# A\n\nThe warranty lasts two years.")
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()) as base:
        base.add(tmp_path / "a.md")
    opened = folder(tmp_path / "kb")
    for _ in range(2):
        with opened() as desk:
            [only] = desk.documents(None, filter=None)["documents"]
            assert "two years" in desk.document(only["id"])["text"]
    KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()).close()
