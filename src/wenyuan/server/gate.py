"""How much is done at once: so many at work, so many who wait, and who comes then is told when to come again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from wenyuan.server.errors import Refused

T = TypeVar("T")

_AGAIN = 1.0  # seconds after which who was turned away may try again


class Gate:
    """Lets work into threads."""

    def __init__(self, name: str, *, workers: int, waiting: int, patience: float) -> None:
        """`waiting` may wait for one of the `workers` at once, each for `patience` seconds at most."""
        self.name = name
        self._limiter = CapacityLimiter(workers)
        self._most, self._patience = waiting, patience
        self.waiting = 0

    @property
    def working(self) -> int:
        """How many are at work."""
        return int(self._limiter.borrowed_tokens)

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, which a thread does as soon as one is free.

        Raises:
            Refused: too many wait, or it was not this one's turn in time.
        """
        async with self.entered():
            return await run_sync(work, limiter=CapacityLimiter(1))

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[None]:
        """While one is at work.

        Raises:
            Refused: as `run`.
        """
        token = object()
        try:
            self._limiter.acquire_on_behalf_of_nowait(token)
        except anyio.WouldBlock:
            await self._wait(token)
        try:
            yield
        finally:
            self._limiter.release_on_behalf_of(token)

    async def _wait(self, token: object) -> None:
        if self.waiting >= self._most:
            raise self._full()
        self.waiting += 1
        try:
            with anyio.fail_after(self._patience):
                await self._limiter.acquire_on_behalf_of(token)
        except TimeoutError:
            raise self._full() from None
        finally:
            self.waiting -= 1

    def _full(self) -> Refused:
        sentence = "The server is at work for others, and too many wait already; ask again in a second."
        return Refused(429, "busy", sentence, after=_AGAIN)
