"""The bridge from the engine's plain calls to what waits: one event loop in a thread of its own.

What a thread waits for here can be cancelled by another: a `Cancellation` that is in force where something is begun
(`with cancellation.in_force():`) cancels it, and wakes who waits.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager, ExitStack, aclosing, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from wenyuan.errors import MissingExtra, WrongUse

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

_T = TypeVar("_T")
_LET_GO = 60.0  # seconds that a cancelled task may take to let go of what it holds: a journal may be busy for 30


class Cancellation:
    """Cancels all that is begun while it is in force, from any thread, once and for all."""

    def __init__(self) -> None:
        self.cancelled = False
        self._lock = threading.Lock()
        self._waited: set[Future[Any]] = set()

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """In this thread; it is what the functions of a model inherit, too."""
        token = _IN_FORCE.set(self)
        try:
            yield
        finally:
            _IN_FORCE.reset(token)

    def cancel(self) -> None:
        """Whoever waits gets a `CancelledError` at once."""
        with self._lock:
            self.cancelled = True
            waited, self._waited = self._waited, set()
        for future in waited:
            future.cancel()

    def watch(self, future: Future[Any]) -> None:
        """Cancel this, too, now or when it comes to that."""
        with self._lock:
            if not self.cancelled:
                self._waited = {each for each in self._waited if not each.done()} | {future}
                return
        future.cancel()


_IN_FORCE: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)


class Portal:
    """Starts its loop when it is first used; `close` ends it. Any thread may call every method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._manager: AbstractContextManager[BlockingPortal] | None = None
        self._portal: BlockingPortal | None = None
        # The event is set when it has let go of all it held; None: its thread is about to start it.
        self._running: dict[threading.Event, Future[Any] | None] = {}

    def call(self, function: Callable[[], Awaitable[_T]]) -> _T:
        """Run it to its end.

        Raises:
            WrongUse: another thread ends the loop before.
            CancelledError: by a `Cancellation`.
        """
        return _result(self._started(function))

    def iterate(self, make: Callable[[], AsyncGenerator[_T, None]]) -> Generator[_T, None, None]:
        """Its items as they come. Closing the iterator cancels it, and what it waits for is closed within a second.

        Raises:
            WrongUse: another thread ends the loop before.
            CancelledError: by a `Cancellation`; and whatever is raised on the way to an item.
        """
        items: queue.SimpleQueue[tuple[_T] | None] = queue.SimpleQueue()

        async def produce() -> None:
            # One task from the first item to the last: scopes of cancellation may not wander between tasks.
            async with aclosing(make()) as source:
                async for item in source:
                    items.put((item,))

        future = self._started(produce)
        future.add_done_callback(lambda _: items.put(None))  # at once when it is cancelled, whatever is still closed
        try:
            while (item := items.get()) is not None:
                yield item[0]
            _result(future)
        finally:
            future.cancel()

    def close(self, last: Callable[[], Awaitable[object]] | None = None) -> None:
        """Cancel what still runs, end the loop and its thread; `last` is run in it before, if it was ever used.

        The loop ends whatever `last` raises.
        """
        with self._lock:
            portal, manager, self._manager, self._portal = self._portal, self._manager, None, None
            running, self._running = self._running, {}
        if portal is None or manager is None:
            return
        with ExitStack() as closing:
            closing.callback(manager.__exit__, None, None, None)
            if last is not None:
                closing.callback(portal.call, last)
            for future in running.values():
                if future is not None:  # else its thread cancels it, as the loop is another's now
                    future.cancel()
            for over in running:
                over.wait(_LET_GO)  # until they have let go of what `last` releases

    def _started(self, function: Callable[[], Awaitable[_T]]) -> Future[_T]:
        over = threading.Event()

        async def run() -> _T:
            try:
                return await function()
            finally:
                over.set()

        portal = self._opened()
        with self._lock:
            self._running = {event: each for event, each in self._running.items() if not event.is_set()}
            self._running[over] = None
        try:
            future: Future[_T] = portal.start_task_soon(run)  # waits for the loop, so without the lock
        except BaseException:
            over.set()
            raise
        with self._lock:
            closed = portal is not self._portal
            if not closed:
                self._running[over] = future
        if closed:
            future.cancel()
        if cancellation := _IN_FORCE.get():
            cancellation.watch(future)
        return future

    def _opened(self) -> BlockingPortal:
        with self._lock:
            if self._portal is None:
                try:
                    from anyio.from_thread import start_blocking_portal
                except ImportError as error:
                    raise MissingExtra("Language models need the extra: `pip install 'wenyuan[llm]'`.") from error
                self._manager = start_blocking_portal()
                self._portal = self._manager.__enter__()
            return self._portal


def _result(future: Future[_T]) -> _T:
    try:
        return future.result()
    except CancelledError:
        cancellation = _IN_FORCE.get()
        if cancellation and cancellation.cancelled:
            raise
        raise WrongUse(
            "The knowledge base was closed in the middle of an answer; close it once the answer is complete."
        ) from None
