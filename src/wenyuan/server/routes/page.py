"""The page that people open in a browser: files that `web/` is built to, the same for everyone, without a key."""

from __future__ import annotations

from pathlib import Path

from anyio.to_thread import run_sync
from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from wenyuan import messages
from wenyuan.errors import MissingExtra
from wenyuan.server.errors import language_of, not_found
from wenyuan.server.packed import Packed, Packing

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
        self._files = Packing(FOLDER)
        self.route = Route("/ui/{path:path}", endpoint=self, methods=["GET"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request.

        Raises:
            Refused: the page has no such asset; one of an older page may be gone.
        """
        scope["route"] = self.route
        headers, path = Headers(scope=scope), scope["path_params"]["path"]
        found = await run_sync(self._files.find, path)
        if found is None and path.startswith(_ASSETS):
            raise not_found()
        found = found or await run_sync(self._files.find, _START)
        if found is None:
            response: Response = PlainTextResponse(messages.told(str(_absent()), language_of(headers)), 501)
        else:
            response = _reply(found, headers)
        response.headers["content-security-policy"] = _RULES
        await response(scope, receive, send)


def _reply(file: Packed, asked: Headers) -> Response:
    """The file, or that the caller has it already."""
    lasts = _FOR_EVER if file.name.startswith(_ASSETS) else "no-cache"
    headers = {"etag": file.tag, "cache-control": lasts, "vary": "Accept-Encoding"}
    if {"*", file.tag} & {each.strip() for each in asked.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    if file.zipped is None or "gzip" not in asked.get("accept-encoding", ""):
        return Response(file.data, headers=headers, media_type=file.kind)
    return Response(file.zipped, headers=headers | {"content-encoding": "gzip"}, media_type=file.kind)


def _absent() -> MissingExtra:
    return MissingExtra(
        "This installation holds no page; install a released package, or run `npm ci` and `npm run build` in web/."
    )
