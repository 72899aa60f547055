"""The process that reads files for an `IsolatedLoader`, behind the walls of `jail`.

Run as `python -m wenyuan.load.child [pdf] SOCKET MEMORY`, with the descriptor of a socket and bytes, it reads until the
socket is closed. With `pdf`, which loads that library only, it is soon there to look into PDFs.
"""

from __future__ import annotations

import importlib
import json
import mimetypes
import os
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from wenyuan.errors import SourceError
from wenyuan.load import jail
from wenyuan.load.content import ReadContent, read_content
from wenyuan.load.highlight import FindHighlights, find_highlights
from wenyuan.load.limits import Limits
from wenyuan.load.wire import Channel, Reply, encoded, longest, sentence, stretches_of

_LIBRARIES = ("charset_normalizer", "mammoth", "markitdown.converters", "openpyxl", "pptx", "pypdfium2", "yaml")
_OF_PDF = ("pypdfium2",)
_HEADER = 1 << 16  # bytes
_KEPT = 4  # a child that keeps more than a fourth of its memory after a file was read reads no further one

# What libraries read: themselves, fonts and time zones, and what processors there are.
_READABLE = (
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/etc/localtime",
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu",
    *map(str, mimetypes.knownfiles),
)  # fmt: skip


def main(
    read: ReadContent = read_content, libraries: Sequence[str] = _LIBRARIES, find: FindHighlights = find_highlights
) -> None:
    """Read one file after the other for the process that started this one, and end with it.

    `libraries` are what `read` loads when it is first called: the limit of memory is beside that.
    """
    handle, memory = map(int, sys.argv[-2:])
    jail.leash(0)
    channel = Channel(socket.socket(fileno=handle))
    jail.confine({sys.prefix, sys.base_prefix, *filter(None, sys.path), *_READABLE})
    for library in libraries:
        importlib.import_module(library)
    jail.bound(memory)
    os.dup2(1, 2)  # which goes nowhere; until now it was for what is wrong with the installation
    channel.send(b"ready")
    most = jail.resident() + memory // _KEPT
    while True:
        try:
            job = json.loads(channel.receive(_HEADER))
            data = bytes(channel.receive(job["size"]))
            wanted = bytes(channel.receive(job["wanted"])) if "wanted" in job else b""
        except EOFError:
            return
        jail.allow_seconds(job["seconds"])
        limits = Limits(**job["limits"])
        work = partial(_found, find, data, wanted) if wanted else partial(_read, read, data, job["suffix"], limits)
        channel.send(_answer(work, limits, most + len(data)))


def _read(read: ReadContent, data: bytes, suffix: str, limits: Limits) -> Reply:
    return Reply(read(data, suffix, limits))


def _found(find: FindHighlights, data: bytes, wanted: bytes) -> Reply:
    return Reply(highlights=find(data, stretches_of(wanted)))


def _answer(work: Callable[[], Reply], limits: Limits, most: int) -> bytes:
    """The reply about one file, whatever happens while it is read."""
    try:
        reply = work()
        message = encoded(replace(reply, last=jail.resident() > most))
    except SourceError as error:
        return encoded(Reply(refused=sentence(str(error)), last=jail.resident() > most))
    except MemoryError:
        return encoded(Reply(exhausted=True))
    return message if len(message) <= longest(limits) else encoded(Reply(exhausted=True))


if __name__ == "__main__":
    main(libraries=_OF_PDF if "pdf" in sys.argv[1:-2] else _LIBRARIES)
