"""Folders to work in, which are gone when the work is over, however it ends; and one copy at a time."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from wenyuan.engine.rollback import finish
from wenyuan.errors import Busy
from wenyuan.store.lock import Lock

_LOCK = "copy.lock"
_PATIENCE = 30.0  # seconds that one copy waits for another
_LOOK = 0.05


@contextmanager
def workplace(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `parent` for as long as it is needed, and those of this prefix removed whose process has died.

    Who works in it may rename it: then it stays.
    """
    for left in parent.glob(f"{prefix}*"):
        _remove_left(left)
    place, handle = _made(parent, prefix)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(handle)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While nobody else copies the knowledge base, or puts a copy in its place; it may be read and written.

    Raises:
        Busy: another copy takes too long.
    """
    lock = _patiently(folder / _LOCK)
    with ExitStack() as last_first:
        last_first.callback(lock.release)
        finish(folder)
        yield


def _patiently(path: Path) -> Lock:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return Lock(path)
        except Busy:
            if time.monotonic() > end:
                raise
        time.sleep(_LOOK)


def _made(parent: Path, prefix: str) -> tuple[Path, int]:
    """A folder, and a handle that holds it until the process ends."""
    parent.mkdir(parents=True, exist_ok=True)
    while True:
        place = parent / f"{prefix}{secrets.token_hex(8)}"
        place.mkdir(mode=0o700)
        try:
            handle = os.open(place, os.O_RDONLY)
        except FileNotFoundError:  # taken for one that was left
            continue
        fcntl.flock(handle, fcntl.LOCK_EX)
        if place.exists():
            return place, handle
        os.close(handle)


def _remove_left(place: Path) -> None:
    try:
        handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        shutil.rmtree(place, ignore_errors=True)
    finally:
        os.close(handle)
