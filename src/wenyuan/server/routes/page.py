"""The page that people open in a browser: files that `web/` is built to, the same for everyone, without a key."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from wenyuan import messages
from wenyuan.errors import MissingExtra
from wenyuan.server.errors import language_of, not_found

FOLDER = Path(__file__).resolve().parents[1] / "page"
"""Where `web/` is built to."""

_START = "index.html"
_ASSETS = "assets/"  # whose names change with what they hold
_RULES = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
_FOR_EVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@router.head("/")
@router.get("/")
@router.head("/ui")
@router.get("/ui")
async def begin() -> Response:
    """To the page, wherever a proxy has put this server."""
    return RedirectResponse("ui/", 307)


class Page:
    """Serves the files of a folder below `/ui/`, and the page itself for every path of its own."""

    def __init__(self) -> None:
        self._files = StaticFiles(directory=FOLDER, check_dir=False)
        self.route = Route("/ui/{path:path}", endpoint=GZipMiddleware(self, compresslevel=6), methods=["GET"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request.

        Raises:
            Refused: the page has no such asset; one of an older page may be gone.
        """
        scope["route"] = self.route
        path: str = scope["path_params"]["path"]
        response = await self._found(path, scope)
        response.headers["content-security-policy"] = _RULES
        response.headers["cache-control"] = _FOR_EVER if path.startswith(_ASSETS) else "no-store"
        await response(scope, receive, send)

    async def _found(self, path: str, scope: Scope) -> Response:
        try:
            return await self._files.get_response(path, scope)
        except HTTPException:  # no file
            if path.startswith(_ASSETS):
                raise not_found() from None
        try:
            return await self._files.get_response(_START, scope)
        except HTTPException:
            return PlainTextResponse(messages.told(str(_absent()), language_of(Headers(scope=scope))), 501)


def _absent() -> MissingExtra:
    return MissingExtra(
        "This installation holds no page; install a released package, or run `npm ci` and `npm run build` in web/."
    )
