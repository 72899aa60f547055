"""Compressed bytes, inflated within a limit that is counted while inflating: what a header promises is not trusted."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from wenyuan.errors import FetchError

ENCODINGS = "gzip, deflate"
"""What is asked for: these can be inflated in small steps. A few bytes of Brotli or Zstandard may hold megabytes."""

_GZIP = zlib.MAX_WBITS | 16
_STEP = 65_536  # bytes inflated at a time


def inflate(chunks: Iterable[bytes], encoding: str, limit: int, name: str) -> bytes:
    """The bytes that were sent with this Content-Encoding; `name` says in errors what they are of.

    Raises:
        FetchError: there are more than `limit`, they break off, or the encoding is another.
    """
    match encoding.strip().lower():
        case "" | "identity":
            pieces: Iterable[bytes] = chunks
        case "gzip" | "x-gzip":
            pieces = _inflated(chunks, _GZIP, name)
        case "deflate":
            pieces = _inflated(chunks, 0, name)
        case other:
            raise FetchError(f"{name} is sent as {other[:60]!r}, which was not asked for; see to its server.")
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) > limit:
            raise FetchError(f"{name} is larger than {limit:,} bytes; split it, or raise the limit.")
    return bytes(held)


def _inflated(chunks: Iterable[bytes], form: int, name: str) -> Iterator[bytes]:
    """Small pieces of what several streams one after the other hold; form 0 is deflate, with its frame or without."""
    stream = None
    try:
        for chunk in chunks:
            data = chunk
            while data:
                if stream is None or stream.eof:
                    stream = zlib.decompressobj(form or _frame(data))
                yield stream.decompress(data, _STEP)
                data = stream.unused_data if stream.eof else stream.unconsumed_tail
    except zlib.error as error:
        raise FetchError(f"{name} cannot be inflated ({error}); see to its server.", retryable=True) from error
    if stream is not None and not stream.eof:
        raise FetchError(f"{name} breaks off while it is sent; fetch it again.", retryable=True)


def _frame(data: bytes) -> int:
    """Servers send deflate in the frame of zlib, as they should, and without."""
    framed = data[0] & 0x0F == 8 and (len(data) < 2 or int.from_bytes(data[:2], "big") % 31 == 0)
    return zlib.MAX_WBITS if framed else -zlib.MAX_WBITS
