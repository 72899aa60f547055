"""How much is done at once: so many at work, so many who wait, and who comes then is told when to come again.

Nobody's many questions keep the others waiting: who has waited longest for a turn comes next, key by key and, among
those of a key, address by address; and where the queue is full, who has most in it gives a place up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from wenyuan.server.errors import Refused

T = TypeVar("T")

_AGAIN = 1.0  # seconds after which who was turned away may try again
_KNOWN = 4096  # callers whose last turn is known


class Who(NamedTuple):
    """For whom work is done: many visitors of a site share its key, and differ in their addresses."""

    key: str = ""
    address: str = ""


NOBODY = Who()


@dataclass(eq=False, slots=True)
class _Waiter:
    who: Who
    called: anyio.Event = field(default_factory=anyio.Event)  # to work, or away
    at_work: bool = False


class Gate:
    """Lets work into threads. It lives in one event loop."""

    def __init__(self, name: str, *, workers: int, waiting: int, patience: float) -> None:
        """`waiting` may wait for one of the `workers` at once, each for `patience` seconds at most."""
        self.name = name
        self.working = 0
        self._workers, self._most, self._patience = workers, waiting, patience
        self._queue: list[_Waiter] = []  # as they came
        self._turns: dict[tuple[str, ...], int] = {}  # of a key, and of an address with it: when it was last let in
        self._turn = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._queue)

    async def run(self, work: Callable[[], T], who: Who = NOBODY) -> T:
        """The result of `work`, which a thread does as soon as one is free.

        Raises:
            Refused: too many wait, or it was not this one's turn in time.
        """
        async with self.entered(who):
            return await run_sync(work, limiter=CapacityLimiter(1))

    @asynccontextmanager
    async def entered(self, who: Who = NOBODY) -> AsyncIterator[None]:
        """While one is at work.

        Raises:
            Refused: as `run`.
        """
        if self.working < self._workers:
            self._let_in(who)
        else:
            await self._wait(who)
        try:
            yield
        finally:
            self._leave()

    def _let_in(self, who: Who) -> None:
        self.working += 1
        self._turn += 1
        if len(self._turns) > 2 * _KNOWN:
            self._turns.clear()
        self._turns[who] = self._turns[(who.key,)] = self._turn

    def _leave(self) -> None:
        self.working -= 1
        if self._queue:
            turn = self._turns.get
            following = min(self._queue, key=lambda each: (turn((each.who.key,), 0), turn(each.who, 0)))
            self._queue.remove(following)
            self._let_in(following.who)
            following.at_work = True
            following.called.set()

    async def _wait(self, who: Who) -> None:
        if len(self._queue) >= self._most:
            self._make_room(who)
        waiter = _Waiter(who)
        self._queue.append(waiter)
        try:
            with anyio.move_on_after(self._patience):
                await waiter.called.wait()
        except BaseException:  # the caller went away, perhaps just when it was let in
            if waiter.at_work:
                self._leave()
            raise
        finally:
            if waiter in self._queue:
                self._queue.remove(waiter)
        if not waiter.at_work:
            raise _full()

    def _make_room(self, who: Who) -> None:
        """Send away who came last of those who have most in the queue.

        Raises:
            Refused: nobody has more in it than this one would have.
        """
        keys = Counter(each.who.key for each in self._queue)
        whole = Counter(each.who for each in self._queue)

        def has_more(other: Who) -> bool:
            ours = other.key == who.key and whole[other] > whole[who] + 1
            return ours or keys[other.key] > keys[who.key] + 1

        ahead = [each for each in reversed(self._queue) if has_more(each.who)]
        if not ahead:
            raise _full()
        last = max(ahead, key=lambda each: (keys[each.who.key], whole[each.who]))
        self._queue.remove(last)
        last.called.set()


def _full() -> Refused:
    sentence = "The server is at work for others, and too many wait already; ask again in a second."
    return Refused(429, "busy", sentence, after=_AGAIN)
