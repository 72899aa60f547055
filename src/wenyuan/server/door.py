"""The door of the server: what every request passes on its way in, and every response on its way out.

Plain ASGI, so that a caller who hangs up is noticed by who waits for him.
"""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import anyio
from anyio.to_thread import run_sync
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wenyuan.server.errors import Refused, envelope, language_of
from wenyuan.server.metrics import Metrics
from wenyuan.server.service import Service

_SAFE = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
_ASKED = ("/search", "/ask", "/why", "/feedback", "/chat/completions", "/embeddings", "/rerank", "/mcp")
"""Ends of paths that are posted to and change nothing."""


class Door:
    """Turns away what is too large, too slow or from a page of elsewhere; counts and records what passes."""

    def __init__(self, app: ASGIApp, service: Service, metrics: Metrics) -> None:
        self._app, self._service, self._metrics = app, service, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        passed = _Passed(self._service.limits.silence, self._most(headers), receive, send)
        started = time.perf_counter()
        try:
            self._check(headers)
            passed.check_length(headers)
            await self._app(scope, passed.receive, passed.send)
        except Refused as refused:
            await passed.refuse(refused, scope)
        except (ClientDisconnect, TimeoutError):
            pass  # nobody is there to be told
        finally:
            self._metrics.served(scope, passed.status, time.perf_counter() - started)
        await self._record(scope, passed.status)

    def _most(self, headers: Headers) -> int:
        upload = headers.get("content-type", "").startswith("multipart/form-data")
        return (self._service.limits.upload_mb if upload else self._service.limits.body_mb) << 20

    def _check(self, headers: Headers) -> None:
        """See that no page of elsewhere speaks through a browser, whatever name it has for this machine."""
        options = self._service.options
        host = (urlsplit(f"//{headers.get('host', '')}").hostname or "").lower()
        known = {*options.hosts, options.host, "localhost", "127.0.0.1", "::1"}
        if (options.local or options.hosts) and host not in known:
            raise Refused(421, "wrong_host", "This server is not called by that name; add it with --allow-host.")
        origin = headers.get("origin")
        if origin is None or origin in options.origins:
            return
        if urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
            raise Refused(
                403, "foreign_origin", "Pages of that site may not call this server; add it with --allow-origin."
            )

    async def _record(self, scope: Scope, status: int) -> None:
        path: str = scope["path"]
        asks = scope["method"] == "POST" and path.endswith(_ASKED)
        changes = scope["method"] not in ("GET", "HEAD", "OPTIONS") and not asks
        if not (changes or status in (401, 403)):
            return
        identity, (address, _) = scope.get("state", {}).get("identity"), scope.get("client") or ("", 0)
        await run_sync(self._service.audit.add, identity, address, scope["method"], path[:500], status)


class _Passed:
    """One request's way in and out."""

    def __init__(self, silence: float, most: int, receive: Receive, send: Send) -> None:
        self._silence, self._most, self._receive, self._send = silence, most, receive, send
        self._read, self._whole = 0, False
        self.status = 0

    def check_length(self, headers: Headers) -> None:
        """See that a body that says its length is none too long."""
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self._most:
            raise self._too_large()

    async def receive(self) -> Message:
        if self._whole:  # what comes now is that the caller hangs up, whenever that is
            return await self._receive()
        try:
            with anyio.fail_after(self._silence):
                message = await self._receive()
        except TimeoutError:
            raise Refused(408, "too_slow", f"Nothing came for {self._silence:g} s; send it again, faster.") from None
        self._read += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._read > self._most:
            raise self._too_large()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _SAFE.items():
                headers.setdefault(name, value)
        with anyio.fail_after(self._silence):
            await self._send(message)

    async def refuse(self, refused: Refused, scope: Scope) -> None:
        if self.status:
            return
        again = {} if refused.after is None else {"retry-after": f"{refused.after:.0f}"}
        said = envelope(refused, language_of(Headers(scope=scope)))
        response = JSONResponse(said, refused.status, headers=again | {"connection": "close"})
        await response(scope, self._receive, self.send)

    def _too_large(self) -> Refused:
        return Refused(413, "too_large", f"A request may have {self._most >> 20} MB; send less at once.")
