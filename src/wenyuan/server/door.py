"""The door of the server: what every request passes on its way in, and every response on its way out.

Plain ASGI, so that a caller who hangs up is noticed by who waits for him.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

import anyio
from anyio.to_thread import run_sync
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wenyuan.errors import WenyuanError
from wenyuan.server.errors import Refused, envelope, failed, language_of
from wenyuan.server.metrics import Metrics
from wenyuan.server.service import Service

_SAFE = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
_ASKED = (
    *("/search", "/ask", "/why", "/feedback", "/chat/completions", "/embeddings", "/rerank", "/mcp"),
    *("/rules/check", "/rules/test", "/rules/propose"),
)
"""Ends of paths that are posted to and change nothing."""
_VISITED = re.compile(r"/api/knowledge-bases/[^/]+/(ask|widget|handoffs)")
"""What pages of sites may call with a key that names their site."""
_PREFLIGHT = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type, accept-language",
    "access-control-max-age": "600",
}
_SLOWEST = 1024  # bytes a second of a body, on the whole
_MOST_DIGITS = 18  # of a length that a number can have

log = logging.getLogger(__name__)


class Door:
    """Turns away what is too large, too slow or from a page of elsewhere; counts and records what passes."""

    def __init__(self, app: ASGIApp, service: Service, metrics: Metrics) -> None:
        self._app, self._service, self._metrics = app, service, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        silence, most = self._service.limits.silence, self._most(Headers(scope=scope))
        passed = _Passed(silence, most, receive, send, lambda status: self._record(scope, status))
        try:
            await self._let_in(scope, passed)
        except ClientDisconnect:
            pass  # nobody is there to be told
        finally:
            self._metrics.served(scope, passed.status, time.perf_counter() - started)

    async def _let_in(self, scope: Scope, passed: _Passed) -> None:
        headers = Headers(scope=scope)
        try:
            passed.readable = self._check(scope, headers)
            passed.check_length(headers)
            asks_first = passed.readable and scope["method"] == "OPTIONS"
            app = Response(status_code=204, headers=_PREFLIGHT) if asks_first else self._app
            await app(scope, passed.receive, passed.send)
        except Refused as refused:
            passed.refused = refused
        except ClientDisconnect:
            raise
        except Exception as error:
            if passed.status:  # too late to say so
                raise
            if passed.refused is None:
                log.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
                passed.refused = failed()
        if passed.refused is not None and not passed.status:
            await passed.refuse(scope, self._readable(headers))

    def _readable(self, headers: Headers) -> dict[str, str]:
        """What lets a page of a site that may call read why it was turned away."""
        origin = headers.get("origin")
        if origin not in self._service.options.origins:
            return {}
        return _readable(str(origin))

    def _most(self, headers: Headers) -> int:
        upload = headers.get("content-type", "").startswith("multipart/form-data")
        return (self._service.limits.upload_mb if upload else self._service.limits.body_mb) << 20

    def _check(self, scope: Scope, headers: Headers) -> dict[str, str]:
        """See that no page of elsewhere speaks through a browser, whatever name it has for this machine.

        What lets it read the reply, where it is of a site that its key names.
        """
        options = self._service.options
        host = _name(f"//{headers.get('host', '')}")
        known = {*options.hosts, options.host, "localhost", "127.0.0.1", "::1"}
        if (options.local or options.hosts) and host not in known:
            raise Refused(421, "wrong_host", "This server is not called by that name; add it with --allow-host.")
        origin = headers.get("origin")
        if origin is None or origin in options.origins:
            return {}
        if self._visits(scope, headers, origin):
            return _readable(origin)
        if origin.partition("://")[2].lower() != headers.get("host", "").lower():
            raise Refused(
                403, "foreign_origin", "Pages of that site may not call this server; add it with --allow-origin."
            )
        return {}

    def _visits(self, scope: Scope, headers: Headers, origin: str) -> bool:
        """Whether a page asks with a key that names its site; or whether it may, which it asks without the key."""
        if scope["method"] == "OPTIONS":
            return _VISITED.fullmatch(scope["path"]) is not None and self._service.keys.names_site(origin)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        known = self._service.keys.identity(token.strip()) if scheme.lower() == "bearer" else None
        return known is not None and known.origins is not None and origin in known.origins

    async def _record(self, scope: Scope, status: int) -> None:
        path: str = scope["path"]
        asks = scope["method"] == "POST" and path.endswith(_ASKED)
        changes = scope["method"] not in ("GET", "HEAD", "OPTIONS") and not asks
        if not (changes or status in (401, 403)):
            return
        identity, (address, _) = scope.get("state", {}).get("identity"), scope.get("client") or ("", 0)
        try:
            await run_sync(self._service.audit.add, identity, address, scope["method"], path[:500], status)
        except WenyuanError as error:  # the disk is full: the caller has his reply already
            log.error("%s %s is not in the log of changes: %s", scope["method"], path, error)


class _Passed:
    """One request's way in and out."""

    def __init__(
        self, silence: float, most: int, receive: Receive, send: Send, record: Callable[[int], Awaitable[None]]
    ) -> None:
        """`record` is told the status before the caller is: what is acknowledged is in the log."""
        self._record = record
        self._silence, self._most, self._receive, self._send = silence, most, receive, send
        self._read, self._waited, self._whole = 0, 0.0, False
        self.readable: Mapping[str, str] = {}  # headers that let a page of elsewhere read the reply
        self.refused: Refused | None = None  # what is said, whatever the application makes of it
        self.status = 0

    def check_length(self, headers: Headers) -> None:
        """See that a body that says its length is none too long."""
        length = headers.get("content-length", "0")
        if length.isdecimal() and (len(length) > _MOST_DIGITS or int(length) > self._most):
            raise self._too_large()

    async def receive(self) -> Message:
        if self._whole:  # what comes now is that the caller hangs up, whenever that is
            return await self._receive()
        left = self._silence + self._read / _SLOWEST - self._waited
        started = time.perf_counter()
        try:
            with anyio.fail_after(min(self._silence, left)):
                message = await self._receive()
        except TimeoutError:
            self.refused = Refused(408, "too_slow", "The request comes too slowly; send it again, faster.")
            raise self.refused from None
        self._waited += time.perf_counter() - started
        self._read += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._read > self._most:
            self.refused = self._too_large()
            raise self.refused
        return message

    async def send(self, message: Message) -> None:
        """What the application sends, unless the request was refused while it read."""
        if self.refused is None or self.status:
            await self._pass(message)

    async def refuse(self, scope: Scope, headers: Mapping[str, str]) -> None:
        """The door's own reply."""
        assert self.refused is not None
        said, status = envelope(self.refused, language_of(Headers(scope=scope))), self.refused.status
        # Else the rest of a body is read and thrown away: a connection that is closed before loses the reply.
        ended = {"connection": "close"} if status == 408 else {}
        response = JSONResponse(said, status, headers={**headers, **ended})
        await response(scope, self._receive, self._pass)

    async def _pass(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            await self._record(self.status)
            headers = MutableHeaders(scope=message)
            for name, value in (*_SAFE.items(), *self.readable.items()):
                headers.setdefault(name, value)
        await self._send(message)

    def _too_large(self) -> Refused:
        return Refused(413, "too_large", f"A request may have {self._most >> 20} MB; send less at once.")


def _readable(origin: str) -> dict[str, str]:
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "Retry-After",
        "vary": "Origin",
    }


def _name(address: str) -> str:
    """The name of a host, as it is compared; none of an address that makes no sense."""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""
