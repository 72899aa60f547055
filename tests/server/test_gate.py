"""How much is done at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import anyio
import pytest

from wenyuan.server.errors import Refused
from wenyuan.server.gate import Gate


def test_work_is_done_by_threads_and_its_errors_are_raised() -> None:
    gate = Gate("t", workers=2, waiting=2, patience=5)

    def fails() -> None:
        raise LookupError

    async def main() -> None:
        assert await gate.run(threading.get_ident) != threading.get_ident()
        with pytest.raises(LookupError):
            await gate.run(fails)
        assert (gate.working, gate.waiting) == (0, 0)

    anyio.run(main)


def test_no_more_are_at_work_than_there_are_workers_and_who_comes_then_is_turned_away() -> None:
    gate, go = Gate("t", workers=2, waiting=3, patience=60), threading.Event()
    most, refused, done = 0, 0, 0

    def work() -> None:
        nonlocal most
        most = max(most, gate.working)
        go.wait(60)

    async def one() -> None:
        nonlocal refused, done
        try:
            await gate.run(work)
            done += 1
        except Refused as error:
            refused += (error.status, error.after) == (429, 1.0)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(9):
                group.start_soon(one)
            await _until(lambda: gate.working == 2 and gate.waiting == 3)
            go.set()

    anyio.run(main)
    assert (most, refused, done) == (2, 4, 5)


def test_who_waits_too_long_is_turned_away_and_leaves_no_place_taken() -> None:
    gate, go = Gate("t", workers=1, waiting=5, patience=0.05), threading.Event()

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(gate.run, lambda: go.wait(60))
            await _until(lambda: gate.working == 1)
            with pytest.raises(Refused):
                await gate.run(lambda: None)
            go.set()
        assert (gate.working, gate.waiting) == (0, 0)
        assert await gate.run(lambda: 1) == 1

    anyio.run(main)


def test_who_gives_up_waiting_leaves_the_queue() -> None:
    gate, go = Gate("t", workers=1, waiting=5, patience=60), threading.Event()

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(gate.run, lambda: go.wait(60))
            await _until(lambda: gate.working == 1)
            with anyio.move_on_after(0.05):
                await gate.run(lambda: None)
            assert gate.waiting == 0
            go.set()

    anyio.run(main)


async def _until(true: Callable[[], bool]) -> None:
    with anyio.fail_after(30):
        while not true():
            await anyio.sleep(0.005)
