"""Which files of a folder can be loaded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wenyuan.errors import SourceError
from wenyuan.load.formats import SUPPORTED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIDECAR = ".meta.json"


def discover(root: Path) -> Iterator[Path]:
    """Supported files under `root`, sorted within each folder; hidden ones and sidecars left out, links followed once.

    A single file yields itself, supported or not, and so does a folder that cannot be listed: `load` then says why.
    Raises SourceError if `root` does not exist.
    """
    if not root.exists():
        raise SourceError(f"{root}: there is no such file or folder; check the path")
    if root.is_dir():
        yield from _walk(root, set())
    else:
        yield root


def _walk(folder: Path, seen: set[Path]) -> Iterator[Path]:
    real = folder.resolve()
    if real in seen:
        return
    seen.add(real)
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        yield folder
        return
    for name in names:
        path = folder / name
        if name.startswith("."):
            continue
        if path.is_dir():
            yield from _walk(path, seen)
        elif path.suffix.lower() in SUPPORTED and not name.endswith(SIDECAR):
            yield path
