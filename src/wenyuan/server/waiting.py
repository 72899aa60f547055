"""Work for a caller who may go away: it is waited for with an eye on the connection and the clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from wenyuan.server.errors import Refused
from wenyuan.server.gate import NOBODY, Gate, Who
from wenyuan.server.identity import Identity

T = TypeVar("T")


def nothing() -> None:
    """Cancel what cannot be cancelled."""


async def called(cancel: Callable[[], None]) -> None:
    """Call it in a thread: it may wait until a connection is closed, and others are served meanwhile."""
    with anyio.CancelScope(shield=True):
        await run_sync(cancel, limiter=CapacityLimiter(1))


def who_of(scope: Scope) -> Who:
    """For whom the work of a request is done."""
    identity: Identity | None = scope.get("state", {}).get("identity")
    address, _ = scope.get("client") or ("", 0)
    return Who("" if identity is None else f"{identity.tenant}/{identity.key}", address)


async def awaited(
    request: Request, gate: Gate, work: Callable[[], T], seconds: float, cancel: Callable[[], None] = nothing
) -> T:
    """The result of `work`, done by a thread behind the gate, as `waited` has it, for the caller of a request.

    The request's body was read before.
    """

    async def hung_up() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    return await waited(hung_up, gate, work, seconds, cancel, who_of(request.scope))


async def waited(
    gone: Callable[[], Awaitable[object]],
    gate: Gate,
    work: Callable[[], T],
    seconds: float,
    cancel: Callable[[], None] = nothing,
    who: Who = NOBODY,
) -> T:
    """The result of `work`, done by a thread behind the gate, for a caller who is gone when `gone` returns.

    `cancel` is called, and the place in the queue given up, when the caller is gone, the time is over, or who waits
    here is cancelled.

    Raises:
        Refused: the time is over, or too many wait.
        ClientDisconnect: the caller is gone.
    """
    done: list[T] = []
    working, late, left = True, False, False

    async def watch() -> None:
        nonlocal left
        try:
            await gone()
            left = True
        finally:  # by whomever it is ended: a thread at work keeps this group waiting until it is told
            if working:
                await called(cancel)
        group.cancel_scope.cancel()

    async def count() -> None:
        nonlocal late
        await anyio.sleep(seconds)
        late = True
        group.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            group.start_soon(count)
            try:
                done.append(await gate.run(work, who))
            except Exception:
                working = False
                raise
            working = False
            group.cancel_scope.cancel()
    except ExceptionGroup as several:  # anyio's, around the one that `work` or the gate raised
        if not (late or left):  # else it is only what comes of being cancelled
            raise several.exceptions[0] from None
    if done:
        return done[0]
    if late:
        raise Refused(504, "deadline", f"This took longer than {seconds:g} s; ask for less, or raise --deadline.")
    raise ClientDisconnect
