"""Work for a caller who may go away: it is waited for with an eye on the connection and the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request

from wenyuan.server.errors import Refused
from wenyuan.server.gate import Gate

T = TypeVar("T")


def nothing() -> None:
    """Cancel what cannot be cancelled."""


async def called(cancel: Callable[[], None]) -> None:
    """Call it in a thread: it may wait until a connection is closed, and others are served meanwhile."""
    with anyio.CancelScope(shield=True):
        await run_sync(cancel, limiter=CapacityLimiter(1))


async def awaited(
    request: Request, gate: Gate, work: Callable[[], T], seconds: float, cancel: Callable[[], None] = nothing
) -> T:
    """The result of `work`, done by a thread behind the gate.

    The request's body was read before. `cancel` is called, and the place in the queue given up, when the caller hangs
    up or the time is over.

    Raises:
        Refused: the time is over, or too many wait.
        ClientDisconnect: the caller hung up.
    """
    done: list[T] = []
    gone = late = False

    async def watch() -> None:
        nonlocal gone
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone = True
        await called(cancel)
        group.cancel_scope.cancel()

    async def count() -> None:
        nonlocal late
        await anyio.sleep(seconds)
        late = True
        await called(cancel)
        group.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            group.start_soon(count)
            done.append(await gate.run(work))
            group.cancel_scope.cancel()
    except ExceptionGroup as several:  # anyio's, around the one that `work` or the gate raised
        if not (gone or late):  # else it is what became of work that was cancelled
            raise several.exceptions[0] from None
    except anyio.get_cancelled_exc_class():  # the server ends
        cancel()
        raise
    if done:
        return done[0]
    if late:
        raise Refused(504, "deadline", f"This took longer than {seconds:g} s; ask for less, or raise --deadline.")
    raise ClientDisconnect
