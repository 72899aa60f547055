"""The application: paths, the door before them, and errors as callers get them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Lifespan

from wenyuan.errors import MissingExtra, WenyuanError
from wenyuan.server.door import Door
from wenyuan.server.errors import Refused, after_of, envelope, language_of, not_found, status_of
from wenyuan.server.metrics import Metrics
from wenyuan.server.routes import (
    backups,
    curated,
    documents,
    jobs,
    keys,
    knowledge_bases,
    me,
    openai,
    operation,
    originals,
    page,
    questions,
    reranking,
    sources,
)
from wenyuan.server.service import Service

_ROUTERS = (
    *(me, knowledge_bases, documents, originals, sources, backups, questions, curated),
    *(jobs, keys, operation, openai, reranking, page),
)
_OTHERS = ("/v1/", "/v2/", "/rerank")
"""Beginnings of paths in the shapes of others, where a request that is not valid is 400."""
_DESCRIPTION = """Knowledge bases over HTTP. Offsets count characters (Unicode code points), moments are in UTC.
What belongs to another tenant, what is gone and what never was get the same reply: 404."""


def make_app(service: Service) -> FastAPI:
    """The application over a service that was started."""
    metrics = Metrics(service)

    inside = [Middleware(Door, service=service, metrics=metrics)]
    if origins := list(service.options.origins):
        shown, every = ["Retry-After", "mcp-session-id"], ["*"]
        inside.append(
            Middleware(
                CORSMiddleware, allow_origins=origins, allow_methods=every, allow_headers=every, expose_headers=shown
            )
        )
    tools, running = _tools(service, metrics)
    app = FastAPI(
        title="Wenyuan 文渊",
        description=_DESCRIPTION,
        version=version("wenyuan"),
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # where to would be what the caller calls this server, without TLS
        middleware=inside,
        lifespan=running,
    )
    app.state.service, app.state.metrics = service, metrics
    for each in _ROUTERS:
        app.include_router(each.router)
    app.router.routes.extend((tools, page.Page().route))
    app.add_exception_handler(WenyuanError, _ours)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    return app


def _tools(service: Service, metrics: Metrics) -> tuple[Route, Lifespan[FastAPI]]:
    """The path of the Model Context Protocol, and what has to run while it is answered."""
    face = None
    if find_spec("mcp") is not None:
        from wenyuan.server.mcp.http import McpFace

        face = McpFace(service, metrics)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        if face is None:
            yield
        else:
            async with face.running():
                yield

    absent = Route("/mcp", endpoint=_absent, methods=["POST", "DELETE"])
    return absent if face is None else face.route, running


async def _absent(_: Request) -> Response:
    raise MissingExtra("The Model Context Protocol needs the extra: `pip install 'wenyuan[mcp]'`.")


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, WenyuanError)
    status, _ = status_of(error)
    after = after_of(error)
    headers = {} if after is None else {"retry-after": f"{max(1.0, after):.0f}"}
    return JSONResponse(envelope(error, language_of(request.headers)), status, headers=headers)


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = error.errors()[0]
    if first["type"] == "json_invalid":
        why = first.get("ctx", {}).get("error", "")
        return _refused(
            request, Refused(400, "not_json", f"The body is no JSON ({why}, at {first['loc'][-1]}); correct it.")
        )
    if first["loc"] == ("body",) and isinstance(first.get("input"), bytes):
        kind = "Bodies of requests are JSON; send them with the header `Content-Type: application/json`."
        return _refused(request, Refused(415, "not_json", kind))
    name = "".join(each if each.isprintable() else "?" for each in ".".join(map(str, first["loc"][1:]))[:200]) or "body"
    status = 400 if request.url.path.startswith(_OTHERS) else 422
    wrong = Refused(status, "not_valid", f"The field '{name}' does not fit ({first['msg']}).", param=name)
    return _refused(request, wrong)


async def _http(request: Request, error: Exception) -> Response:
    """What the framework turns away: paths, methods, bodies that are no text."""
    assert isinstance(error, HTTPException)
    known = {
        400: Refused(400, "not_readable", "The body cannot be read; send valid UTF-8, and nothing nested too deeply."),
        404: not_found(),
        405: Refused(405, "no_such_method", "This path knows no such method; /openapi.json has those that it knows."),
    }
    refused = known.get(error.status_code) or Refused(error.status_code, "refused", str(error.detail))
    return _refused(request, refused, error.headers)


def _refused(request: Request, refused: Refused, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(envelope(refused, language_of(request.headers)), refused.status, headers=headers)
