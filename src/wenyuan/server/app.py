"""The application: paths, the door before them, and errors as callers get them."""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response

from wenyuan.errors import WenyuanError
from wenyuan.server.door import Door
from wenyuan.server.errors import Refused, after_of, envelope, envelope_of, language_of, status_of
from wenyuan.server.metrics import Metrics
from wenyuan.server.routes import backups, documents, jobs, keys, knowledge_bases, operation, questions
from wenyuan.server.service import Service

log = logging.getLogger(__name__)

_ROUTERS = (knowledge_bases, documents, backups, questions, jobs, keys, operation)
_DESCRIPTION = """Knowledge bases over HTTP. Offsets count characters (Unicode code points), moments are in UTC.
What belongs to another tenant, what is gone and what never was get the same reply: 404."""


def make_app(service: Service) -> FastAPI:
    """The application over a service that was started."""
    metrics = Metrics(service)

    inside = [Middleware(Door, service=service, metrics=metrics)]
    if origins := list(service.options.origins):
        shared = Middleware(CORSMiddleware, allow_origins=origins, allow_methods=["*"], allow_headers=["*"])
        inside.insert(0, shared)
    app = FastAPI(
        title="Wenyuan 文渊",
        description=_DESCRIPTION,
        version=version("wenyuan"),
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        middleware=inside,
    )
    app.state.service, app.state.metrics = service, metrics
    for each in _ROUTERS:
        app.include_router(each.router)
    app.add_exception_handler(WenyuanError, _ours)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)
    return app


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, WenyuanError)
    status, _ = status_of(error)
    after = after_of(error)
    headers = {} if after is None else {"retry-after": f"{max(1.0, after):.0f}"}
    return JSONResponse(envelope(error, language_of(request.headers)), status, headers=headers)


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = error.errors()[0]
    name = ".".join(map(str, first["loc"][1:])) or "body"
    wrong = Refused(422, "not_valid", f"The field '{name}' does not fit ({first['msg']}).")
    said = envelope(wrong, language_of(request.headers))
    said["error"]["param"] = name
    return JSONResponse(said, 422)


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "no_such_method"}.get(error.status_code, "refused")
    said = envelope_of(error.status_code, code, str(error.detail))
    return JSONResponse(said, error.status_code, headers=error.headers)


async def _unknown(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return JSONResponse(envelope_of(500, "internal_error", "The server failed at this; its log says more."), 500)
