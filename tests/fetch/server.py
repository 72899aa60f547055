"""A loopback HTTP server with the pages of a test, and a client that may reach it."""

from __future__ import annotations

import contextlib
import ipaddress
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from wenyuan.fetch import FetchLimits, Guard, Web

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
NAMES = ("example.com", "www.example.com", "other.example")


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    type: str | None = "text/html"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: bool = True  # whether it is stated


Page = Answer | bytes | Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        page = self.server.pages.get(self.path)
        if page is None:
            page = Answer(b"not here", status=404)
        if isinstance(page, bytes):
            page = Answer(page)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # a client may have seen enough
            if isinstance(page, Answer):
                self.send(page)
            else:
                page(self)

    def send(self, answer: Answer) -> None:
        tag = answer.headers.get("ETag")
        unchanged = tag is not None and self.headers.get("If-None-Match") == tag
        self.send_response(304 if unchanged else answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.type is not None:
            self.send_header("Content-Type", answer.type)
        if answer.length:
            self.send_header("Content-Length", str(0 if unchanged else len(answer.body)))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        if not unchanged:
            self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, pages: Mapping[str, Page]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages = dict(pages)
        self.seen: list[tuple[str, dict[str, str]]] = []

    @property
    def root(self) -> str:
        """As a host with a name, which the client of `web` finds here."""
        return f"http://example.com:{self.server_port}"

    def asked(self) -> list[str]:
        return [path for path, _ in self.seen]

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def serving(pages: Mapping[str, Page]) -> Iterator[Server]:
    server = Server(pages)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def resolve(host: str, port: int) -> list[str]:
    if host in NAMES or host == "127.0.0.1":
        return ["127.0.0.1"]
    raise OSError("Name or service not known")


def guard() -> Guard:
    return Guard(LOOPBACK, resolve=resolve)


@contextmanager
def web(**limits: float) -> Iterator[Web]:
    with Web(guard(), FetchLimits(**limits)) as client:  # type: ignore[arg-type]
        yield client
