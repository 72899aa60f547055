"""Serving: from options to a process that listens until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

import uvicorn

from wenyuan.errors import NoAccess
from wenyuan.server.app import make_app
from wenyuan.server.home import Home
from wenyuan.server.service import Options, Service

_LAST = 30  # seconds that requests have to end, once the process is told to
_BACKLOG = 256
_CONNECTIONS = 1024  # at once; beyond, a caller is told so


def serve(
    folder: Path, served: Mapping[str, Path], options: Options, on_listening: Callable[[str], None] | None = None
) -> None:
    """Serve the home in `folder`, and the knowledge bases `served` beside it, until SIGINT or SIGTERM.

    Raises:
        WrongUse: what is asked for is not safe, or not possible.
        NoAccess: the address cannot be listened on.
    """
    listening = _listening(options)
    service = Service(Home(folder, served), options)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    service.start()
    try:
        config = uvicorn.Config(
            make_app(service),
            log_config=None,
            access_log=False,
            backlog=_BACKLOG,
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=_LAST,
            h11_max_incomplete_event_size=64 << 10,
            server_header=False,
            lifespan="on",
        )
        if on_listening is not None:
            on_listening(options.url)
        asyncio.run(uvicorn.Server(config).serve([listening]))
    finally:
        service.close()


def _listening(options: Options) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((options.host, options.port))
    except OSError as error:
        made.close()
        raise NoAccess(
            f"{options.host}:{options.port} cannot be listened on ({error.strerror}); take another --host or --port."
        ) from error
    return made
