"""One endpoint that speaks the chat-completions protocol, as a `ChatModel`.

Transport, authorisation and status errors are the `openai` SDK's; what comes over the wire is read by `wire` and
`stream`, since the SDK's own stream helper merges parallel calls of common servers.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from wenyuan.chat.address import secrets_of, without_secrets
from wenyuan.chat.body import body_of
from wenyuan.chat.faults import cut_by_server, of_sdk, out_of_time
from wenyuan.chat.meter import Meter
from wenyuan.chat.profile import Profile
from wenyuan.chat.stream import Accumulator, pieces
from wenyuan.chat.wire import objects
from wenyuan.errors import EndpointError, MissingExtra
from wenyuan.types import Piece, Reply, Request

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_BACKOFF = 0.5  # seconds before the first retry; doubled for each further one
_LONGEST_WAIT = 30.0  # seconds; a server that asks for more is not waited for
_AFTER_END = 2.0  # seconds for the count of tokens, once the reply is complete
_NO_KEY = "none"  # local servers want no key, the SDK wants one


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait: for a connection, the first word, the next one, the whole reply; and how often to try again."""

    connect: float = 10.0
    first: float = 60.0
    between: float = 30.0
    total: float = 300.0
    retries: int = 2


class Endpoint:
    """A model at a base URL. It belongs to one event loop; `aclose` releases its connections."""

    def __init__(
        self,
        url: str,
        model: str,
        key: str | None = None,
        *,
        profile: Profile | None = None,
        patience: Patience = Patience(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._model, self._key = url.rstrip("/"), model, key
        self._place = without_secrets(self._url)
        digest = hashlib.sha256(self._url.encode("utf-8", "surrogatepass")).hexdigest()
        self._mark = "" if self._place == self._url else f" ({digest[:8]})"
        self.profile = profile or Profile()
        self._patience = patience
        self._clock = clock
        self._meter = Meter(self.profile)
        self._retries = RetryBudget()
        self._secrets = (*filter(None, [key]), *secrets_of(url))
        self._sdk: AsyncOpenAI | None = None

    @property
    def id(self) -> str:
        """Model and base URL; where secrets are masked in it, with a hash that tells it from others that look alike."""
        return f"{self._model}@{self._place}{self._mark}"

    @property
    def window(self) -> int:
        """Tokens, from the profile."""
        return self.profile.window

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Estimated from above; closer once the server has told what it counted."""
        return self._meter.count(texts)

    def with_profile(self, profile: Profile) -> Endpoint:
        """The same endpoint, treated otherwise."""
        return Endpoint(self._url, self._model, self._key, profile=profile, patience=self._patience, clock=self._clock)

    async def aclose(self) -> None:
        """Close the connections; the endpoint can be used again."""
        sdk, self._sdk = self._sdk, None
        if sdk is not None:
            await sdk.close()

    async def stream(self, request: Request) -> AsyncGenerator[Piece, None]:
        """See `ChatModel`. A failure before the first piece is tried again where that may help."""
        import anyio

        self._client()  # importing the SDK is not the endpoint's time
        deadline = self._clock() + self._patience.total
        self._retries.asked()
        for attempt in range(self._patience.retries + 1):
            begun = False
            try:
                async with aclosing(self._once(request, deadline)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                return
            except EndpointError as error:
                wait = _pause(error, attempt)
                last = attempt == self._patience.retries or wait is None or self._clock() + wait >= deadline
                if begun or last or not self._retries.spend():
                    raise
                assert wait is not None
            await anyio.sleep(wait)

    async def models(self) -> list[str]:
        """The names of the models that the endpoint offers.

        Raises:
            EndpointError: it does not say.
        """
        import openai

        try:
            return [model.id async for model in self._client().models.list()]
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:  # what HTML does to the SDK
            raise of_sdk(error, self._model, self._place, self._secrets) from error

    async def _once(self, request: Request, deadline: float) -> AsyncGenerator[Piece, None]:
        accumulator = Accumulator(where=self.id, opened=self.profile.opened, secrets=self._secrets)
        async with (
            aclosing(self._objects(request, deadline, accumulator)) as read,
            aclosing(pieces(read, accumulator)) as found,
        ):
            async for piece in found:
                if isinstance(piece, Reply):
                    self._check(request, piece)
                yield piece

    async def _objects(
        self, request: Request, deadline: float, accumulator: Accumulator
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The JSON objects of one response, each within the time it has."""
        import anyio
        import openai

        patience, said = self._patience, "no first word"
        due = self._clock() + patience.first
        response = None
        try:
            with anyio.fail_after(self._left(due, deadline)):
                response = await self._send(request)
            kind = response.headers.get("content-type", "")
            async with (
                aclosing(_transported(response.iter_bytes(), self.id)) as received,
                aclosing(objects(received, kind, where=self.id, secrets=self._secrets)) as read,
            ):
                while True:
                    with anyio.fail_after(self._left(due, deadline)):
                        each = await anext(read, None)
                    if each is None:
                        return
                    yield each
                    wait = min(patience.between, _AFTER_END) if accumulator.complete else patience.between
                    due, said = self._clock() + wait, "no further word"
        except TimeoutError as error:
            late = self._clock() >= deadline
            seconds = patience.total if late else patience.between if "further" in said else patience.first
            raise out_of_time(self.id, "no whole reply" if late else said, seconds) from error
        except openai.OpenAIError as error:
            raise of_sdk(error, self._model, self._place, self._secrets) from error
        finally:
            if response is not None:
                with anyio.move_on_after(1, shield=True):
                    await response.close()

    async def _send(self, request: Request) -> Any:  # noqa: ANN401 - the SDK's response
        body = body_of(request, self._model, self.profile)
        known = {name: body.pop(name) for name in ("model", "messages", "stream")}
        completions = self._client().chat.completions.with_streaming_response
        return await completions.create(**known, extra_body=body).__aenter__()

    def _left(self, due: float, deadline: float) -> float:
        return max(0.0, min(due, deadline) - self._clock())

    def _check(self, request: Request, reply: Reply) -> None:
        counted = reply.usage.prompt
        if not counted:
            return
        if self._meter.was_cut(request, counted):
            raise cut_by_server(self.id, counted, self._meter.expected(request))
        self._meter.learn(request, counted)

    def _client(self) -> AsyncOpenAI:
        if self._sdk is None:
            try:
                from openai import AsyncOpenAI, Timeout
            except ImportError as error:
                raise MissingExtra("Language models need the extra: `pip install 'wenyuan[llm]'`.") from error
            url, _, query = self._url.partition("?")
            self._sdk = AsyncOpenAI(
                base_url=url,
                api_key=self._key or _NO_KEY,
                max_retries=0,
                timeout=Timeout(self._patience.total, connect=self._patience.connect),  # the rest is timed here
                default_query=dict(parse_qsl(query)),
            )
        return self._sdk


class RetryBudget:
    """Retries are at most a tenth of all requests, and ten to begin with: a broken server is not hammered."""

    def __init__(self) -> None:
        self._left = 10.0

    def asked(self) -> None:
        """A request is made."""
        self._left = min(10.0, self._left + 0.1)

    def spend(self) -> bool:
        """Whether one more retry is in the budget."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


def _pause(error: EndpointError, attempt: int) -> float | None:
    """Seconds before the next try; None where there is to be none."""
    if not error.retryable:
        return None
    if error.after is not None:
        return error.after if error.after <= _LONGEST_WAIT else None
    wait: float = _BACKOFF * 2**attempt * (1 - 0.25 * random.random())  # noqa: S311 - so that clients do not march in step
    return wait


async def _transported(chunks: AsyncIterator[bytes], endpoint: str) -> AsyncGenerator[bytes, None]:
    """The bytes; a connection that breaks is an `EndpointError`."""
    import httpx2

    try:
        async for chunk in chunks:
            yield chunk
    except httpx2.HTTPError as error:
        raise EndpointError(
            f"The connection to {endpoint} broke in the middle of a reply ({type(error).__name__}); ask again.",
            "closed",
            retryable=True,
        ) from error
