"""The protocol over HTTP, at `/mcp` of the server's application: the same keys, and the same room for work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.to_thread import run_sync
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from wenyuan.server.errors import language_of
from wenyuan.server.identity import Identity
from wenyuan.server.mcp.desks import Seen
from wenyuan.server.mcp.serving import Caller, Context, Room, make_server
from wenyuan.server.metrics import Metrics
from wenyuan.server.peer import peer_of
from wenyuan.server.service import Service, require
from wenyuan.server.waiting import who_of

PATH = "/mcp"

_SESSIONS = 1_000  # at once; those that nobody uses end after half an hour


class McpFace:
    """The ASGI application at `/mcp`; requests are answered while `running`.

    Whoever calls is identified anew with each request, by its key, so that one that is revoked is of no use from then
    on; a session is of use to the key only that began it. Nothing is ever sent that was not asked for, so there is no
    stream to be opened with GET.
    """

    def __init__(self, service: Service, metrics: Metrics) -> None:
        self._service, self._metrics = service, metrics
        room = Room(service.asking, service.looking, service.limits.deadline)
        # The door has checked Host and Origin by then.
        self._manager = StreamableHTTPSessionManager(
            make_server(self._caller, room),
            max_sessions=_SESSIONS,
            max_request_body_size=service.limits.body_mb << 20,
        )
        self.route = Route(PATH, endpoint=self, methods=["POST", "DELETE"])

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While the application runs; once only."""
        async with self._manager.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request.

        Raises:
            Refused: nobody who is known calls, or one without the right to read.
        """
        scope["route"] = self.route
        authorization = Headers(scope=scope).get("authorization")
        identity = await run_sync(self._service.identify, authorization, peer_of(scope))
        gone = anyio.Event()
        scope.setdefault("state", {}).update(identity=identity, gone=gone)
        scope["user"] = _owner(require(identity, "read"))
        try:
            await self._manager.handle_request(scope, receive, send)
        finally:
            gone.set()

    def _caller(self, context: Context) -> Caller:
        request = context.request
        assert request is not None  # every message came with one
        seen = Seen(self._service, self._metrics, request.state.identity)
        return Caller(seen, language_of(request.headers), request.state.gone.wait, who_of(request.scope))


def _owner(identity: Identity) -> AuthenticatedUser:
    """Whose a session is, as the SDK compares it."""
    subject = f"{identity.tenant}/{identity.only or ''}"
    return AuthenticatedUser(AccessToken(token="", client_id=identity.key, scopes=[], subject=subject))
