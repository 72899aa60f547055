"""Zip archives and PDF streams inflated once, in small pieces, before a library may hold them whole."""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from wenyuan.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wenyuan.load.limits import Limits

_PIECE = 1 << 20
_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_MARKUP = (".xml", ".rels", ".html", ".xhtml", ".htm", ".opf", ".ncx")
_ENTITIES = (b"<!ENTITY", "!ENTITY".encode("utf-16-le")[:-1])  # the second stands in UTF-16 of either byte order


def check_zip(data: bytes, limits: Limits, part_bytes: int | None = None) -> None:
    """Raise SourceError if the archive is damaged, encrypted, inflates beyond the limits or declares XML entities.

    `part_bytes` bounds each markup part where the parser builds a tree of it.
    """
    total = 0
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for info in archive.infolist():
            if info.flag_bits & 1:
                raise SourceError("it is encrypted; save it without a password")
            size, tail = 0, b""
            markup = info.filename.lower().endswith(_MARKUP)
            for piece in _pieces(archive, info):
                size += len(piece)
                _count(total + size, limits.inflated_bytes)
                if not markup:
                    continue
                if part_bytes is not None:
                    _count(size, part_bytes)
                if any(entity in tail + piece for entity in _ENTITIES):
                    raise SourceError("it declares XML entities, which can exhaust memory; save it again without them")
                tail = piece[-16:]
            total += size


def check_pdf(data: bytes, limits: Limits) -> None:
    """Raise SourceError if the deflated streams of a PDF inflate beyond `inflated_bytes`."""
    total = 0
    view = memoryview(data)
    for start in _STREAM.finditer(data):
        inflater = zlib.decompressobj()
        rest: bytes | memoryview = view[start.end() : start.end() + _PIECE]
        position = start.end() + len(rest)
        while rest and not inflater.eof:
            try:
                total += len(inflater.decompress(rest, _PIECE))
            except zlib.error:  # another filter, or damage: the PDF library judges it
                break
            _count(total, limits.inflated_bytes)
            rest = inflater.unconsumed_tail
            if not rest:
                rest = view[position : position + _PIECE]
                position += len(rest)


def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(info) as part:
        while piece := part.read(_PIECE):
            yield piece


def _count(size: int, limit: int) -> None:
    if size > limit:
        raise SourceError(f"it inflates to more than {limit:,} bytes; split it into smaller files")
