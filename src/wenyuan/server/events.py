"""Server-sent events: what a thread tells, as it tells it, to a caller who may go away.

The status of the response is that of the first event: who is turned away, or asks what makes no sense, gets an error
with its own status. A failure after that is an event of its own, never part of the text.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import CancelledError
from typing import Any

import anyio
from anyio import CapacityLimiter
from anyio.from_thread import run as from_thread
from anyio.lowlevel import checkpoint
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wenyuan.errors import WenyuanError
from wenyuan.server.errors import Refused, envelope, failed, language_of
from wenyuan.server.gate import Gate, Who
from wenyuan.server.waiting import called, who_of

Event = tuple[str, dict[str, Any]]
"""Name and data."""

log = logging.getLogger(__name__)

_AHEAD = 16  # events that wait for a caller who reads slowly
_PING = 15.0  # seconds between two signs of life
_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no"}


def frame(event: Event) -> bytes:
    """A named event."""
    name, data = event
    line = json.dumps(data, ensure_ascii=False)
    return f"event: {name}\ndata: {line}\n\n".encode(errors="backslashreplace")  # half a character, as JSON has it


class EventStream(Response):
    """A response of events, made by a thread behind a gate; a caller who hangs up cancels what makes them."""

    def __init__(
        self,
        gate: Gate,
        work: Callable[[], Iterator[Event]],
        *,
        cancel: Callable[[], None],
        seconds: float,
        framed: Callable[[Event], bytes] = frame,
        last: bytes = b"",
    ) -> None:
        """`work` makes the events; `cancel` makes it end soon, from any thread; `last` is sent after a good end."""
        super().__init__()
        self._gate, self._work, self._cancel, self._seconds = gate, work, cancel, seconds
        self._framed, self._last = framed, last
        self._begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it.

        Raises:
            WenyuanError: there was no event before it.
            ClientDisconnect: the caller hung up.
        """
        told, heard = anyio.create_memory_object_stream[Event](_AHEAD)
        gone = False

        async def watch() -> None:
            nonlocal gone
            while (await receive())["type"] != "http.disconnect":
                pass
            gone = True
            group.cancel_scope.cancel()

        try:
            async with told, anyio.create_task_group() as group:
                group.start_soon(self._make, told, who_of(scope))
                group.start_soon(watch)
                try:
                    await self._pass_on(send, heard)
                finally:
                    heard.close()
                    await called(self._cancel)
                group.cancel_scope.cancel()
        except ExceptionGroup as several:  # anyio's, around the one that was raised
            error = _first(several)
            if not self._begun:
                raise error from None
            await send({"type": "http.response.body", "body": self._broken(error, scope), "more_body": False})
        if gone:
            raise ClientDisconnect

    async def _pass_on(self, send: Send, heard: MemoryObjectReceiveStream[Event]) -> None:
        """Send events as they come, and signs of life where none does."""
        body: bytes | None = self._framed(await heard.receive())
        headers = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        self._begun = True
        while body is not None:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            body = await self._next(heard)
        await send({"type": "http.response.body", "body": self._last, "more_body": False})

    async def _next(self, heard: MemoryObjectReceiveStream[Event]) -> bytes | None:
        """The next event as it is sent, or a comment; None after the last."""
        with anyio.move_on_after(_PING):
            try:
                return self._framed(await heard.receive())
            except anyio.EndOfStream:
                await checkpoint()  # where it ended because it failed, we are cancelled here, and the failure is told
                return None
        return b": ping\n\n"

    async def _make(self, told: MemoryObjectSendStream[Event], who: Who) -> None:
        """Have a thread pour events into `told`, for so many seconds."""
        sentence = f"This took longer than {self._seconds:g} s; ask for less, or raise --deadline."

        async def count() -> None:
            await anyio.sleep(self._seconds)
            await called(self._cancel)
            raise Refused(504, "deadline", sentence)

        async with anyio.create_task_group() as group:
            group.start_soon(count)
            async with self._gate.entered(who):
                await run_sync(self._pour, told, limiter=CapacityLimiter(1))  # the gate is limit enough
            group.cancel_scope.cancel()
        told.close()  # only now: after a failure whoever listens is cancelled, and takes nothing for a good end

    def _pour(self, told: MemoryObjectSendStream[Event]) -> None:
        events = self._work()
        try:
            for event in events:
                try:
                    from_thread(told.send, event)
                except (anyio.BrokenResourceError, anyio.ClosedResourceError, CancelledError):
                    return  # nobody listens any more
        finally:
            if isinstance(events, Generator):
                events.close()  # now, not when its frame is forgotten: it may hold a knowledge base

    def _broken(self, error: Exception, scope: Scope) -> bytes:
        if not isinstance(error, WenyuanError):
            log.error("a stream failed", exc_info=error)
            error = failed()
        return self._framed(("error", envelope(error, language_of(Headers(scope=scope)))))


def _first(several: ExceptionGroup[Exception]) -> Exception:
    """What was raised; that there is no event any more is only what follows of it."""
    raised = list(_all(several))
    return next((error for error in raised if not isinstance(error, anyio.EndOfStream)), raised[0])


def _all(several: ExceptionGroup[Exception]) -> Iterator[Exception]:
    for each in several.exceptions:
        yield from _all(each) if isinstance(each, ExceptionGroup) else (each,)
