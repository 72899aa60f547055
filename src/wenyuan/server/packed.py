"""Files as they are sent: each is read and compressed once, and again when it has changed."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import stat
from dataclasses import dataclass
from pathlib import Path

from starlette.staticfiles import StaticFiles

_LEVEL = 9  # of gzip: it is done once
_WORTH = 0.9  # of its size, which a file is to have at most when it is compressed


@dataclass(frozen=True)
class Packed:
    """A file, ready to be sent."""

    name: str
    """Its path below the folder, whatever it was asked for as."""
    kind: str
    """Its type, as `Content-Type` has it."""
    tag: str
    """An ETag, which changes with what the file holds and with nothing else."""
    data: bytes
    zipped: bytes | None
    """The same by gzip, where that is much shorter."""


class Packing:
    """Files of a folder, kept in memory from when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = StaticFiles(directory=folder, check_dir=False)
        self._kept: dict[str, tuple[tuple[int, int], Packed]] = {}

    def find(self, path: str) -> Packed | None:
        """The file of a path below the folder; None where there is none, or where it leads out of the folder."""
        try:
            full, found = self._files.lookup_path(path)
            if found is None or not stat.S_ISREG(found.st_mode):
                return None
            state = (found.st_mtime_ns, found.st_size)
            kept = self._kept.get(full)
            if kept is None or kept[0] != state:
                kept = self._kept[full] = (state, self._pack(Path(full)))
        except (OSError, ValueError):  # too long, a zero byte, or gone since
            return None
        return kept[1]

    def _pack(self, file: Path) -> Packed:
        data = file.read_bytes()
        zipped = gzip.compress(data, _LEVEL, mtime=0)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return Packed(
            name=file.relative_to(self._folder.resolve()).as_posix(),
            kind=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
            tag=f'W/"{hashlib.sha256(data).hexdigest()[:32]}"',  # weak, for it is the same with and without gzip
            data=data,
            zipped=zipped if len(zipped) <= _WORTH * len(data) else None,
        )
