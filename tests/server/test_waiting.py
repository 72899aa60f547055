"""Work for callers who may go away."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import Request
from starlette.responses import JSONResponse, Response

import faults
from fault_server import FaultServer
from running import Running, running, until
from wenyuan.server.errors import Refused
from wenyuan.server.gate import Gate
from wenyuan.server.waiting import awaited

from .conftest import PUMP
from .wire import Wire, asked

ASK = "/api/knowledge-bases/kb/ask"


class Desk:
    """Does work as the last part of a path says."""

    def __init__(self) -> None:
        self.gate = Gate("t", workers=1, waiting=4, patience=60)
        self.seconds = 60.0
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.begun, self.go, self.cancelled = (threading.Event() for _ in range(3))

    async def work(self, request: Request, kind: str) -> Response:
        """The path `/t/{kind}`."""
        return JSONResponse(await awaited(request, self.gate, getattr(self, kind), self.seconds, self.cancelled.set))

    def good(self) -> str:
        return "done"

    def holds(self) -> str:
        self.begun.set()
        self.go.wait(60)
        return "held"

    def heeds(self) -> str:
        self.begun.set()
        self.cancelled.wait(60)
        raise LookupError("what becomes of work that was broken off")

    def refuses(self) -> str:
        raise Refused(409, "taken", "It is taken.")

    def breaks(self) -> str:
        raise LookupError("a bug")


@pytest.fixture(scope="module")
def desks() -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def waited(tmp_path_factory: pytest.TempPathFactory, desks: Desk) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("waiting"), routes={"/t/{kind}": desks.work}) as server:
        yield server


@pytest.fixture
def desk(desks: Desk) -> Iterator[Desk]:
    desks.forget()
    desks.seconds = 60.0
    yield desks
    desks.go.set()
    desks.cancelled.set()
    until(lambda: (desks.gate.working, desks.gate.waiting) == (0, 0))


def test_work_has_its_result_or_its_error(waited: Running, desk: Desk) -> None:
    assert json.loads(asked(waited, "GET", "/t/good").body) == "done"
    assert asked(waited, "GET", "/t/refuses").error["code"] == "taken"
    assert asked(waited, "GET", "/t/breaks").error["code"] == "internal_error"
    assert not desk.cancelled.is_set()


def test_who_hangs_up_in_the_queue_gives_the_place_up(waited: Running, desk: Desk) -> None:
    with Wire(waited) as first:
        first.ask("GET", "/t/holds")
        assert desk.begun.wait(60)
        with Wire(waited) as second, Wire(waited) as third:
            second.ask("GET", "/t/good")
            third.ask("GET", "/t/good")
            until(lambda: desk.gate.waiting == 2)
            second.socket.close()
            until(lambda: desk.gate.waiting == 1)
            desk.go.set()
            assert json.loads(third.reply().body) == "done"
        assert json.loads(first.reply().body) == "held"


@pytest.mark.parametrize("body", [None, b'{"a": 1}'])
def test_who_hangs_up_breaks_it_off_and_no_bug_is_reported(
    waited: Running, desk: Desk, caplog: pytest.LogCaptureFixture, body: bytes | None
) -> None:
    with caplog.at_level(logging.WARNING), Wire(waited) as wire:
        wire.ask("POST", "/t/heeds", body)
        assert desk.begun.wait(60)
        wire.socket.close()
        assert desk.cancelled.wait(60)
        until(lambda: desk.gate.working == 0)
        assert asked(waited, "GET", "/t/good").status == 200
    assert caplog.records == []


def test_when_the_time_is_over_it_is_broken_off(waited: Running, desk: Desk) -> None:
    desk.seconds = 0.2
    reply = asked(waited, "GET", "/t/heeds", accept_language="zh")
    assert (reply.status, reply.error["code"]) == (504, "deadline")
    assert "用时超过了 0.2 秒" in reply.error["message"]


def test_the_time_is_over_in_the_queue_too(waited: Running, desk: Desk) -> None:
    with Wire(waited) as first:
        first.ask("GET", "/t/holds")
        assert desk.begun.wait(60)
        desk.seconds = 0.2
        assert asked(waited, "GET", "/t/good").status == 504
        desk.go.set()
        assert json.loads(first.reply().body) == "held"


def test_what_is_done_all_the_same_is_done_before_the_next_begins(waited: Running, desk: Desk) -> None:
    with Wire(waited) as wire:
        wire.ask("GET", "/t/holds")
        assert desk.begun.wait(60)
    until(desk.cancelled.is_set)
    assert desk.gate.working == 1  # the thread is at it still
    desk.go.set()
    assert json.loads(asked(waited, "GET", "/t/good").body) == "done"


@pytest.mark.parametrize(
    ("stream", "fault"),
    [
        *((False, fault) for fault in ("hang-before-headers", "hang-in-headers", "hang-mid-token", "drip")),
        (True, "hang-mid-token"),  # `test_events` has who hangs up on a stream
        *(pytest.param(True, fault, marks=pytest.mark.slow) for fault in ("hang-before-headers", "drip")),
    ],
)
def test_who_hangs_up_ends_the_language_models_work_within_a_second(
    asking: tuple[Running, FaultServer], fault: str, stream: bool
) -> None:
    server, upstream = asking
    upstream.forget()
    server.set("kb", f'[llm]\nurl = "{upstream.base_url(fault)}"\nmodel = "m"\nretries = 0\n')
    body = json.dumps({"question": "How long is the warranty?", "stream": stream}).encode()
    with Wire(server) as wire:
        wire.ask("POST", ASK, body)
        until(lambda: upstream.seen)
        time.sleep(0.3)
        gone = time.monotonic()
    until(lambda: upstream.seen[-1].closed is not None)
    assert upstream.seen[-1].closed - gone < 1  # type: ignore[operator]
    until(lambda: server.service.asking.working == 0)
    assert len(upstream.seen) == 1


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, FaultServer]]:
    folder: Path = tmp_path_factory.mktemp("asking")
    with FaultServer(faults.FAULTS) as upstream, running(folder) as server:
        server.make("kb", {"pump.md": PUMP})
        yield server, upstream
