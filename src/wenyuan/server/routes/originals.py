"""The files that documents were read from, and where a quotation stands on their pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from io import BufferedReader
from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from wenyuan.server.errors import Refused
from wenyuan.server.routes.documents import known
from wenyuan.server.routes.given import ERRORS, Reader, looked, service_of, shown

router = APIRouter(prefix="/api/knowledge-bases/{kb}", tags=["documents"], responses=ERRORS)

_PLAIN = {
    ".pdf": "application/pdf", ".txt": "text/plain", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg",
    ".gif": "image/gif", ".webp": "image/webp",
}  # fmt: skip
"""Extensions of what a browser may show: none of them holds a program that it would run."""
_OTHER = "application/octet-stream"
_RULES = "sandbox; default-src 'none'"
_PIECE = 1 << 18
_FILE = {"content": {each: {} for each in (*dict.fromkeys(_PLAIN.values()), _OTHER)}, "description": "The file."}

Id = Annotated[str, Query(min_length=1, max_length=1_024)]
Offset = Annotated[int, Query(ge=0, le=1 << 62)]


@router.get("/file", response_model=None, responses={200: _FILE})
async def fetch(request: Request, kb: str, caller: Reader, document: Id) -> Response:
    """The file that a document was read from, where it is there and the same."""

    def opened() -> BufferedReader:
        with service_of(request).lent(caller, kb) as base:
            file = base.original(known(base, document))
        if file is None:
            raise Refused(
                404,
                "not_found",
                f"The file of '{document}' is not there any more, or not the one that was read; bring it in again.",
            )
        return file

    return _Sent(await looked(request, opened), PurePosixPath(document).name)


@router.get("/places")
async def places(request: Request, kb: str, caller: Reader, document: Id, start: Offset, end: Offset) -> JSONResponse:
    """Where a stretch of a PDF's text stands on its pages: rectangles in points from each page's upper left corner."""

    def found() -> dict[str, Any]:
        with service_of(request).lent(caller, kb) as base:
            return {"pages": [asdict(each) for each in base.highlights(known(base, document), start, end)]}

    return await shown(request, found)


class _Sent(StreamingResponse):
    """A file that is read while it is taken, and closed whatever happens then."""

    def __init__(self, file: BufferedReader, name: str) -> None:
        self._file = file
        size = os.fstat(file.fileno()).st_size
        kind = _PLAIN.get(PurePosixPath(name).suffix.lower(), _OTHER)
        super().__init__(
            _pieces(file, size),
            headers={
                "content-type": kind,  # no charset is known of a text
                "content-length": str(size),
                "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
                "content-security-policy": _RULES,
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def _pieces(file: BufferedReader, size: int) -> Iterator[bytes]:
    """So many bytes of a file, to which something may be added meanwhile."""
    while size > 0 and (piece := file.read(min(size, _PIECE))):
        size -= len(piece)
        yield piece
