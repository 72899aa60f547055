"""The bridge from the engine's plain calls to what waits: one event loop in a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from concurrent.futures import CancelledError, Future, wait
from contextlib import AbstractContextManager, aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from wenyuan.errors import MissingExtra, WrongUse

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

T = TypeVar("T")


class Portal:
    """Starts its loop when it is first used; `close` ends it. Any thread may call every method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._manager: AbstractContextManager[BlockingPortal] | None = None
        self._portal: BlockingPortal | None = None
        self._running: set[Future[Any]] = set()

    def call(self, function: Callable[[], Awaitable[T]]) -> T:
        """Run it to its end; WrongUse where another thread ends the loop before."""
        return _result(self._started(function))

    def iterate(self, make: Callable[[], AsyncGenerator[T, None]]) -> Generator[T, None, None]:
        """Its items as they come. Closing the iterator cancels it, and what it waits for is closed within a second.

        Raises:
            WrongUse: another thread ends the loop before; and whatever is raised on the way to an item.
        """
        items: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()

        async def produce() -> None:
            # One task from the first item to the last: scopes of cancellation may not wander between tasks.
            try:
                async with aclosing(make()) as source:
                    async for item in source:
                        items.put((item,))
            finally:
                items.put(None)

        future = self._started(produce)
        try:
            while (item := items.get()) is not None:
                yield item[0]
            _result(future)
        finally:
            future.cancel()

    def close(self, last: Callable[[], Awaitable[object]] | None = None) -> None:
        """Cancel what still runs, end the loop and its thread; `last` is run in it before, if it was ever used."""
        with self._lock:
            portal, manager, self._manager, self._portal = self._portal, self._manager, None, None
            running, self._running = self._running, set()
        if portal is not None and manager is not None:
            for future in running:
                future.cancel()
            wait(running)  # until they have let go of what `last` releases
            if last is not None:
                portal.call(last)
            manager.__exit__(None, None, None)

    def _started(self, function: Callable[[], Awaitable[T]]) -> Future[T]:
        portal = self._opened()
        future: Future[T] = portal.start_task_soon(function)  # waits for the loop, so without the lock
        with self._lock:
            self._running = {each for each in self._running if not each.done()} | {future}
            if portal is not self._portal:
                future.cancel()
        return future

    def _opened(self) -> BlockingPortal:
        with self._lock:
            if self._portal is None:
                try:
                    from anyio.from_thread import start_blocking_portal
                except ImportError as error:
                    raise MissingExtra("Language models need the extra: pip install 'wenyuan[llm]'.") from error
                self._manager = start_blocking_portal()
                self._portal = self._manager.__enter__()
            return self._portal


def _result(future: Future[T]) -> T:
    try:
        return future.result()
    except CancelledError:
        raise WrongUse(
            "The knowledge base was closed in the middle of an answer; close it when that is there."
        ) from None
