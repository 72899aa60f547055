"""A loopback HTTP server that misbehaves as told: it plays a script per request and sees when the client hangs up.

    with FaultServer(FAULTS) as server:
        url = server.base_url("hang-mid-token")  # …/v1, as a client is given it
        … POST url + "/chat/completions" …
        server.seen[-1].closed  # time.monotonic() when the client closed, None while it has not

The fault's name is in the address, the request's `stream` picks the script, and the n-th request for a name gets its
n-th script (the last one again and again). Every connection carries one request.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

PATIENCE = 30.0  # seconds after which the server gives up waiting for the client to close


@dataclass(frozen=True)
class Pause:
    """Sends nothing for `seconds`, or until the client closes."""

    seconds: float = PATIENCE


@dataclass(frozen=True)
class Drip:
    """Sends `data` byte by byte, one every `seconds`."""

    data: bytes
    seconds: float = 1.0


@dataclass(frozen=True)
class Reset:
    """Ends the connection with RST, so that the client sees an error instead of an end."""


Step = bytes | Pause | Drip | Reset
Script = Sequence[Step]  # the connection is closed in an orderly way after the last step


class Scripted(Protocol):
    """What the server needs to know of a fault; no scripts at all: the connection is refused."""

    @property
    def name(self) -> str: ...
    def scripts(self, *, stream: bool) -> Sequence[Script]: ...


@dataclass
class Seen:
    """A request, and what became of its connection; times are `time.monotonic()`."""

    fault: str
    method: str = ""
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    arrived: float = field(default_factory=time.monotonic)
    sent: int = 0  # bytes
    finished: float | None = None  # all was sent
    closed: float | None = None  # the client closed
    done: threading.Event = field(default_factory=threading.Event)  # the server is through with it


class _Gone(Exception):
    """The client has closed."""


class FaultServer:
    """Plays the scripts of `faults`; a context manager, whose end closes every connection."""

    def __init__(self, faults: Sequence[Scripted]) -> None:
        self._faults: Mapping[str, Scripted] = {fault.name: fault for fault in faults}
        self._played: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self.seen: list[Seen] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._refusing = socket.socket()  # bound, so that nobody takes the port, but never listening
        self._refusing.bind(("127.0.0.1", 0))

    def base_url(self, name: str) -> str:
        """The address that a client is given to meet this fault."""
        refused = not self._faults[name].scripts(stream=True)
        port = (self._refusing if refused else self._listener).getsockname()[1]
        return f"http://127.0.0.1:{port}/{name}/v1"

    def forget(self) -> None:
        """Begins every fault again with its first script."""
        with self._lock:
            self._played.clear()
            self.seen.clear()

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):  # wakes the accept
            socket.create_connection(self._listener.getsockname(), timeout=1).close()
        for thread in list(self._threads):
            thread.join(timeout=5)
        self._listener.close()
        self._refusing.close()

    def _start(self, target: Any, *given: Any) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=target, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            connection, _ = self._listener.accept()
            if self._stop.is_set():
                connection.close()
                return
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            seen = _request(connection)
            if seen is None:
                return
            stream = bool(isinstance(seen.body, dict) and seen.body.get("stream"))
            fault = self._faults.get(seen.fault)
            with self._lock:
                self.seen.append(seen)
                scripts = fault.scripts(stream=stream) if fault else [[b"HTTP/1.1 404 No Such Fault\r\n\r\n"]]
                script = scripts[min(self._played[seen.fault], len(scripts) - 1)]
                self._played[seen.fault] += 1
            try:
                self._play(connection, script, seen)
            except (_Gone, OSError):
                seen.closed = seen.closed or time.monotonic()
            finally:
                seen.done.set()

    def _play(self, connection: socket.socket, script: Script, seen: Seen) -> None:
        for step in script:
            if isinstance(step, bytes):
                self._send(connection, step, seen)
            elif isinstance(step, Pause):
                self._wait(connection, step.seconds, seen)
            elif isinstance(step, Drip):
                for position in range(len(step.data)):
                    self._send(connection, step.data[position : position + 1], seen)
                    self._wait(connection, step.seconds, seen)
            else:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                seen.finished = time.monotonic()
                return
        seen.finished = time.monotonic()
        connection.shutdown(socket.SHUT_WR)
        self._wait(connection, 5, seen)

    def _send(self, connection: socket.socket, data: bytes, seen: Seen) -> None:
        connection.settimeout(PATIENCE)
        connection.sendall(data)
        seen.sent += len(data)

    def _wait(self, connection: socket.socket, seconds: float, seen: Seen) -> None:
        """Until the client closes (then it raises), the time is over, or the server stops."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._stop.is_set():
                raise _Gone
            readable, _, _ = select.select([connection], [], [], min(left, 0.05))
            if readable and not connection.recv(65536):
                seen.closed = time.monotonic()
                raise _Gone


def _request(connection: socket.socket) -> Seen | None:
    """Reads one request; None where the client closed before it was whole."""
    connection.settimeout(PATIENCE)
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            more = connection.recv(65536)
            if not more:
                return None
            body += more
    except OSError:
        return None
    try:
        parsed = json.loads(body) if body else None
    except ValueError:
        parsed = body
    return Seen(path.split("/")[1], method, path, headers, parsed)
