"""The scripted server does what its table says, met by the smallest client over `objects` and `Accumulator`."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import httpx2
import pytest

from fault_server import FaultServer, Seen
from faults import FAULTS, SECRET, Expect, Fault
from wenyuan.chat.server_error import reported
from wenyuan.chat.stream import Accumulator, pieces
from wenyuan.chat.wire import objects
from wenyuan.errors import EndpointError
from wenyuan.types import Piece, Reply, TextDelta

QUIET = 0.6  # seconds without a byte
TOTAL = 2.0  # seconds in all


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer(FAULTS) as running:
        yield running


async def body_of(response: httpx2.Response, quiet: anyio.CancelScope) -> AsyncIterator[bytes]:
    try:
        async for data in response.aiter_bytes():
            yield data
    except httpx2.DecodingError as error:
        raise EndpointError(str(error), "protocol") from None
    except httpx2.TimeoutException:
        raise EndpointError("nothing came", "timeout", retryable=True) from None
    except httpx2.TransportError as error:
        raise EndpointError(str(error), "closed", retryable=True) from None


async def ask(client: httpx2.AsyncClient, url: str, *, stream: bool) -> list[Piece]:
    """One request, as a client of two dozen lines makes it."""
    found: list[Piece] = []
    accumulator = Accumulator()
    with anyio.move_on_after(TOTAL) as scope:
        try:
            request = {"model": "m", "messages": [], "stream": stream}
            async with client.stream("POST", f"{url}/chat/completions", json=request) as response:
                if response.status_code >= 300:
                    raise reported(
                        (await response.aread()).decode("utf-8", "replace"), status=response.status_code
                    ) or (EndpointError("moved", "protocol"))
                kind = response.headers.get("content-type", "")
                async for piece in pieces(objects(body_of(response, scope), kind), accumulator):
                    found.append(piece)
        except EndpointError as error:
            if error.fault == "timeout" and accumulator.complete:
                return [*found, *accumulator.finish()]
            raise
        except httpx2.TimeoutException:
            raise EndpointError("nothing came", "timeout", retryable=True) from None
        except httpx2.ConnectError as error:
            raise EndpointError(str(error), "connect", retryable=True) from None
        except httpx2.TransportError as error:
            raise EndpointError(str(error), "closed", retryable=True) from None
    if scope.cancelled_caught:
        raise EndpointError("took too long", "timeout")
    return found


def meet(server: FaultServer, fault: Fault, *, stream: bool, tries: int) -> list[Piece]:
    async def main() -> list[Piece]:
        timeout = httpx2.Timeout(QUIET)
        async with httpx2.AsyncClient(timeout=timeout, trust_env=False, verify=False) as client:
            for left in reversed(range(tries)):
                try:
                    return await ask(client, server.base_url(fault.name), stream=stream)
                except EndpointError as error:
                    if not (left and error.retryable):
                        raise
        raise AssertionError

    return anyio.run(main)


def check(found: list[Piece], expect: Expect) -> None:
    *deltas, reply = found
    assert isinstance(reply, Reply)
    assert reply.text == expect.text == "".join(piece.text for piece in deltas if isinstance(piece, TextDelta))
    assert tuple((call.name, call.arguments) for call in reply.calls) == expect.calls
    assert reply.finish == expect.finish


def ended(seen: Seen) -> Seen:
    assert seen.done.wait(10)
    return seen


def test_the_table_is_long_enough_and_its_names_are_unique() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 60


@pytest.mark.slow  # the fast suite plays the table to the client: tests/chat/test_client.py
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_a_reply_or_an_error_and_never_half_a_reply(server: FaultServer, fault: Fault, stream: bool) -> None:
    server.forget()
    expect = fault.wanted(stream=stream)
    if expect.text is None or expect.retries:
        with pytest.raises(EndpointError) as caught:
            meet(server, fault, stream=stream, tries=1)
        assert caught.value.fault in expect.faults, caught.value
        assert SECRET not in str(caught.value)
    if expect.text is not None:
        server.forget()
        check(meet(server, fault, stream=stream, tries=3 if expect.retries else 1), expect)
    assert len(server.seen) == (0 if fault.name == "refuse" else 2 if expect.retries else 1)
    for seen in server.seen:
        assert ended(seen).method == "POST"
        assert seen.body == {"model": "m", "messages": [], "stream": stream}


def test_it_sees_when_the_client_closes(server: FaultServer) -> None:
    server.forget()
    for stream in (True, False):
        with httpx2.Client(timeout=5, trust_env=False) as client:
            url = f"{server.base_url('hang-mid-token')}/chat/completions"
            with client.stream("POST", url, json={"stream": stream}) as response:
                coming = response.iter_bytes()
                next(coming)
                seen = server.seen[-1]
                assert seen.closed is None
        assert ended(seen).closed is not None
        assert seen.finished is None  # it did not wait for the end of its own patience


def test_a_drip_is_slow_and_a_pause_is_a_pause(server: FaultServer) -> None:
    server.forget()
    with httpx2.Client(timeout=5, trust_env=False) as client:
        begun = time.monotonic()
        url = f"{server.base_url('slow-but-alive')}/chat/completions"
        assert client.post(url, json={"stream": True}).status_code == 200
        assert time.monotonic() - begun > 0.29
        with client.stream("POST", f"{server.base_url('drip')}/chat/completions", json={"stream": True}) as response:
            assert len(next(response.iter_raw())) == 1


def test_an_unknown_fault_is_404(server: FaultServer) -> None:
    url = server.base_url("empty").replace("empty", "no-such-fault")
    assert httpx2.post(url, json={}, trust_env=False).status_code == 404


def test_it_leaves_neither_threads_nor_files() -> None:
    threads, files = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with FaultServer(FAULTS) as running:
            port = int(running.base_url("hang-mid-token").split(":")[2].split("/")[0])
            hanging = socket.create_connection(("127.0.0.1", port))
            hanging.sendall(b"POST /hang-mid-token/v1/x HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
            assert hanging.recv(10)
        hanging.close()
    assert threading.active_count() <= threads  # one of another test may end meanwhile
    assert len(list(Path("/proc/self/fd").iterdir())) <= files
