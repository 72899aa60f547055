"""Connections of HTTP that a guard has judged and a deadline ends; only imported where httpx is installed.

httpcore is what httpx connects by, and its network backend is the one place where names become addresses. There the
guard stands, so neither a redirect nor a proxy of the environment gets around it. Each single wait is cut to what is
left until the deadline: a server that sends a byte now and then, even of its headers, is not waited for any longer.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import httpcore
import httpx

from wenyuan.fetch.guard import Guard
from wenyuan.fetch.types import FetchLimits
from wenyuan.fetch.url import WebAddress


class Deadline:
    """A moment until which there is time, set anew for each fetch."""

    def __init__(self, idle_seconds: float) -> None:
        self._idle = idle_seconds
        self._end = 0.0

    def start(self, seconds: float) -> None:
        """Give that much time from now on."""
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that may be waited for the next byte.

        Raises:
            httpcore.ReadTimeout: the time is up.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return min(left, self._idle)


class Transport:
    """Connections to many hosts, kept open between requests; one request at a time."""

    def __init__(self, guard: Guard, limits: FetchLimits) -> None:
        self.deadline = Deadline(limits.idle_seconds)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=4,
            keepalive_expiry=5,
            network_backend=_Guarded(guard, self.deadline),
        )

    @contextmanager
    def get(
        self, address: WebAddress, headers: Mapping[str, str]
    ) -> Iterator[tuple[int, httpx.Headers, Iterable[bytes]]]:
        """Status, headers and body (as it was sent, piece by piece) of one request, which follows no redirect.

        Raises:
            FetchError: the guard does not let it through.
            httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError: as they say.
        """
        url = httpcore.URL(
            scheme=address.scheme.encode(),
            host=address.host.encode(),
            port=address.port,
            target=address.target.encode(),
        )
        given = [(b"Host", address.place.encode()), *((k.encode(), v.encode()) for k, v in headers.items())]
        with self._pool.stream("GET", url, headers=given) as response:
            assert isinstance(response.stream, Iterable)
            yield response.status, httpx.Headers(response.headers), response.stream

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class _Guarded(httpcore.NetworkBackend):
    def __init__(self, guard: Guard, deadline: Deadline) -> None:
        self._guard = guard
        self._deadline = deadline
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - ours is shorter
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """A connection to the first address of the host that takes it."""
        addresses = self._guard.addresses(host, port)
        for address in addresses[:-1]:
            try:
                return self._connect(str(address), port)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):  # the next may do
                continue
        return self._connect(str(addresses[-1]), port)

    def _connect(self, address: str, port: int) -> httpcore.NetworkStream:
        return _Timed(self._backend.connect_tcp(address, port, timeout=self._deadline.left()), self._deadline)


class _Timed(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - ours is shorter
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
