"""Events over the wire: to callers who listen, who hang up, and who do not read."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import Request
from starlette.responses import Response

from running import Running, running, until
from wenyuan.errors import OutOfSpace
from wenyuan.server import events as module
from wenyuan.server.errors import Refused
from wenyuan.server.events import Event, EventStream, frame
from wenyuan.server.gate import Gate
from wenyuan.server.identity import Identity, rights_of

from .conftest import PUMP
from .wire import Reply, Wire, asked

BUG = "secret of the house"


class Source:
    """Makes events as the last part of a path says, and sees what becomes of it."""

    def __init__(self) -> None:
        self.gate = Gate("t", workers=2, waiting=1, patience=0.3)
        self.seconds = 60.0
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.cancelled, self.begun, self.ended, self.go = (threading.Event() for _ in range(4))
        self.threads: set[threading.Thread] = set()

    async def stream(self, request: Request, kind: str) -> Response:
        """The path `/t/{kind}`."""
        made = getattr(self, kind)

        def work() -> Iterator[Event]:
            self.threads.add(threading.current_thread())
            self.begun.set()
            try:
                yield from made()
            finally:
                self.ended.set()

        return EventStream(self.gate, work, cancel=self.cancelled.set, seconds=self.seconds, last=b"data: [DONE]\n\n")

    def good(self) -> Iterator[Event]:
        yield "text", {"text": "保修期\n\nevent: x\u2028\r"}
        yield "answer", {"answer": "24 个月"}

    def slow(self) -> Iterator[Event]:
        yield "text", {"text": "a"}
        self.go.wait(60)
        yield "text", {"text": "b"}

    def silent(self) -> Iterator[Event]:
        self.cancelled.wait(60)
        yield from ()

    def endless(self) -> Iterator[Event]:
        while not self.cancelled.is_set():
            yield "text", {"text": "x" * 65536}

    def stuck(self) -> Iterator[Event]:
        yield "text", {"text": "a"}
        self.cancelled.wait(60)

    def refused(self) -> Iterator[Event]:
        raise Refused(404, "not_found", "There is nothing of this name; list what there is, or correct the name.")
        yield

    def full(self) -> Iterator[Event]:
        raise OutOfSpace("The disk is full.")
        yield

    def broken(self) -> Iterator[Event]:
        raise LookupError(BUG)
        yield

    def empty(self) -> Iterator[Event]:
        yield from ()

    def late_refused(self) -> Iterator[Event]:
        yield "text", {"text": "a"}
        yield from self.refused()

    def late_broken(self) -> Iterator[Event]:
        yield "text", {"text": "a"}
        yield from self.broken()


@pytest.fixture(scope="module")
def sources() -> Source:
    return Source()


@pytest.fixture(scope="module")
def streaming(tmp_path_factory: pytest.TempPathFactory, sources: Source) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("events"), routes={"/t/{kind}": sources.stream}, silence=0.5) as server:
        yield server


@pytest.fixture
def source(sources: Source) -> Iterator[Source]:
    sources.forget()
    sources.seconds = 60.0
    yield sources
    sources.go.set()
    sources.cancelled.set()
    until(lambda: (sources.gate.working, sources.gate.waiting) == (0, 0))


def events(reply: Reply) -> list[tuple[str, dict[str, object]]]:
    """What a client of server-sent events makes of a body."""
    found = []
    for block in reply.body.decode().split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        fields = dict(line.split(": ", 1) for line in lines)
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def test_an_event_is_one_line_of_data_whatever_it_holds() -> None:
    assert frame(("text", {"text": "a\n\nb"})) == b'event: text\ndata: {"text": "a\\n\\nb"}\n\n'
    assert "水" in frame(("text", {"text": "水"})).decode()
    assert json.loads(frame(("text", {"text": "\ud800"})).decode().split("data: ")[1]) == {"text": "\ud800"}


def test_events_come_in_order_and_the_end_is_said(streaming: Running, source: Source) -> None:
    reply = asked(streaming, "GET", "/t/good")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (reply.headers["x-accel-buffering"], reply.headers["cache-control"]) == ("no", "no-store")
    assert reply.headers["content-length"] is None
    assert events(reply) == [("text", {"text": "保修期\n\nevent: x\u2028\r"}), ("answer", {"answer": "24 个月"})]
    assert reply.body.endswith(b"data: [DONE]\n\n")


def test_where_nothing_happens_there_are_signs_of_life(
    streaming: Running, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PING", 0.05)
    threading.Timer(0.4, source.go.set).start()
    reply = asked(streaming, "GET", "/t/slow")
    assert reply.body.count(b": ping\n\n") >= 3
    assert [data["text"] for _, data in events(reply)] == ["a", "b"]


@pytest.mark.parametrize(("kind", "read"), [("silent", False), ("stuck", True), ("endless", True)])
def test_a_caller_who_hangs_up_cancels_it(streaming: Running, source: Source, kind: str, read: bool) -> None:
    with Wire(streaming) as wire:
        wire.ask("GET", f"/t/{kind}")
        assert source.begun.wait(60)
        if read:
            wire.socket.recv(100)
        gone = time.monotonic()
    assert source.cancelled.wait(60)
    assert time.monotonic() - gone < 20  # what it watched ends by itself after 60
    assert source.ended.wait(60)
    until(lambda: source.gate.working == 0)


def test_a_caller_who_does_not_read_is_left(streaming: Running, source: Source) -> None:
    with Wire(streaming, buffer=4096) as wire:
        wire.ask("GET", "/t/endless")
        assert source.cancelled.wait(60)
        assert source.ended.wait(60)
        until(lambda: source.gate.working == 0)
        assert wire.ended()


def test_a_caller_who_hangs_up_in_the_queue_gives_the_place_up(streaming: Running, source: Source) -> None:
    with Wire(streaming) as one, Wire(streaming) as other:
        for wire in (one, other):
            wire.ask("GET", "/t/slow")
        until(lambda: source.gate.working == 2)
        with Wire(streaming) as third:
            third.ask("GET", "/t/good")
            until(lambda: source.gate.waiting == 1)
            refused = asked(streaming, "GET", "/t/good")
            assert (refused.status, refused.headers["retry-after"]) == (429, "1")
            assert refused.error["type"] == "rate_limit_error"
        until(lambda: source.gate.waiting == 0)
        assert asked(streaming, "GET", "/t/good").status == 429  # it waited in vain


@pytest.mark.parametrize(("kind", "status"), [("refused", 404), ("full", 507), ("broken", 500)])
def test_an_error_before_the_first_event_has_its_own_status(
    streaming: Running, source: Source, kind: str, status: int
) -> None:
    reply = asked(streaming, "GET", f"/t/{kind}", accept_language="zh")
    assert reply.status == status
    assert reply.headers["content-type"] == "application/json"
    assert BUG not in reply.error["message"]
    assert kind == "full" or "。" in reply.error["message"]


def test_without_any_event_there_is_an_error(streaming: Running, source: Source) -> None:
    assert asked(streaming, "GET", "/t/empty").status == 500


@pytest.mark.parametrize(("kind", "code"), [("late_refused", "not_found"), ("late_broken", "internal_error")])
def test_an_error_after_it_is_an_event(streaming: Running, source: Source, kind: str, code: str) -> None:
    for language, end in (("zh-CN", "。"), ("en", ".")):
        reply = asked(streaming, "GET", f"/t/{kind}", accept_language=language)
        (first, _), (last, said) = events(reply)
        assert (reply.status, first, last, said["error"]["code"]) == (200, "text", "error", code)  # type: ignore[index]
        assert said["error"]["message"].endswith(end)  # type: ignore[index]
        assert BUG.encode() not in reply.body
        assert b"[DONE]" not in reply.body


@pytest.mark.parametrize("kind", ["silent", "stuck"])
def test_the_time_is_over_at_some_point(streaming: Running, source: Source, kind: str) -> None:
    source.seconds = 0.3
    reply = asked(streaming, "GET", f"/t/{kind}")
    assert source.cancelled.is_set()
    if kind == "silent":
        assert (reply.status, reply.error["code"]) == (504, "deadline")
    else:
        assert events(reply)[-1][1]["error"]["code"] == "deadline"  # type: ignore[index]


def test_the_time_is_over_in_the_queue_too(streaming: Running, source: Source) -> None:
    with Wire(streaming) as one, Wire(streaming) as other:
        for wire in (one, other):
            wire.ask("GET", "/t/stuck")
        until(lambda: source.gate.working == 2)
        source.seconds = 0.05
        assert asked(streaming, "GET", "/t/good").status == 504


def test_many_who_watch_jobs_leave_threads_for_the_others(server: Running) -> None:
    server.service.worker.close()
    job = server.service.jobs.put(Identity("k", "default", rights_of(["ingest"])), "kb", "sync", {})
    wires = [Wire(server) for _ in range(60)]
    for wire in wires:
        wire.ask("GET", f"/api/jobs/{job.id}/events")
    until(lambda: server.service.watching.working == 60)
    assert asked(server, "GET", "/api/knowledge-bases").status == 200
    for wire in wires:
        wire.socket.close()
    until(lambda: server.service.watching.working == 0)


@pytest.mark.slow
def test_a_thousand_who_hang_up_leave_no_thread_file_or_place(tmp_path: Path) -> None:
    with running(tmp_path / "home", workers=4, waiting=64) as server:
        server.make("kb", {"pump.md": PUMP})
        body = json.dumps({"question": "How long is the warranty?", "stream": True}).encode()

        def hang_up(n: int) -> None:
            with Wire(server) as wire:
                wire.ask("POST", "/api/knowledge-bases/kb/ask", body)
                if n % 4:
                    wire.socket.settimeout(0.005 * (n % 7))
                    with contextlib.suppress(TimeoutError, BlockingIOError):
                        wire.socket.recv(64)

        def left() -> tuple[int, int]:
            service = server.service
            until(lambda: (service.asking.working, service.asking.waiting) == (0, 0))
            until(lambda: not any(place.users for place in service.shelf._places.values()))
            assert asked(server, "GET", "/livez").status == 200
            time.sleep(0.1)
            return threading.active_count(), len(os.listdir("/proc/self/fd"))

        with ThreadPoolExecutor(8) as pool:
            for batch in range(25):  # not more at once than are let in
                list(pool.map(hang_up, range(batch * 40, batch * 40 + 40)))
                after = left()
                if batch == 4:
                    threads, files = after
        assert after[0] <= threads + 40  # pools fill as they are used; what leaks would leave hundreds of 800
        assert after[1] <= files + 40
        assert asked(server, "POST", "/api/knowledge-bases/kb/ask", body).body.count(b"event: answer") == 1
