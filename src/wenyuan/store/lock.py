"""One process a knowledge base: an advisory lock that ends with its holder, however that dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from wenyuan.errors import Busy


class Lock:
    """Held from construction to `release`; Busy, naming the holder's process, when another holds it."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)  # not inherited by child processes
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._handle, 20).decode(errors="replace").strip()
            os.close(self._handle)
            by = f"process {holder}" if holder.isdecimal() else "another process"
            raise Busy(
                f"The knowledge base {path.parent} is in use by {by}; wait for its end, or ask through it.",
                int(holder) if holder.isdecimal() else None,
            ) from error
        os.truncate(self._handle, 0)
        os.write(self._handle, str(os.getpid()).encode())

    def release(self) -> None:
        """Let the next process in."""
        os.close(self._handle)
