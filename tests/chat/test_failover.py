"""Circuit breakers, and endpoints that stand in for each other."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

import anyio
import pytest

from wenyuan.chat.failover import Breaker, Failover
from wenyuan.errors import EndpointError, EndpointFault
from wenyuan.types import ChatModel, Message, Piece, Reply, Request, TextDelta

REQUEST = Request((Message("user", "q"),))


class Scripted:
    """Fails as often as it is told to, before or after its first word."""

    def __init__(
        self, id: str, failures: int = 0, fault: EndpointFault = "server", said: str = "", window: int = 1000
    ) -> None:
        self.id, self.window = id, window
        self._failures, self._fault, self._said = failures, fault, said
        self.asked = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // (1 if self.id == "a" else 2) for text in texts]

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        self.asked += 1
        if self.asked <= self._failures:
            if self._said:
                yield TextDelta(self._said)
            raise EndpointError(f"{self.id} failed.", self._fault, retryable=True)
        yield TextDelta(self.id)
        yield Reply(self.id)


def ask(model: ChatModel) -> list[Piece]:
    async def run() -> list[Piece]:
        return [piece async for piece in model.stream(REQUEST)]

    return anyio.run(run)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_first_is_asked() -> None:
    first, second = Scripted("a"), Scripted("b")
    assert ask(Failover([first, second])) == [TextDelta("a"), Reply("a")]
    assert second.asked == 0


def test_the_next_stands_in_for_one_that_fails_before_its_first_word() -> None:
    assert ask(Failover([Scripted("a", 1), Scripted("b")]))[-1] == Reply("b")


def test_a_reply_that_breaks_off_is_not_begun_again_by_another() -> None:
    second = Scripted("b")
    with pytest.raises(EndpointError, match=r"a failed"):
        ask(Failover([Scripted("a", 1, said="Half an ans"), second]))
    assert second.asked == 0


def test_where_all_fail_the_sentence_names_each() -> None:
    with pytest.raises(EndpointError, match=r"No endpoint replied. a failed. b failed.") as caught:
        ask(Failover([Scripted("a", 1, "timeout"), Scripted("b", 1)]))
    assert caught.value.fault == "timeout"
    assert caught.value.retryable


def test_five_failures_in_a_row_leave_an_endpoint_alone_for_half_a_minute_then_one_trial() -> None:
    clock = Clock()
    first, second = Scripted("a", failures=6), Scripted("b")
    both = Failover([first, second], clock)
    for _ in range(5):
        ask(both)
    assert both.states == {"a": "open", "b": "closed"}
    ask(both)
    assert first.asked == 5
    clock.now = 30.0
    assert both.states["a"] == "half-open"
    ask(both)  # the trial fails
    assert first.asked == 6
    assert both.states["a"] == "open"
    clock.now = 60.0
    assert ask(both)[-1] == Reply("a")
    assert both.states["a"] == "closed"


def test_half_of_twenty_failures_open_the_circuit() -> None:
    breaker = Breaker(Clock())
    for n in range(20):
        assert breaker.state == "closed"
        (breaker.failed if n % 2 else breaker.succeeded)()
    assert not breaker.allows()


def test_only_one_trial_goes_through_a_half_open_circuit() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(5):
        breaker.failed()
    clock.now = 31.0
    assert [breaker.allows(), breaker.allows()] == [True, False]


def test_a_request_that_is_refused_is_not_the_endpoints_fault() -> None:
    only = Failover([Scripted("a", 9, "rejected")])
    for _ in range(8):
        with pytest.raises(EndpointError):
            ask(only)
    assert only.states == {"a": "closed"}


def test_alone_it_says_that_it_is_left_alone() -> None:
    only = Failover([Scripted("a", 9)])
    for _ in range(5):
        with pytest.raises(EndpointError, match=r"a failed"):
            ask(only)
    with pytest.raises(EndpointError, match="left alone"):
        ask(only)


def test_counts_and_window_hold_for_each() -> None:
    both = Failover([Scripted("a", window=4000), Scripted("b", window=2000)])
    assert (both.window, both.count_tokens(["abcd"]), both.id) == (2000, [4], "a")


def test_one_that_cannot_be_closed_does_not_keep_the_others_open() -> None:
    closed: list[str] = []

    class Closing(Scripted):
        async def aclose(self) -> None:
            closed.append(self.id)
            if self.id == "a":
                raise OSError("gone")

    both = Failover([Closing("a"), Closing("b")])
    with pytest.raises(OSError, match="gone"):
        anyio.run(both.aclose)
    assert closed == ["a", "b"]
