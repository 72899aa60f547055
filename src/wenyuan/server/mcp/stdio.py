"""The protocol over a pipe: one knowledge base, for the program that started this one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import anyio
from mcp.server.stdio import stdio_server

from wenyuan.desk import Asks
from wenyuan.engine import KnowledgeBase
from wenyuan.server.errors import not_found
from wenyuan.server.gate import Gate
from wenyuan.server.mcp.desks import Opened
from wenyuan.server.mcp.serving import Caller, Context, Room, make_server
from wenyuan.server.service import Limits
from wenyuan.server.shelf import Models
from wenyuan.settings import read_settings
from wenyuan.types import Language

_IDLE = 20.0  # seconds without a call after which the folder is let go, for others to add documents


class Kept:
    """The one knowledge base there is: its desk is opened by the first call, and let go when none comes for a while."""

    def __init__(self, name: str, opened: Callable[[], AbstractContextManager[Asks]], idle: float = _IDLE) -> None:
        self._name, self._opened, self._idle = name, opened, idle
        self._lock = threading.Lock()
        self._held = ExitStack()
        self._desk: Asks | None = None
        self._users = 0
        self._timer: threading.Timer | None = None

    def names(self) -> list[str]:
        """What it is called."""
        return [self._name]

    @contextmanager
    def at(self, name: str) -> Iterator[Asks]:
        """Its desk.

        Raises:
            Refused: it is not called so.
            WenyuanError: it cannot be opened, as where another process holds it.
        """
        if name != self._name:
            raise not_found()
        with self._lock:
            if self._desk is None:
                self._desk = self._held.enter_context(self._opened())
            desk = self._desk
            self._users += 1
        try:
            yield desk
        finally:
            with self._lock:
                self._users -= 1
                self._let_go_later()

    def close(self) -> None:
        """Let it go."""
        with self._lock:
            self._close()

    def _let_go_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        timer = self._timer = threading.Timer(self._idle, lambda: self._let_go(timer))
        timer.daemon = True
        timer.start()

    def _let_go(self, timer: threading.Timer) -> None:
        with self._lock:
            if self._timer is timer and not self._users:  # nobody came since it was set
                self._close()

    def _close(self) -> None:
        self._desk, self._timer = None, None
        self._held.close()


def folder(place: Path) -> Callable[[], AbstractContextManager[Asks]]:
    """Opens the knowledge base in a folder, again and again; its models stay loaded."""
    models = Models()

    @contextmanager
    def opened() -> Iterator[Asks]:
        settings = read_settings(place)
        encoder, reranker = models.encoder(settings.encoder), models.reranker(settings.rerank)
        with KnowledgeBase.open(place, create=False, settings=settings, encoder=encoder, reranker=reranker) as base:
            base.warm_up()
            yield Opened(base)

    return opened


def serve(kept: Kept, language: Language) -> None:
    """Serve it until standard input ends: on standard output is the protocol, and nothing else."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # else Ctrl-C waited for the thread that reads
    try:
        anyio.run(_serve, kept, language)
    finally:
        kept.close()


async def _serve(kept: Kept, language: Language) -> None:
    limits = Limits()
    room = Room(
        Gate("questions", workers=limits.workers, waiting=limits.waiting, patience=limits.deadline),
        Gate("looks", workers=limits.workers, waiting=limits.waiting, patience=limits.deadline),
        limits.deadline,
    )

    def caller(_: Context) -> Caller:
        return Caller(kept, language, anyio.sleep_forever)

    server = make_server(caller, room)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())
