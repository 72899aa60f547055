"""From plain calls to what waits, and back."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncGenerator
from typing import Any

import anyio
import pytest
from anyio.from_thread import BlockingPortal

from wenyuan.engine.portal import Portal
from wenyuan.errors import WrongUse


def test_items_come_as_they_are_made_and_the_loop_outlives_them() -> None:
    portal = Portal()

    async def count() -> AsyncGenerator[int, None]:
        with anyio.fail_after(5):  # a scope that is open while items are handed over
            for n in range(3):
                await anyio.sleep(0)
                yield n

    assert [*portal.iterate(count)] == [0, 1, 2]
    assert [*portal.iterate(count)] == [0, 1, 2]
    portal.close()


def test_an_error_comes_after_the_items_before_it() -> None:
    portal = Portal()

    async def breaks() -> AsyncGenerator[int, None]:
        yield 1
        raise LookupError("gone")

    items = portal.iterate(breaks)
    assert next(items) == 1
    with pytest.raises(LookupError, match="gone"):
        next(items)
    portal.close()


def test_whoever_stops_reading_cancels_what_is_waited_for() -> None:
    portal, ended = Portal(), threading.Event()

    async def endless() -> AsyncGenerator[int, None]:
        try:
            yield 1
            await anyio.sleep_forever()
        finally:
            ended.set()

    items = portal.iterate(endless)
    next(items)
    items.close()
    assert ended.wait(60)
    portal.close()


def test_closing_leaves_no_thread_and_it_can_be_used_again() -> None:
    portal = Portal()

    async def answer() -> int:
        return 42

    before = threading.active_count()
    for _ in range(3):
        assert portal.call(answer) == 42
        portal.close()
    portal.close()
    assert threading.active_count() <= before  # one of another test may end meanwhile


@pytest.mark.parametrize("late", [0.0, 0.2], ids=["at once", "before its thread knows that it runs"])
def test_closing_ends_what_another_thread_still_waits_for(late: float, monkeypatch: pytest.MonkeyPatch) -> None:
    portal, begun, let_go = Portal(), threading.Event(), threading.Event()
    started = BlockingPortal.start_task_soon

    def start_late(self: BlockingPortal, *task: Any, **options: Any) -> Any:
        future = started(self, *task, **options)
        time.sleep(late)
        return future

    monkeypatch.setattr(BlockingPortal, "start_task_soon", start_late)
    said: list[str] = []

    async def endless() -> AsyncGenerator[int, None]:
        try:
            yield 1
            begun.set()
            await anyio.sleep_forever()
        finally:
            let_go.set()

    async def last() -> None:
        said.append("released" if let_go.is_set() else "still held")

    def read() -> None:
        try:
            said.extend(map(str, portal.iterate(endless)))
        except WrongUse as error:
            said.append(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    assert begun.wait(60)
    portal.close(last)
    reader.join(5)
    assert not reader.is_alive()
    assert {*said} == {
        "1",
        "released",
        "The knowledge base was closed in the middle of an answer; close it once the answer is complete.",
    }


def test_the_loop_ends_whatever_the_last_call_raises() -> None:
    portal, before = Portal(), threading.active_count()

    async def answer() -> int:
        return 42

    async def raises() -> None:
        raise LookupError("no such connection")

    assert portal.call(answer) == 42
    with pytest.raises(LookupError, match="no such connection"):
        portal.close(raises)
    assert threading.active_count() <= before
    assert portal.call(answer) == 42
    portal.close()


def test_closing_waits_until_what_is_cancelled_has_let_go() -> None:
    portal, said = Portal(), []

    async def slow() -> AsyncGenerator[int, None]:
        try:
            yield 1
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.2)
            said.append("let go")

    async def last() -> None:
        said.append("last")

    items = portal.iterate(slow)
    next(items)
    portal.close(last)
    assert said == ["let go", "last"]
    items.close()
