"""An answer while it is written: what happens, one event after the other, until it is there or nobody wants it."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from concurrent.futures import CancelledError
from typing import Self

from wenyuan.engine.portal import Cancellation
from wenyuan.types import AnswerEvent


class AnswerStream(Iterator[AnswerEvent]):
    """The events of one answer; `close`, from any thread, or leaving a `with` block or the loop, cancels it.

    After `close` there are no more events: a reader that waits in another thread is woken and its loop ends, without
    an `Answer`. What the answer was waiting for, the endpoint's connection or a function, is closed within a second.
    """

    def __init__(self, events: Generator[AnswerEvent, None, None]) -> None:
        self._events = events
        self._reading = threading.Lock()
        self._cancellation = Cancellation()

    def __next__(self) -> AnswerEvent:
        with self._reading:
            try:
                if not self.closed:
                    with self._cancellation.in_force():
                        event = next(self._events)
                    if not self.closed:
                        return event
            except CancelledError:
                if not self.closed:
                    raise
            self._events.close()
            raise StopIteration

    @property
    def closed(self) -> bool:
        """Whether it was cancelled."""
        return self._cancellation.cancelled

    def close(self) -> None:
        """Cancel; nothing happens where all events have been read."""
        self._cancellation.cancel()
        if self._reading.acquire(blocking=False):  # else the reader, who is being woken, closes them
            try:
                self._events.close()
            finally:
                self._reading.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
