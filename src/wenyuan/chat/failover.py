"""Several endpoints as one: the first whose circuit is closed is asked, the next where it says nothing."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing

from wenyuan.errors import EndpointError
from wenyuan.types import ChatModel, Piece, Reply, Request

_IN_A_ROW = 5  # failures that open a circuit
_OF_LAST = 20  # or half of as many requests
_OPEN_SECONDS = 30.0


class Breaker:
    """A circuit breaker (Nygard, Release It!, 2007): closed, open, and one trial after 30 seconds.

    Not shared between threads: it lives in the event loop of its endpoint.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: deque[bool] = deque(maxlen=_OF_LAST)
        self._row = 0
        self._opened: float | None = None

    @property
    def state(self) -> str:
        """closed, open or half-open."""
        if self._opened is None:
            return "closed"
        return "open" if self._clock() < self._opened + _OPEN_SECONDS else "half-open"

    def allows(self) -> bool:
        """Whether a request may be sent now; the one trial of a half-open circuit counts as sent."""
        state = self.state
        if state == "half-open":
            self._opened = self._clock()  # the others wait for what becomes of the trial
        return state != "open"

    def succeeded(self) -> None:
        """A reply came."""
        self._last.append(True)
        self._row, self._opened = 0, None

    def failed(self) -> None:
        """No reply came."""
        self._last.append(False)
        self._row += 1
        half = len(self._last) == _OF_LAST and self._last.count(False) >= _OF_LAST // 2
        if self._opened is not None or self._row >= _IN_A_ROW or half:
            self._opened = self._clock()


class Failover:
    """A `ChatModel` over one or more, tried in order."""

    def __init__(self, models: Sequence[ChatModel], clock: Callable[[], float] = time.monotonic) -> None:
        assert models
        self._models = list(models)
        self._breakers = [Breaker(clock) for _ in models]

    @property
    def id(self) -> str:
        """That of the first."""
        return self._models[0].id

    @property
    def window(self) -> int:
        """The smallest, since any may be asked."""
        return min(model.window for model in self._models)

    @property
    def states(self) -> dict[str, str]:
        """Model → the state of its circuit."""
        return {model.id: breaker.state for model, breaker in zip(self._models, self._breakers, strict=True)}

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The largest count, since any may be asked."""
        return [max(counts) for counts in zip(*(model.count_tokens(texts) for model in self._models), strict=True)]

    async def aclose(self) -> None:
        """Of all of them, whatever one raises."""
        async with AsyncExitStack() as closing:
            for model in reversed(self._models):
                closing.push_async_callback(model.aclose)

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """The pieces of the first endpoint that says anything."""
        failures: list[EndpointError] = []
        for model, breaker in zip(self._models, self._breakers, strict=True):
            if not breaker.allows():
                failures.append(
                    EndpointError(
                        f"{model.id} failed too often and is left alone; ask again in half a minute.", "closed"
                    )
                )
                continue
            begun = False
            try:
                async with aclosing(model.stream(request)) as pieces:
                    async for piece in pieces:
                        begun = True
                        if isinstance(piece, Reply):
                            breaker.succeeded()
                        yield piece
                return
            except EndpointError as error:
                if error.fault not in ("rejected", "truncated"):  # the request's fault, not the endpoint's
                    breaker.failed()
                if begun:
                    raise
                failures.append(error)
        raise _all(failures)


def _all(failures: Sequence[EndpointError]) -> EndpointError:
    if len(failures) == 1:
        return failures[0]
    said = " ".join(str(failure) for failure in failures)
    retryable = any(failure.retryable for failure in failures)
    return EndpointError(f"No endpoint replied. {said}", failures[0].fault, retryable=retryable)
