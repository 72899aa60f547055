"""Connections whose callers neither speak nor listen."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest
from starlette.responses import Response

from running import Running, running, until

from .wire import Wire, asked

LARGE = 8 << 20


async def large() -> Response:
    """More than what two machines keep of what nobody takes."""
    return Response(b"x" * LARGE)


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("hasty"), routes={"/large": large}, silence=0.4) as server:
        yield server


@pytest.mark.parametrize("said", [b"", b"GET", b"GET /livez HTTP/1.1\r\nHost: localhost\r\n", b"\r\n\r\n"])
def test_a_head_that_does_not_come_is_not_waited_for(hasty: Running, said: bytes) -> None:
    with Wire(hasty) as wire:
        wire.send(said)
        started = time.monotonic()
        assert wire.ended()
    assert time.monotonic() - started < 10


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(hasty: Running) -> None:
    with Wire(hasty) as wire, contextlib.suppress(ConnectionError):
        wire.send(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n")
        end = time.monotonic() + 10
        while time.monotonic() < end:
            wire.send(b"X-A: b\r\n")
            time.sleep(0.02)
        pytest.fail("the server listened on")


def test_a_second_head_is_not_waited_for_either(hasty: Running) -> None:
    with Wire(hasty) as wire:
        for _ in range(2):
            wire.ask("GET", "/livez")
            assert wire.reply().status == 200
        wire.send(b"GET /livez HT")
        assert wire.ended()


def test_requests_one_after_the_other_are_answered_in_order(hasty: Running) -> None:
    with Wire(hasty) as wire:
        for path in ("/livez", "/version", "/nowhere", "/livez"):
            wire.ask("GET", path)
        time.sleep(0.1)
        assert [wire.reply().status for _ in range(1)] == [200]


@pytest.mark.parametrize("connection", ["close", "keep-alive"])
def test_who_does_not_take_what_is_sent_is_left(hasty: Running, connection: str) -> None:
    with Wire(hasty, buffer=4096) as wire:
        wire.ask("GET", "/large", connection=connection)
        time.sleep(1.5)
        with contextlib.suppress(ConnectionError):
            taken = 0
            while more := wire.socket.recv(65536):
                taken += len(more)
            assert taken < LARGE


def test_who_takes_it_slowly_gets_all_of_it(hasty: Running) -> None:
    with Wire(hasty, buffer=65536) as wire:
        wire.ask("GET", "/large", connection="close")
        taken = 0
        while more := wire.socket.recv(1 << 20):
            taken += len(more)
            time.sleep(0.005)
    assert taken > LARGE


@pytest.mark.parametrize(
    "head",
    [
        b"GET /livez\r\n\r\n",
        b"\x00\xff\r\n\r\n",
        b"GET /livez HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET /li\x00vez HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\nA: b\x00c\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\n a: folded\r\nbad header\r\n\r\n",
        b"POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_no_http_is_ended(hasty: Running, head: bytes) -> None:
    with Wire(hasty) as wire:
        with contextlib.suppress(ConnectionError):
            wire.send(head)
        assert wire.ended()
    assert asked(hasty, "GET", "/livez").status == 200


def test_no_connection_is_kept_for_ever(hasty: Running) -> None:
    wires = [Wire(hasty) for _ in range(50)]
    for wire in wires:
        assert wire.ended()
        wire.socket.close()
    until(lambda: asked(hasty, "GET", "/livez").status == 200)
