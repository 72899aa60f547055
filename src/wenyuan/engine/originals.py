"""The files that documents were read from, as long as they are the very same, and where a text stands in them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.engine.places import own_file
from wenyuan.types import Document, DocumentInfo

if TYPE_CHECKING:
    from wenyuan.load.highlight import Stretch

_MOST_PAGES = 16  # that are looked at for one stretch


def open_original(info: DocumentInfo, kb: Path, base: Path) -> BufferedReader | None:
    """The file that a document was read from, at its beginning; None where it is gone or another, or there was none.

    It is of the knowledge base in `kb` itself, or lies where its id says, which may begin at `base`. That it has the
    content that was read is looked at while it is open: nothing else is ever given in its place.
    """
    if not info.stamp:  # the caller made the document
        return None
    own = own_file(kb, info.id)
    for place in ([own.path] if own else []) + [base / info.id]:
        if file := _opened(place):
            if _hash_of(file, place) == info.content_hash:
                file.seek(0)
                return file
            file.close()
    return None


def page_stretches(document: Document, start: int, end: int) -> Iterator[Stretch]:
    """The characters `start` to `end` of a document by the pages that they come from, of which a few only count."""
    from wenyuan.load.highlight import Stretch

    ends = [mark.at for mark in document.marks[1:]] + [len(document.text)]
    touched = [(mark, to) for mark, to in zip(document.marks, ends, strict=True) if mark.at < end and start < to]
    for mark, to in touched[:_MOST_PAGES]:
        if mark.page is not None:
            first, last = max(start, mark.at) - mark.at, min(end, to) - mark.at
            yield Stretch(mark.page, document.text[mark.at : to], first, last)


def _opened(place: Path) -> BufferedReader | None:
    """A file, opened to be read; None where there is none, or what is there is no file."""
    try:
        handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would be waited for
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    return os.fdopen(handle, "rb")


def _hash_of(file: BufferedReader, place: Path) -> str:
    """The content hash of a document with this file, as loading has it: what lies beside it is part of it."""
    from wenyuan.load.discover import SIDECAR

    digest = hashlib.file_digest(file, "sha256")
    if beside := _opened(place.with_name(place.name + SIDECAR)):
        with beside:
            while piece := beside.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()
