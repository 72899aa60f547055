"""Optimising a shard beside its running original: numbered folders, a `CURRENT` pointer, a child process.

A crash at any point leaves `CURRENT` naming a complete shard; folders it does not name are leftovers and removed.
Run as `python -m wenyuan.store.optimise FOLDER` it optimises that shard: the engine holds the GIL for minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from wenyuan.errors import OutOfSpace, WenyuanError

_PR_SET_PDEATHSIG = 1  # prctl(2)
_SMALL = 1 << 16  # bytes


class Slots:
    """The shard folders `shard-N` in an index folder; `CURRENT` holds the name of the one in use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pointer = folder / "CURRENT"
        folder.mkdir(parents=True, exist_ok=True)
        self.tidy()

    def current(self) -> Path | None:
        """The shard in use; None before the first."""
        return self.folder / self._pointer.read_text().strip() if self._pointer.exists() else None

    def new(self) -> Path:
        """A name not in use; it becomes the current shard by `switch`."""
        numbers = [int(path.name.removeprefix("shard-")) for path in self.folder.glob("shard-*")]
        return self.folder / f"shard-{max(numbers, default=0) + 1}"

    def duplicate(self) -> Path:
        """Copy the current shard, whose writer must be flushed and pausing."""
        current, copy = self.current(), self.new()
        assert current is not None
        size = sum(path.stat().st_blocks * 512 for path in current.rglob("*"))
        if shutil.disk_usage(self.folder).free < 2 * size + (64 << 20):
            raise OutOfSpace(f"Optimising {self.folder} needs {2 * size >> 20} MB more; free some space and repeat.")
        shutil.copytree(current, copy)
        return copy

    def switch(self, shard: Path) -> None:
        """Name another shard as current, atomically and durably."""
        draft = self._pointer.with_suffix(".new")
        with draft.open("w") as file:
            file.write(shard.name)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._pointer)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def retire(self, shard: Path) -> None:
        """Take a shard that is no longer current from under its engine, for `tidy` to remove.

        On release the engine evicts every file it finds at its place from the page cache, holding the GIL all the
        while: it finds empty ones, and what it has mapped stays readable.
        """
        grave = self.new()
        grave.mkdir()
        for number, path in enumerate(_files(shard)):
            if path.stat().st_size > _SMALL:
                path.rename(grave / str(number))
                path.touch()

    def tidy(self) -> None:
        """Remove every shard that is not the current one, where that is there."""
        current = self.current()
        for path in self.folder.glob("shard-*"):
            if path != current and (current is None or current.exists()):
                shutil.rmtree(path, ignore_errors=True)


def sync(shard: Path) -> None:
    """Bring a shard's files to disk as they are, lest its engine waits for that with the GIL held."""
    for path in _files(shard):
        with suppress(OSError):  # a file may be gone by now: shards come and go
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def warm(shard: Path) -> None:
    """Read a shard's files into the page cache, so that no search waits for the disk; lets other threads run."""
    buffer = bytearray(1 << 20)  # one for all: to map new memory holds up whoever searches mapped files
    for path in _files(shard):
        with suppress(OSError), path.open("rb", buffering=0) as file:  # as above
            while file.readinto(buffer):
                pass


def _files(folder: Path) -> list[Path]:
    return [Path(place) / name for place, _, names in os.walk(folder) for name in names]


def optimise_copy(shard: Path, cancelled: threading.Event) -> bool:
    """Optimise an unused shard in a child process of low priority; False when cancelled.

    WenyuanError when the child fails.
    """
    command = [sys.executable, "-m", __name__, str(shard)]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as child:
        while True:
            try:
                _, complaint = child.communicate(timeout=0.1)
            except subprocess.TimeoutExpired:
                if cancelled.is_set():
                    child.kill()
                continue
            break
    if cancelled.is_set():
        return False
    if child.returncode:
        reason = complaint.decode(errors="replace").strip().splitlines()[-1:] or [f"exit code {child.returncode}"]
        raise WenyuanError(f"Optimising {shard.parent} failed ({reason[0]}); searching goes on without it.")
    return True


def main() -> None:
    """Optimise the shard named on the command line; ends with the process that started it."""
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(19)
    import qdrant_edge

    shard = qdrant_edge.EdgeShard.load(sys.argv[1])
    shard.optimize()
    shard.flush()
    shard.close()
    sync(Path(sys.argv[1]))  # here, where nobody waits for it
    warm(Path(sys.argv[1]))  # the engine evicts what it closes


if __name__ == "__main__":
    main()
