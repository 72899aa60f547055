"""A child of a loader whose parser does what the file says, as one would that the file has turned."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from wenyuan.errors import SourceError
from wenyuan.load.child import main
from wenyuan.load.content import Content
from wenyuan.load.fields import Fields
from wenyuan.load.highlight import Highlight, Stretch
from wenyuan.load.limits import Limits
from wenyuan.types import Mark


def loop() -> None:
    while True:
        pass


def eat() -> None:
    kept = []
    while True:
        kept.append(bytearray(16 << 20))


def keep() -> None:
    globals()["kept"] = b"x" * (100 << 20)


def refuse() -> None:
    raise SourceError("a\x1b[31m lie\nof two lines " + "long" * 1000)


def attempts(other: str) -> dict[str, Callable[[], object]]:
    """What the process must not be able to do; `other` is a file that is not its own."""
    there = Path(other)
    return {
        "read": there.read_bytes,
        "list": lambda: list(there.parent.iterdir()),
        "write": lambda: there.write_text("turned"),
        "make": lambda: there.with_name("new").touch(),
        "remove": there.unlink,
        "chmod": lambda: there.chmod(0o777),
        "read the parent": Path(f"/proc/{os.getppid()}/environ").read_bytes,
        "signal the parent": lambda: os.kill(os.getppid(), 0),
        "tcp": lambda: socket.socket(socket.AF_INET),
        "unix": lambda: socket.socket(socket.AF_UNIX),
        "run": lambda: subprocess.run(["/bin/true"], check=True),
    }


def done(other: str) -> str:
    """Which of those were possible."""
    able = []
    for name, attempt in attempts(other).items():
        try:
            attempt()
        except OSError:
            continue
        able.append(name)
    return ", ".join(able) or "nothing"


ACTS: dict[str, Callable[[], object]] = {
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "killed": lambda: signal.raise_signal(signal.SIGKILL),
    "exit": lambda: os._exit(0),
    "crash": lambda: 1 / 0,
    "eat": eat,
    "keep": keep,
    "loop": loop,
    "sleep": lambda: time.sleep(600),
    "print": lambda: [print("noise" * 10_000, file=stream, flush=True) for stream in (sys.stdout, sys.stderr)],
    "junk": lambda: os.write(int(sys.argv[-2]), b"\xff" * 20),
    "refuse": refuse,
}

FORGED = {
    "type": Content("exe", "text"),
    "empty": Content("txt", ""),
    "control": Content("txt", "a\x1b[31m"),
    "marks": Content("txt", "text", marks=(Mark(3), Mark(1))),
    "far mark": Content("txt", "text", marks=(Mark(4),)),
    "value": Content("txt", 5),  # type: ignore[arg-type]
    "reserved": Content("txt", "text", fields=Fields(metadata={"source": "other.md"})),
    "time": Content("txt", "text", fields=Fields(time=float("nan"))),
    "title": Content("txt", "text", title="a\0"),
}


def read(data: bytes, suffix: str, limits: Limits) -> Content:
    word, _, rest = data.decode().partition(":")
    if word == "forge":
        return FORGED[rest]
    if word == "environment":
        return Content("txt", " ".join(os.environ))
    if word == "descriptors":
        return Content("txt", " ".join(os.listdir("/proc/self/fd")))
    if word == "reach":
        return Content("txt", done(rest))
    if word in ACTS:
        ACTS[word]()
    return Content("txt", f"{word} {os.getpid()}")


def find(data: bytes, stretches: Sequence[Stretch]) -> tuple[Highlight, ...]:
    word, _, rest = data.decode().partition(":")
    if word in ACTS:
        ACTS[word]()
    right = 2.0 if rest != "beyond" else 10.0
    page = {"beyond": 1, "junk": "x"}.get(rest) or int(rest)
    return (Highlight(page, 9.0, 9.0, ((1.0, 1.0, right, 2.0),)),)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(read, libraries=(), find=find)
