"""What every path is given: the service, and who calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from starlette.responses import JSONResponse

from wenyuan.server.errors import language_of
from wenyuan.server.identity import Identity, Right
from wenyuan.server.metrics import Metrics
from wenyuan.server.peer import peer_of
from wenyuan.server.saying import said
from wenyuan.server.service import Service, require
from wenyuan.server.waiting import awaited

T = TypeVar("T")

_BEARER = HTTPBearer(auto_error=False, description="A key of `wenyuan keys add`.")


class ErrorDetail(BaseModel):
    """What is wrong."""

    message: str
    type: str
    code: str
    param: str | None = None


class Error(BaseModel):
    """The body of every response that is an error, as OpenAI has it."""

    error: ErrorDetail


_ERRORS = {
    400: "The request makes no sense; the message says what.",
    401: "A key is needed.",
    403: "The key may not do that.",
    404: "There is nothing of this name for this caller.",
    405: "The path knows no such method.",
    408: "The request came too slowly.",
    409: "The name is taken.",
    413: "The request is too large.",
    415: "The format is not read.",
    421: "The server is not called by that name.",
    422: "A field of the request is missing or does not fit.",
    429: "Too many wait; `Retry-After` says when to come again.",
    500: "The server failed.",
    501: "Something that is needed is not installed.",
    502: "The language model's endpoint failed.",
    503: "The knowledge base cannot be used now.",
    504: "The time was over.",
    507: "The disk is full.",
}
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": Error, "description": said} for status, said in _ERRORS.items()
}
"""Every error that a path may reply with."""

EVENTS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}
"""A reply of what happens as it happens."""


def service_of(request: Request) -> Service:
    """The service that this is a path of."""
    service: Service = request.app.state.service
    return service


def metrics_of(request: Request) -> Metrics:
    """The figures of this server."""
    metrics: Metrics = request.app.state.metrics
    return metrics


async def _caller(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Identity:
    identity = service_of(request).identify(request.headers.get("authorization"), peer_of(request.scope))
    request.state.identity = identity
    return identity


def _with(*rights: Right) -> Callable[[Identity], Awaitable[Identity]]:
    async def checked(identity: Annotated[Identity, Depends(_caller)]) -> Identity:
        return require(identity, *rights)

    return checked


Reader = Annotated[Identity, Depends(_with("read"))]
Ingester = Annotated[Identity, Depends(_with("ingest"))]
Admin = Annotated[Identity, Depends(_with("admin"))]
Anyone = Annotated[Identity, Depends(_with("read", "ingest"))]


async def looked(request: Request, work: Callable[[], T]) -> T:
    """The result of a short piece of work, done in a thread."""
    service = service_of(request)
    return await awaited(request, service.looking, work, service.limits.deadline)


async def shown(request: Request, work: Callable[[], Any], status: int = 200) -> JSONResponse:
    """The same as a response, in the caller's language."""
    return JSONResponse(said(await looked(request, work), language_of(request.headers)), status)
