"""A response's bytes → its JSON objects: server-sent events, JSON lines or one JSON body, strictly UTF-8."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from wenyuan.chat.server_error import reported, shown
from wenyuan.errors import EndpointError, EndpointFault

LIMIT = 16 * 2**20  # bytes of one line, one event or one body
TOTAL = 4  # limits that a whole response may fill
DONE: Final[dict[str, Any]] = {"object": "done"}  # stands for `data: [DONE]`; told apart by identity
_FIELD = re.compile(r"(data|event|id|retry|error)?:")
_BROKEN = object()
_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


async def objects(
    chunks: AsyncIterator[bytes],
    content_type: str = "",
    *,
    where: str = "the endpoint",
    limit: int = LIMIT,
    secrets: Sequence[str] = (),
) -> AsyncGenerator[dict[str, Any], None]:
    """The JSON objects of a response, each as soon as its last byte is here, then `DONE` where the server sent it.

    What comes decides how it is read, since servers label event streams as JSON and the other way round;
    `content_type` only words the errors. Nothing is read after `[DONE]`. `secrets` never appear in an error.

    Raises:
        EndpointError: "protocol" (no JSON, a web page, invalid UTF-8, over `limit` bytes), "closed" (ends inside an
            object, or is empty), or what the server's own error object says, whatever the HTTP status was.
    """
    lines = _Lines(limit)
    reader = _Reader(content_type, where, secrets)
    async for chunk in chunks:
        for found in reader.lines(lines.feed(chunk)):
            yield found
            if found is DONE:
                return
        if lines.over or reader.held > limit:
            raise reader.error(f"sent more than {limit} bytes in one piece; check its address", "protocol")
        reader.peek(lines)
    for found in chain(reader.lines(lines.finish()), reader.finish()):
        yield found
        if found is DONE:
            return


class _Lines:
    """Cuts bytes at \\n, \\r\\n and \\r; a character of several bytes never holds one of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._total = 0
        self._longest = 0
        self._after_return = False
        self._started = False

    @property
    def over(self) -> bool:
        return max(self._size, self._longest) > self._limit or self._total > TOTAL * self._limit

    @property
    def size(self) -> int:
        """Bytes of the line that has not ended yet."""
        return self._size

    def rest(self) -> bytes:
        """The beginning of the line that has not ended yet."""
        return b"".join(self._parts[:128])

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        self._total += len(chunk)
        if self._after_return and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_return = False
        if not chunk:
            return
        self._after_return = chunk.endswith(b"\r")
        *whole, rest = re.split(rb"\r\n|\n|\r", chunk)
        for line in whole:
            self._parts.append(line)
            yield self._take()
        if rest:
            self._parts.append(rest)
            self._size += len(rest)

    def finish(self) -> Iterator[bytes]:
        if self._parts:
            yield self._take()

    def _take(self) -> bytes:
        line = b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        self._longest = max(self._longest, len(line))
        if not self._started and line:
            self._started = True
            line = line.removeprefix(_BOM)
        return line


class _Reader:
    """Lines → objects; the first line that is not blank says whether they are events or JSON."""

    def __init__(self, content_type: str, where: str, secrets: Sequence[str]) -> None:
        self._type = content_type.partition(";")[0].strip().lower()
        self._where, self._secrets = where, secrets
        self._mode = ""  # "events", "lines" (an object on each) or "body"
        self._data: list[str] = []  # of the event, or of the body, that has not ended yet
        self._event = ""
        self.held = 0  # characters in `_data`

    def error(self, what: str, fault: EndpointFault, *, retryable: bool = False) -> EndpointError:
        return EndpointError(f"{self._where} {what}.", fault, retryable=retryable)

    def peek(self, lines: _Lines) -> None:
        """Fails early on a first line that can be no answer, since a web page or a binary may go on for long."""
        if not self._mode and lines.size > 64 and (rest := lines.rest()).strip(_BLANK):
            self._choose(rest)

    def lines(self, raws: Iterator[bytes]) -> Iterator[dict[str, Any]]:
        """What is complete with these lines."""
        return chain.from_iterable(map(self.line, raws))

    def line(self, raw: bytes) -> Iterator[dict[str, Any]]:
        """What is complete with this line."""
        if not self._mode and raw.strip(_BLANK):
            self._choose(raw)
        text = self._decode(raw)
        if self._mode == "events":
            yield from self._event_line(text)
        elif self._mode == "body" and not self._data and text.strip():
            found = _load(text)
            if found is None:
                self._keep(text)
            else:  # what follows on further lines is further objects
                yield from self._checked(found)
                self._mode = "lines"
        elif self._mode == "lines" and text.strip():
            yield from self._checked(self._parsed(text))
        elif self._mode == "body" and self._data:
            self._keep(text)

    def finish(self) -> Iterator[dict[str, Any]]:
        """What is left when the server has closed."""
        if not self._mode:
            raise self.error("closed the connection without an answer; ask again", "closed", retryable=True)
        if self._mode == "events":
            yield from self._dispatch(closed=True)
        elif self._data:
            yield from self._checked(self._parsed("\n".join(self._data)))

    def _choose(self, raw: bytes) -> None:
        start = raw.strip(_BLANK).removeprefix(_BOM).lstrip(_BLANK)
        if start.startswith(b"\x1f\x8b"):
            raise self.error("sent compressed bytes without saying so; switch off its compression", "protocol")
        if start[:1] in (b"{", b"["):
            self._mode = "body"
        elif _FIELD.match(start[:16].decode("latin-1")):
            self._mode = "events"
        elif start[:1] == b"<" or self._type == "text/html":
            raise self.error(
                f"answered with a web page instead of JSON{self._quote(raw)};"
                " check its address, which often ends in /v1",
                "protocol",
            )
        elif start not in (b"data", b"event", b"id", b"retry"):
            raise self.error(
                f"answered with {self._type or 'something'} that is neither JSON nor an event stream"
                f"{self._quote(raw)}; check its address",
                "protocol",
            )
        else:
            self._mode = "events"  # a field without a colon has an empty value

    def _quote(self, raw: bytes) -> str:
        words = shown(raw.decode("utf-8", "replace"), self._secrets, 80)
        return f" ({words})" if words else ""

    def _decode(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.error(
                f"sent bytes that are not UTF-8 (at byte {error.start} of a line); restart or replace the server",
                "protocol",
                retryable=True,
            ) from None

    def _keep(self, text: str) -> None:
        self._data.append(text)
        self.held += len(text) + 1

    def _event_line(self, text: str) -> Iterator[dict[str, Any]]:
        if not text.strip():
            yield from self._dispatch()
            return
        if text.lstrip().startswith("{"):  # an object without `data:`: a proxy's own error, most often
            yield from self._checked(self._parsed(text))
            return
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value.strip().lower()
        elif name == "error":  # llama.cpp of 2024 sends its errors so
            self._event = "error"
            self._keep(value)
        elif name == "data":
            self._keep(value)
            if len(self._data) == 1 and (value.strip() == "[DONE]" or value.rstrip().endswith("}")):
                yield from self._dispatch(early=True)  # servers forget the blank line, and it costs no waiting

    def _dispatch(self, *, early: bool = False, closed: bool = False) -> Iterator[dict[str, Any]]:
        """The event's object. `early`: only if it is complete already; `closed`: no more of it will come."""
        data = "\n".join(self._data).strip()
        if data == "[DONE]":
            yield DONE
        elif data and not (early and _load(data) is None):
            if self._event == "error":
                raise self._told(data)
            yield from self._checked(self._parsed(data, closed=closed))
        elif early:
            return
        self._data.clear()
        self.held = 0
        if not early:
            self._event = ""

    def _told(self, data: str) -> EndpointError:
        found = _load(data)
        body = found if isinstance(found, dict) and "error" in found else {"error": data if found is None else found}
        error = reported(body, where=self._where, secrets=self._secrets)
        return error or self.error("reports an error without a reason; ask again", "server", retryable=True)

    def _parsed(self, text: str, *, closed: bool = False) -> object:
        try:
            found: object = json.loads(text)
        except (ValueError, RecursionError):
            found = _BROKEN
        if found is not _BROKEN:
            return found
        pieces = [_load(line) for line in text.split("\n") if line.strip()]
        if len(pieces) > 1 and all(isinstance(piece, dict) for piece in pieces):
            return pieces
        if closed or (self._mode != "events" and not text.rstrip().endswith(("}", "]"))):
            raise self.error("closed the connection in the middle of its answer; ask again", "closed", retryable=True)
        raise self.error(f"sent broken JSON ({shown(text, self._secrets, 80)}); ask again", "protocol", retryable=True)

    def _checked(self, found: object) -> Iterator[dict[str, Any]]:
        for item in found if isinstance(found, list) else [found]:
            error = reported(item, where=self._where, secrets=self._secrets)
            if error is not None:
                raise error
            if isinstance(item, dict):
                yield item
            elif item is not None:
                raise self.error(f"sent {shown(json.dumps(item), self._secrets, 80)} instead of an object", "protocol")


def _load(text: str) -> object:
    """The JSON value, None where it is none (yet)."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found
