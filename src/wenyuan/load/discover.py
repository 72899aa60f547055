"""Which files of a folder can be loaded, and which are left out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pathspec import GitIgnoreSpec

from wenyuan.errors import SourceError, WrongUse
from wenyuan.load.formats import SUPPORTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

SIDECAR = ".meta.json"
KNOWLEDGE_BASE = "catalogue.sqlite"


def discover(root: Path, exclude: Sequence[str] = (), on_other: Callable[[Path], None] | None = None) -> Iterator[Path]:
    """Supported files under `root`, sorted within each folder; hidden ones and sidecars left out, links followed once.

    What fits one of the patterns of `exclude`, which are those of .gitignore and begin at `root`, is left out, and so
    are knowledge bases. `on_other` is told of each file that is of no supported type. A single file yields itself,
    supported or not, and so does a folder that cannot be listed: `load` then says why.

    Raises:
        SourceError: `root` does not exist.
        WrongUse: a pattern cannot be read.
    """
    if not root.exists():
        raise SourceError(f"{root}: there is no such file or folder; check the path")
    if not root.is_dir():
        yield root
        return
    excluded = _patterns(exclude)
    for path in _walk(root, set(), lambda path, end: excluded.match_file(path.relative_to(root).as_posix() + end)):
        if path.suffix.lower() in SUPPORTED or path.is_dir():
            yield path
        elif on_other is not None:
            on_other(path)


def _patterns(exclude: Sequence[str]) -> GitIgnoreSpec:
    try:
        return GitIgnoreSpec.from_lines(exclude)
    except ValueError as error:
        raise WrongUse(
            f"A pattern of files to leave out cannot be read ({error}); write it as in .gitignore."
        ) from error


def _walk(folder: Path, seen: set[str], left_out: Callable[[Path, str], bool]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        yield folder
        return
    if KNOWLEDGE_BASE in names:  # what it stores is made of documents that are elsewhere
        return
    for name in names:
        path = folder / name
        if name.startswith(".") or name.endswith(SIDECAR):
            continue
        if path.is_dir():
            if not left_out(path, "/"):
                yield from _walk(path, seen, left_out)
        elif not left_out(path, ""):
            yield path
