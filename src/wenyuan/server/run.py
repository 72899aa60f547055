"""Serving: from options to a process that listens until it is told to end."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from wenyuan.errors import NoAccess
from wenyuan.server.app import make_app
from wenyuan.server.connection import of_silence
from wenyuan.server.home import Home
from wenyuan.server.service import Options, Service

_LAST = 30  # seconds that requests have to end, once the process is told to
_BACKLOG = 256
_CONNECTIONS = 1024  # at once; beyond, a caller is told so
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """Serves a service that was started. Told to end, it answers what it was asked, and then returns."""

    def __init__(
        self, service: Service, on_listening: Callable[[str], None] | None = None, *, last: int = _LAST
    ) -> None:
        """`last` are seconds that requests have to end."""
        config = uvicorn.Config(
            make_app(service),
            http=of_silence(service.limits.silence),
            ws="none",
            log_config=None,
            access_log=False,
            backlog=_BACKLOG,
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=last,
            h11_max_incomplete_event_size=64 << 10,
            server_header=False,
            lifespan="on",
        )
        super().__init__(config)
        self._service, self._on_listening = service, on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin, and say so."""
        await super().startup(sockets)
        if self._on_listening is not None:
            self._on_listening(self._service.options.url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let in nobody any more, and wait for those who are in; who only watches jobs is sent away."""
        self._service.end()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """While a signal means to end. uvicorn's own raises it again afterwards, which nothing would outlive."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self.handle_exit) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def serve(
    folder: Path,
    served: Mapping[str, Path],
    options: Options,
    on_listening: Callable[[str], None] | None = None,
    *,
    start: Callable[[Service], None] = Service.start,
) -> None:
    """Serve the home in `folder`, and the knowledge bases `served` beside it, until SIGINT or SIGTERM.

    `start` starts the service, and does before and afterwards what is to be done before anybody is answered.

    Raises:
        WrongUse: what is asked for is not safe, or not possible.
        Busy: another process serves the home.
        Damaged: the server's database cannot be read.
        NoAccess: the address cannot be listened on, or a folder not be written.
        OutOfSpace: the disk of the home is full.
    """
    service = Service(Home(folder, served), options)
    try:
        with _listening(options) as listening:
            logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
            start(service)
            server = Server(service, on_listening)
            gc.collect()
            gc.freeze()  # what is there now stays: the collector went through it every few seconds, for 0.1 s
            asyncio.run(server.serve([listening]))
    finally:
        gc.unfreeze()
        service.close()


def _listening(options: Options) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    # asyncio sends replies without delay (TCP_NODELAY) only where it is told that this is TCP.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((options.host, options.port))
    except OSError as error:
        made.close()
        raise NoAccess(
            f"{options.host}:{options.port} cannot be listened on ({error.strerror}); take another --host or --port."
        ) from error
    return made
