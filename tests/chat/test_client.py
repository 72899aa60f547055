"""An endpoint that misbehaves in every way of the table: a reply, or one sentence that says what is wrong."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

import faults as table
from fault_server import PATIENCE, FaultServer
from wenyuan.chat.client import Endpoint, Patience
from wenyuan.chat.profile import Profile
from wenyuan.errors import EndpointError
from wenyuan.types import Message, Piece, Reply, Request, TextDelta, ToolSchema

TOOL = ToolSchema("weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})
REQUEST = Request((Message("user", "保修期是多久？How long is the warranty?"),), (TOOL,))
SHORT = {"connect": 1.0, "first": 1.0, "between": 1.0, "total": 2.0}  # where the fault is that nothing comes
LONG = {"connect": 30.0, "first": 30.0, "between": 30.0, "total": 60.0}  # a busy machine is no fault of the server
KEY = table.SECRET

FEW = [next(fault for fault in table.FAULTS if fault.name == name) for name in ("hang-mid-token", "no-done", "refuse")]
Outcome = tuple[str, Reply | EndpointError]  # the text that was streamed, and how it ended
Case = tuple[str, bool, int]  # fault, streamed, retries

CASES: list[Case] = [
    (fault.name, stream, retries)
    for fault in table.FAULTS
    for stream in (True, False)
    for retries in ((0, 2) if fault.wanted(stream=stream).retries else (0,))
]


def wanted(name: str, stream: bool) -> table.Expect:
    return next(fault for fault in table.FAULTS if fault.name == name).wanted(stream=stream)


async def ask(endpoint: Endpoint, request: Request = REQUEST) -> Outcome:
    said = ""
    try:
        async for piece in endpoint.stream(request):
            if isinstance(piece, TextDelta):
                said += piece.text
            elif isinstance(piece, Reply):
                return said, piece
    except EndpointError as error:
        return said, error
    finally:
        await endpoint.aclose()
    raise AssertionError("a stream ends with a reply or an error")


def endpoint(server: FaultServer, name: str, *, stream: bool = True, **patience: Any) -> Endpoint:
    patience = {"retries": 0} | patience
    return Endpoint(server.base_url(name), "m", KEY, profile=Profile(stream=stream), patience=Patience(**patience))


@pytest.fixture(scope="module")
def outcomes() -> dict[Case, Outcome]:
    """Every fault once, many at a time: most of them are about waiting."""
    found: dict[Case, Outcome] = {}

    async def play(server: FaultServer, case: Case, limiter: anyio.CapacityLimiter) -> None:
        name, stream, retries = case
        async with limiter:
            limits = SHORT if "timeout" in wanted(name, stream).faults and not retries else LONG
            found[case] = await ask(endpoint(server, name, stream=stream, retries=retries, **limits))

    async def main(server: FaultServer, cases: list[Case]) -> None:
        limiter = anyio.CapacityLimiter(24)
        async with anyio.create_task_group() as group:
            for case in cases:
                group.start_soon(play, server, case, limiter)

    rounds = [[case for case in CASES if case[1:] == kind] for kind in ((True, 0), (False, 0), (True, 2), (False, 2))]
    for cases in rounds:
        with FaultServer(table.FAULTS) as server:
            anyio.run(main, server, cases)
    return found


def test_there_are_at_least_sixty_faults_each_streamed_and_not() -> None:
    assert len({name for name, stream, _ in CASES if stream} & {name for name, stream, _ in CASES if not stream}) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{'streamed' if case[1] else 'whole'}-{case[2]}")
def test_a_fault_is_a_reply_or_a_sentence(case: Case, outcomes: dict[Case, Outcome]) -> None:
    name, stream, retries = case
    expected = wanted(name, stream)
    said, ended = outcomes[case]
    if isinstance(ended, EndpointError):
        assert expected.faults, f"an error instead of a reply: {ended}"
        assert not (retries and expected.retries), f"not tried again: {ended}"
        assert ended.fault in expected.faults, str(ended)
        assert str(ended).endswith(".")
        assert "\n" not in str(ended)
        assert KEY not in str(ended)
        return
    assert expected.text is not None, f"a reply instead of an error: {ended}"
    assert retries or not expected.retries
    assert ended.text == expected.text
    assert ended.text in said or said == ended.text
    assert tuple((call.name, call.arguments) for call in ended.calls) == expected.calls
    assert ended.finish == expected.finish


@pytest.mark.parametrize("stream", [True, False])
def test_whoever_stops_reading_closes_the_connection(stream: bool) -> None:
    async def stop(server: FaultServer) -> None:
        asked = endpoint(server, "hang-mid-token", stream=stream, **LONG)

        async def read() -> None:
            async for _ in asked.stream(REQUEST):
                pass

        async with anyio.create_task_group() as group:
            group.start_soon(read)
            with anyio.fail_after(30):
                while not (server.seen and server.seen[0].sent):
                    await anyio.sleep(0.01)
            group.cancel_scope.cancel()
        await asked.aclose()

    with FaultServer(FEW[:1]) as server:
        anyio.run(stop, server)
        seen = server.seen[0]
        assert seen.done.wait(PATIENCE / 2)  # the server itself would wait twice as long
        assert seen.closed is not None
        assert seen.finished is None


@pytest.mark.slow
def test_a_thousand_cycles_leave_no_threads_and_no_files() -> None:
    """A third is silent, a third ends well, a third finds nobody."""

    async def main(server: FaultServer, cycles: int) -> None:
        asked = [endpoint(server, fault.name, **LONG | {"first": 0.05, "between": 0.05}) for fault in FEW[:1]]
        asked += [endpoint(server, fault.name, **LONG) for fault in FEW[1:]]
        for n in range(cycles):
            async for _ in _pieces(asked[n % len(asked)]):
                pass
        for each in asked:
            await each.aclose()

    def held() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    with FaultServer(FEW) as server:
        anyio.run(main, server, 30)
        time.sleep(1)
        before = held()
        anyio.run(main, server, 1000)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and any(now > was for now, was in zip(held(), before, strict=True)):
            time.sleep(0.1)
        assert all(now <= was for now, was in zip(held(), before, strict=True)), (before, held())


async def _pieces(asked: Endpoint) -> AsyncIterator[Piece]:
    try:
        async for piece in asked.stream(REQUEST):
            yield piece
    except EndpointError:
        return
