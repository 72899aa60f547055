"""One connection: what uvicorn leaves open for ever, a caller who neither speaks nor listens, is ended."""

from __future__ import annotations

from asyncio import AbstractEventLoop, TimerHandle, Transport
from collections.abc import Callable

from uvicorn.protocols.http.h11_impl import H11Protocol

from wenyuan.server.peer import Peer

_SILENCE = 30.0  # seconds
_SLOWEST = 1024  # bytes a second that are to be taken of what was written


class Connection(H11Protocol):
    """HTTP/1.1 with two clocks: one for the head of a request, one for a caller who does not take what is sent.

    Bodies of requests are the door's concern, which can say what is wrong.
    """

    silence = _SILENCE

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """A caller came; its request is awaited."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "peer": Peer(self.client)}  # what each request's scope has as `state`
        self._head = _Clock(self.loop, self.silence, transport.abort)
        self._taken = _Clock(self.loop, self.silence, self._look)
        self._left = 0  # bytes that were not taken at the last look
        self._head.start()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        super().connection_lost(exc)
        self._head.stop()
        self._taken.stop()

    def handle_events(self) -> None:
        """Take what came. A head that comes in parts is awaited no longer than one that comes at once."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._head.stop()
        elif not self.transport.is_closing():
            self._head.start()

    def on_response_complete(self) -> None:
        """All was written; where the connection ends with it, what nobody takes is not kept for ever."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._await_taking()

    def timeout_keep_alive_handler(self) -> None:
        """No other request came."""
        super().timeout_keep_alive_handler()
        self._await_taking()

    def pause_writing(self) -> None:
        """Much is written that the caller has not taken."""
        super().pause_writing()
        self._await_taking()

    def resume_writing(self) -> None:
        """The caller took some."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._taken.stop()

    def _await_taking(self) -> None:
        self._left = self.transport.get_write_buffer_size()
        self._taken.start()

    def _look(self) -> None:
        """End it, where the caller took less than is bearable since the last look."""
        self._taken.stop()
        if self._left - self.transport.get_write_buffer_size() < self.silence * _SLOWEST:
            self.transport.abort()
        else:
            self._await_taking()


def of_silence(seconds: float) -> type[Connection]:
    """Connections whose callers may be silent for so many seconds."""

    class Patient(Connection):
        silence = seconds

    return Patient


class _Clock:
    """Runs something in so many seconds, unless it is stopped before."""

    def __init__(self, loop: AbstractEventLoop, seconds: float, run: Callable[[], None]) -> None:
        self._loop, self._seconds, self._run = loop, seconds, run
        self._timer: TimerHandle | None = None

    def start(self) -> None:
        """Begin, where it has not begun."""
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._run)

    def stop(self) -> None:
        """Let it be."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
