"""A connection that sends what a test says, byte for byte, and reads as much as a test wants."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPResponse
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from .running import PATIENCE, Running


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Message
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """The envelope of an error."""
        found = json.loads(self.body)
        assert set(found) == {"error"}
        assert set(found["error"]) == {"message", "type", "code", "param"}
        return found["error"]


class Wire:
    """One connection to a server."""

    def __init__(self, server: Running, *, buffer: int | None = None) -> None:
        """`buffer`: bytes that this machine takes for a reader who does not read."""
        at = urlsplit(server.url)
        self.host = at.netloc
        self.socket = socket.socket()
        if buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((at.hostname, at.port))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def ask(self, method: str, target: str | bytes, body: bytes | None = None, **headers: str | None) -> None:
        """Send a request; a header that is None is left out."""
        raw = target.encode() if isinstance(target, str) else target
        known: dict[str, str | None] = {"host": self.host}
        if body is not None:
            known |= {"content-length": str(len(body)), "content-type": "application/json"}
        known |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{name}: {value}".encode() for name, value in known.items() if value is not None]
        self.send(b"\r\n".join([method.encode() + b" " + raw + b" HTTP/1.1", *lines, b"", b""]) + (body or b""))

    def reply(self, method: str = "GET") -> Reply:
        """Read one response."""
        response = HTTPResponse(self.socket, method=method)
        try:
            response.begin()
            return Reply(response.status, response.headers, response.read())
        finally:
            response.close()

    def ended(self) -> bool:
        """Wait until the server has ended the connection, which it must do."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass
        return True


def asked(server: Running, method: str, target: str | bytes, body: bytes | None = None, **headers: str | None) -> Reply:
    """The response to one request on a connection of its own."""
    with Wire(server) as wire:
        wire.ask(method, target, body, **headers)
        return wire.reply(method)
