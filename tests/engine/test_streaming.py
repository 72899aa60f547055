"""The events of an answer: read by one thread, closed by any."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import closing

import anyio
import pytest

from wenyuan.engine.portal import Portal
from wenyuan.engine.streaming import AnswerStream
from wenyuan.errors import WrongUse
from wenyuan.types import AnswerEvent, TextDelta


class Flow:
    """Events of a portal that never end, and whether what they hold was let go."""

    def __init__(self, portal: Portal) -> None:
        self.portal, self.waiting, self.let_go = portal, threading.Event(), threading.Event()
        self.left = False

    async def endless(self) -> AsyncGenerator[AnswerEvent, None]:
        try:
            yield TextDelta("a")
            self.waiting.set()
            await anyio.sleep_forever()
        finally:
            self.let_go.set()

    def events(self) -> Generator[AnswerEvent, None, None]:
        try:
            with closing(self.portal.iterate(self.endless)) as events:
                yield from events
        finally:
            self.left = True


@pytest.fixture
def flow() -> Generator[Flow, None, None]:
    portal = Portal()
    yield Flow(portal)
    portal.close()


def read(stream: AnswerStream, said: list[object], heard: threading.Event | None = None) -> threading.Thread:
    """A thread that reads; `heard` is set once it has said the first event."""

    def work() -> None:
        try:
            for event in stream:
                said.append(event)
                if heard:
                    heard.set()
            said.append("end")
        except WrongUse as error:
            said.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_closing_wakes_a_reader_that_waits_in_another_thread(flow: Flow) -> None:
    stream, said, heard = AnswerStream(flow.events()), [], threading.Event()
    reader = read(stream, said, heard)
    assert heard.wait(30)
    assert flow.waiting.wait(30)
    stream.close()
    reader.join(30)
    assert not reader.is_alive()
    assert said == [TextDelta("a"), "end"]
    assert flow.left
    assert flow.let_go.wait(30)
    assert stream.closed
    assert [*stream] == []


def test_closing_does_not_wait_for_what_takes_long_to_let_go(flow: Flow) -> None:
    free = threading.Event()

    async def slow() -> AsyncGenerator[AnswerEvent, None]:
        try:
            flow.waiting.set()
            await anyio.sleep_forever()
            yield TextDelta("")
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(free.wait)

    stream, said = AnswerStream(flow.portal.iterate(slow)), []
    reader = read(stream, said)
    assert flow.waiting.wait(60)
    stream.close()
    reader.join(5)
    assert said == ["end"]
    free.set()


def test_it_may_be_closed_before_it_is_read_twice_and_after_its_end(flow: Flow) -> None:
    stream = AnswerStream(flow.events())
    stream.close()
    stream.close()
    assert [*stream] == []
    assert not flow.waiting.is_set()
    ended = AnswerStream(event for event in [TextDelta("b")])
    assert [*ended] == [TextDelta("b")]
    ended.close()


def test_what_is_waited_for_without_events_is_cancelled_too(flow: Flow) -> None:
    """A question is rewritten by the model before the first event, for instance."""

    async def never() -> None:
        flow.waiting.set()
        await anyio.sleep_forever()

    def events() -> Generator[AnswerEvent, None, None]:
        flow.portal.call(never)
        yield TextDelta("too late")

    stream, said = AnswerStream(events()), []
    reader = read(stream, said)
    assert flow.waiting.wait(60)
    stream.close()
    reader.join(5)
    assert said == ["end"]


def test_what_happens_after_it_was_closed_is_not_told() -> None:
    computing, closed = threading.Event(), threading.Event()

    def events() -> Generator[AnswerEvent, None, None]:
        computing.set()
        closed.wait(5)
        yield TextDelta("too late")

    stream, said = AnswerStream(events()), []
    reader = read(stream, said)
    assert computing.wait(60)
    stream.close()
    closed.set()
    reader.join(5)
    assert said == ["end"]


def test_a_loop_that_is_left_closes_all_within(flow: Flow) -> None:
    for _ in AnswerStream(flow.events()):
        break
    assert flow.left
    assert flow.let_go.wait(60)


def test_so_does_a_block(flow: Flow) -> None:
    with AnswerStream(flow.events()) as stream:
        next(stream)
    assert flow.left
    assert flow.let_go.wait(60)


def test_a_portal_that_is_closed_is_an_error_of_its_reader(flow: Flow) -> None:
    stream, said = AnswerStream(flow.events()), []
    reader = read(stream, said)
    assert flow.waiting.wait(60)
    flow.portal.close()
    reader.join(5)
    assert "closed in the middle of an answer" in str(said[-1])
