"""What a loader and its child say to each other: messages of bytes with their length before them, replies as JSON.

The child may have been turned by what it read, so nothing of it is run or believed: replies are checked value by value.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wenyuan.load.content import Content
from wenyuan.load.fields import read_fields
from wenyuan.load.formats import PARSERS
from wenyuan.load.highlight import Highlight, Stretch, is_sound
from wenyuan.load.parsed import clean

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from pydantic import TypeAdapter

    from wenyuan.load.limits import Limits

_LENGTH = struct.Struct(">Q")
_PIECE = 1 << 20
_SPARE = 64 << 20  # bytes of a reply beside its text
_SENTENCE = 1000  # characters


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a file: its content, or why there is none."""

    content: Content | None = None
    highlights: tuple[Highlight, ...] = ()  # where that was asked
    refused: str = ""  # the sentence of a SourceError
    exhausted: bool = False  # its memory did not suffice
    last: bool = False  # the child has grown too large to go on


class Channel:
    """One end of a stream socket. Raises EOFError where the other end is closed, TimeoutError after `until`."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def send(self, message: bytes, until: float | None = None) -> None:
        """Send one message; `until` is a moment of `time.monotonic`."""
        try:
            self._end.settimeout(_left(until))
            self._end.sendall(_LENGTH.pack(len(message)))
            self._end.settimeout(_left(until))
            self._end.sendall(message)
        except ConnectionError as error:
            raise EOFError from error

    def receive(self, limit: int, until: float | None = None) -> bytearray:
        """The next message; ValueError where it has more than `limit` bytes."""
        length = _LENGTH.unpack(self._exactly(_LENGTH.size, until))[0]
        if length > limit:
            raise ValueError(length)
        return self._exactly(length, until)

    def close(self) -> None:
        """Let the other end know that nothing comes any more."""
        self._end.close()

    def _exactly(self, size: int, until: float | None) -> bytearray:
        message = bytearray()
        while len(message) < size:
            self._end.settimeout(_left(until))
            try:
                piece = self._end.recv(min(size - len(message), _PIECE))
            except ConnectionError as error:
                raise EOFError from error
            if not piece:
                raise EOFError
            message += piece
        return message


def encoded(reply: Reply) -> bytes:
    """A reply as JSON; halves of characters, which only warnings may still hold, become question marks."""
    return json.dumps(reply, ensure_ascii=False, default=_fields_of).encode("utf-8", "replace")


def decoded(message: bytes | bytearray, limits: Limits) -> Reply:
    """The reply in a message; ValueError where it is none that reading a file within the limits gives."""
    reply = _replies().validate_json(message, strict=True)
    if sentence(reply.refused) != reply.refused:
        raise ValueError("refused")
    if reply.content is not None and not _is_sound(reply.content, limits):
        raise ValueError("content")
    if not all(map(is_sound, reply.highlights)):
        raise ValueError("highlights")
    return reply


def stretches_as_bytes(stretches: Sequence[Stretch]) -> bytes:
    """What is to be found in a PDF, as JSON."""
    return json.dumps([_fields_of(each) for each in stretches]).encode()


def stretches_of(message: bytes | bytearray) -> list[Stretch]:
    """The stretches in a message that we sent ourselves."""
    return [Stretch(**each) for each in json.loads(message)]


def sentence(text: str) -> str:
    """A message as one line that can be shown."""
    return " ".join(clean(text).split())[:_SENTENCE].strip()


def longest(limits: Limits) -> int:
    """Bytes of a reply at most: six of a character where JSON escapes it, and what stands beside the text."""
    return 6 * limits.text_chars + _SPARE


def _is_sound(content: Content, limits: Limits) -> bool:
    texts = (content.text, content.title, *content.warnings)
    places = [mark.at for mark in content.marks]
    return (
        content.type in PARSERS
        and 0 < len(content.text) <= limits.text_chars
        and all(clean(text) == text for text in texts)
        and places == sorted(places)
        and (not places or (places[0] >= 0 and places[-1] < len(content.text)))
        and math.isfinite(content.fields.time or 0.0)
        and read_fields(content.fields.metadata)[0] == dataclasses.replace(content.fields, title=None, time=None)
    )


def _fields_of(value: object) -> dict[str, object]:
    assert dataclasses.is_dataclass(value)
    return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}


@functools.cache
def _replies() -> TypeAdapter[Reply]:
    from pydantic import TypeAdapter

    return TypeAdapter(Reply)


def _left(until: float | None) -> float | None:
    """Seconds until then, never 0, which would mean not to wait at all."""
    if until is None:
        return None
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
