"""Another state in the place of a knowledge base's present one: all of it or nothing, however the process ends.

The new state is made ready in a folder of its own. That this folder is renamed to `rolling-back` is the moment from
which the new state is the truth: whoever opens the knowledge base then moves what is still in it to its place, and
each move can be done twice. Up to that moment nothing was changed.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from wenyuan import sqlite
from wenyuan.store.ledger import FILE_NAME, errors_of, is_in
from wenyuan.store.lock import Lock

SNAPSHOTS = "snapshots"
"""The folder within a knowledge base of its copies, each of one moment and by its name."""

WORK = ".copy-"
"""How folders begin in which copies are made; what is left of them is nobody's."""

_PENDING = "rolling-back"
_NOTE = "note.json"  # in it: which single files come, and which go
_FOLDERS = ("files", "index")
_ASIDE = "old-"


def pending(folder: Path) -> bool:
    """Whether another state is on its way into the place of the present one."""
    return (folder / _PENDING).exists()


def swap(folder: Path, ready: Path, *, replaced: Sequence[str], added: Sequence[str]) -> None:
    """Put the state that is in `ready` in the place of that of the knowledge base `folder`, which nobody has open.

    `ready` has a catalogue, `files` and `index`; it must lie on the same file system, and is used up. Of single files
    those that are `replaced` are then as in `ready`, or not there as there; those that are `added` come where none is.
    """
    _raise_version(folder, ready)
    new = [name for name in added if not (folder / name).exists()]
    comes = [name for name in (*replaced, *new) if (ready / name).exists()]
    with (ready / _NOTE).open("w", encoding="utf-8") as note:
        json.dump({"comes": comes, "goes": [name for name in replaced if name not in comes]}, note)
        note.flush()
        os.fsync(note.fileno())
    fsync_folders(folder_ for folder_, _, _ in os.walk(ready))
    ready.rename(folder / _PENDING)
    fsync_folders([folder])
    _move_in(folder)


def finish(folder: Path) -> bool:
    """End what a process began that died in the middle of `swap`; whether there was anything to do.

    Raises:
        Busy: it has not died, or another one ends it.
    """
    if not pending(folder):
        return False
    lock = Lock(folder / "lock")
    try:
        if pending(folder):
            _move_in(folder)
    finally:
        lock.release()
    return True


def fsync_folders(folders: Iterable[str | Path]) -> None:
    """Bring the names in these folders to disk."""
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _move_in(folder: Path) -> None:
    new = folder / _PENDING
    note = json.loads((new / _NOTE).read_text("utf-8"))
    for name in note["goes"]:
        (folder / name).unlink(missing_ok=True)
    for name in note["comes"]:
        if (new / name).exists():
            os.replace(new / name, folder / name)
    if (new / FILE_NAME).exists():
        for log in ("-wal", "-shm"):  # of the old catalogue: SQLite would take it for the new one's
            (folder / f"{FILE_NAME}{log}").unlink(missing_ok=True)
        os.replace(new / FILE_NAME, folder / FILE_NAME)
    for part in _FOLDERS:
        if (new / part).exists():
            if (folder / part).exists():
                (folder / part).rename(new / f"{_ASIDE}{part}")
            (new / part).rename(folder / part)
    fsync_folders([folder])
    (folder / SNAPSHOTS).mkdir(exist_ok=True)
    over = folder / SNAPSHOTS / f"{WORK}{secrets.token_hex(8)}"
    new.rename(over)
    fsync_folders([folder])
    shutil.rmtree(over, ignore_errors=True)


def _raise_version(folder: Path, ready: Path) -> None:
    """Give the state that comes a later version than the one that goes: what was kept by its version is not of it."""
    versions = [_version_of(place) for place in (folder, ready)]
    with errors_of(ready / FILE_NAME), closing(sqlite.connect(ready / FILE_NAME)) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'version'", (max(versions) + 1,))


def _version_of(folder: Path) -> int:
    """The version of a knowledge base that nobody has open; 0 where none can be read."""
    if not is_in(folder):
        return 0
    try:
        with closing(sqlite.connect(folder / FILE_NAME)) as connection:
            rows = connection.execute("SELECT value FROM meta WHERE name = 'version'").fetchall()
    except sqlite3.DatabaseError:
        return 0
    return int(rows[0][0]) if rows else 0
