"""Files of a mirror on disk: written whole or not at all, never outside its folder."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wenyuan.errors import NoAccess, OutOfSpace

_FULL = (errno.ENOSPC, errno.EDQUOT)


class Folder:
    """A folder; paths are relative to it, and as `names.safe_path` makes them.

    Raises:
        NoAccess, OutOfSpace: a file cannot be written or removed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def make(self) -> None:
        """Make the folder itself, if it is not there."""
        with _faults(self._root):
            self._root.mkdir(parents=True, exist_ok=True)

    def is_file(self, path: str) -> bool:
        """Whether something is there that is no folder; a link is none, whatever it leads to."""
        at = self._root / path
        return os.path.lexists(at) and (at.is_symlink() or not at.is_dir())

    def is_folder(self, path: str) -> bool:
        """Whether a folder is there."""
        at = self._root / path
        return at.is_dir() and not at.is_symlink()

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        try:
            return (self._root / path).read_bytes()
        except OSError:
            return None

    def write(self, path: str, data: bytes, time: float | None = None) -> None:
        """Put `data` there at once; its modification time is `time`, unless a file of just that time was there."""
        target = self._root / path
        with _faults(target):
            self._make(target.parent)
            before = target.lstat().st_mtime if os.path.lexists(target) else None
            part = _part(target)
            part.unlink(missing_ok=True)  # of a write that a crash has ended
            try:
                with part.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                if time is not None and time != before:  # who looks at times must see that it has changed
                    os.utime(part, (time, time))
                part.replace(target)
            except BaseException:
                with contextlib.suppress(OSError):
                    part.unlink()
                raise

    def remove(self, path: str) -> None:
        """Remove a file, and the folders that become empty."""
        target = self._root / path
        with _faults(target):
            target.unlink(missing_ok=True)
            _part(target).unlink(missing_ok=True)
        for folder in target.parents:
            if folder == self._root:
                break
            try:
                folder.rmdir()
            except OSError:  # it holds something else
                break

    def _make(self, folder: Path) -> None:
        """Make a folder, through none that is a link."""
        self.make()
        at = self._root
        for step in folder.relative_to(self._root).parts:
            at /= step
            if at.is_symlink():
                raise NoAccess(f"{at} is a link, through which no mirror writes; remove it.")
            at.mkdir(exist_ok=True)


def _part(target: Path) -> Path:
    """Where a file is written before it takes its place; hidden, so the document flow never sees it."""
    return target.with_name(f".{target.name}.part")


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        if error.errno in _FULL:
            raise OutOfSpace(f"The disk is full where {path} is written; free some and repeat.") from error
        raise NoAccess(f"{path} cannot be written ({reason}); let this user write there.") from error
