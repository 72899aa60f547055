"""The bridge from the engine's plain calls to what waits: one event loop in a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import AbstractContextManager, aclosing
from typing import TYPE_CHECKING, TypeVar

from wenyuan.errors import MissingExtra

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

T = TypeVar("T")


class Portal:
    """Starts its loop when it is first used; `close` ends it. Any thread may call every method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._manager: AbstractContextManager[BlockingPortal] | None = None
        self._portal: BlockingPortal | None = None

    def call(self, function: Callable[[], Awaitable[T]]) -> T:
        """Run it to its end."""
        return self._opened().call(function)

    def iterate(self, make: Callable[[], AsyncGenerator[T, None]]) -> Generator[T, None, None]:
        """Its items as they come. Closing the iterator cancels it, and what it waits for is closed within a second."""
        items: queue.SimpleQueue[tuple[T] | None] = queue.SimpleQueue()

        async def produce() -> None:
            # One task from the first item to the last: scopes of cancellation may not wander between tasks.
            try:
                async with aclosing(make()) as source:
                    async for item in source:
                        items.put((item,))
            finally:
                items.put(None)

        future = self._opened().start_task_soon(produce)
        try:
            while (item := items.get()) is not None:
                yield item[0]
            future.result()
        finally:
            future.cancel()

    def close(self, last: Callable[[], Awaitable[object]] | None = None) -> None:
        """End the loop and its thread; `last` is run in it before, if it was ever used."""
        with self._lock:
            portal, manager, self._manager, self._portal = self._portal, self._manager, None, None
        if portal is not None and manager is not None:
            if last is not None:
                portal.call(last)
            manager.__exit__(None, None, None)

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
