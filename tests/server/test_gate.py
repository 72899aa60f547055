"""How much is done at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import anyio
import pytest

from wenyuan.server.errors import Refused
from wenyuan.server.gate import Gate, Who


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


A, B = Who("a", "1"), Who("b", "1")


@pytest.mark.parametrize(
    ("came", "served"),
    [
        ([A, A, A, B, B], [A, B, A, B, A]),  # key by key
        ([A, A, Who("a", "2"), B], [A, B, Who("a", "2"), A]),  # and among those of a key, address by address
        ([A, A], [A, A]),
    ],
)
def test_whose_turn_is_longest_ago_comes_next(came: list[Who], served: list[Who]) -> None:
    gate, go, done = Gate("t", workers=1, waiting=9, patience=60), threading.Event(), list[Who]()

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(gate.run, lambda: go.wait(60))
            for n, who in enumerate(came):
                group.start_soon(gate.run, partial(done.append, who), who)
                await _until(lambda n=n: gate.waiting == n + 1)
            go.set()

    anyio.run(main)
    assert done == served
    assert (gate.working, gate.waiting) == (0, 0)


@pytest.mark.parametrize(
    ("waiting", "comes", "away"),
    [
        ([A, A, A, B], B, A),  # who has most in the queue gives a place up
        ([A, A, B, B], B, B),  # one who would have as many as any is turned away
        ([A, A, A, B], A, A),
        ([A, A, Who("a", "2"), B], Who("a", "3"), A),  # of a key that has most, the address that has most
        ([A, A, A, A], Who("a", "2"), A),
    ],
)
def test_a_full_queue_is_shared_fairly(waiting: list[Who], comes: Who, away: Who) -> None:
    gate, go = Gate("t", workers=1, waiting=len(waiting), patience=60), threading.Event()
    done, turned_away = list[Who](), list[Who]()

    async def one(who: Who) -> None:
        try:
            await gate.run(partial(done.append, who), who)
        except Refused:
            turned_away.append(who)

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(gate.run, lambda: go.wait(60))
            for n, who in enumerate(waiting):
                group.start_soon(one, who)
                await _until(lambda n=n: gate.waiting == n + 1)
            group.start_soon(one, comes)
            await _until(lambda: bool(turned_away))
            go.set()

    anyio.run(main)
    assert turned_away == [away]
    assert sorted([*done, away]) == sorted([*waiting, comes])


async def _until(true: Callable[[], bool]) -> None:
    with anyio.fail_after(30):
        while not true():
            await anyio.sleep(0.005)
