"""Copies that are kept within a knowledge base, each by its name, and the way back to one of them."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wenyuan.engine.copying import ABOUT, SETTINGS, About, copy_file, copy_of, link, make_index, not_written, read_about
from wenyuan.engine.places import FILES
from wenyuan.engine.rollback import SNAPSHOTS, WORK, fsync_folders, swap
from wenyuan.engine.workplace import alone, workplace
from wenyuan.engine.writing import JOURNAL
from wenyuan.errors import NoKnowledgeBase, WrongUse
from wenyuan.store.ledger import FILE_NAME, is_in
from wenyuan.store.lock import Lock

_NAME = re.compile(r"[^\W_][\w-]{0,63}")
_KEPT_NAME = re.compile(r"[^\W_][\w-]*")  # of one that was taken before a roll-back, too


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One of them."""

    name: str
    about: About


def take(folder: Path, name: str) -> Snapshot:
    """Keep the knowledge base as it is now, while others read and write it.

    Originals are linked, which takes no room, where the file system can: who changes one in its place, rather than
    putting another file there, changes it in the snapshot, too.

    Raises:
        WrongUse: it cannot have this name, or another one has it.
        NoKnowledgeBase, Damaged, OutOfSpace, NoAccess: as `copy_of`.
    """
    _check(name)
    _require(folder)
    with alone(folder):
        return _take(folder, name, sound=True)


def listed(folder: Path) -> list[Snapshot]:
    """All of them, the oldest first."""
    _require(folder)
    places = (folder / SNAPSHOTS).iterdir() if (folder / SNAPSHOTS).is_dir() else ()
    found = [Snapshot(place.name, about) for place in places if (about := _about(place)) is not None]
    return sorted(found, key=lambda each: (each.about.made, each.name))


def delete(folder: Path, name: str) -> None:
    """Let one go.

    Raises:
        WrongUse: there is none of this name.
    """
    _require(folder)
    with alone(folder), workplace(folder / SNAPSHOTS, WORK) as place:
        _found(folder, name).rename(place / name)


def roll_back(folder: Path, name: str) -> Snapshot:
    """Have a knowledge base that nobody has open be what it was; the snapshot that was taken of it before.

    Raises:
        WrongUse: there is no snapshot of this name.
        Busy: somebody has it open.
        Damaged, OutOfSpace, NoAccess: the snapshot cannot be used; nothing was changed.
    """
    _require(folder)
    Lock(folder / "lock").release()  # who has it open is told before the work begins
    with made_ready(folder, name) as ready:
        return put_in_place(folder, ready, name)


@contextmanager
def made_ready(folder: Path, name: str) -> Iterator[Path]:
    """The state of a snapshot with an index of its own, for `put_in_place`; it may be open meanwhile."""
    source = _found(folder, name)
    try:
        with workplace(folder / SNAPSHOTS, WORK) as ready:
            shutil.copytree(source / FILES, ready / FILES, copy_function=_linked, symlinks=True)
            for file in (FILE_NAME, *SETTINGS):
                if (source / file).exists():
                    copy_file(source / file, ready / file)
            make_index(ready)
            yield ready
    except OSError as error:
        raise not_written(error, folder) from error


def put_in_place(folder: Path, ready: Path, name: str) -> Snapshot:
    """Put a state that was made ready in the place of the present one, of which a snapshot is taken first.

    Raises:
        Busy: somebody has the knowledge base open.
    """
    with alone(folder):
        lock = Lock(folder / "lock")
        try:
            before = _take(folder, _free(folder, f"before-{name}"), sound=False)
            swap(folder, ready, replaced=SETTINGS, added=[JOURNAL])
        except OSError as error:
            raise not_written(error, folder) from error
        finally:
            lock.release()
    return before


def _take(folder: Path, name: str, *, sound: bool) -> Snapshot:
    if (folder / SNAPSHOTS / name).exists():
        raise WrongUse(f"There is a snapshot '{name}' already; take another name, or delete that one.")
    try:
        with workplace(folder / SNAPSHOTS, WORK) as place:
            about = copy_of(folder, place, sound=sound)
            fsync_folders(each for each in (place / FILES, place))
            place.rename(folder / SNAPSHOTS / name)
            fsync_folders([folder / SNAPSHOTS])
    except OSError as error:
        raise not_written(error, folder) from error
    return Snapshot(name, about)


def _free(folder: Path, name: str) -> str:
    number, free = 1, name
    while (folder / SNAPSHOTS / free).exists():
        number += 1
        free = f"{name}-{number}"
    return free


def _linked(source: str, target: str) -> str:
    link(Path(source), Path(target))
    return target


def _about(place: Path) -> About | None:
    """What a snapshot says of itself; None of what is none."""
    if not _KEPT_NAME.fullmatch(place.name):
        return None
    try:
        said = json.loads((place / ABOUT).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return read_about(said) if isinstance(said, dict) else None


def _found(folder: Path, name: str) -> Path:
    place = folder / SNAPSHOTS / name
    if not _KEPT_NAME.fullmatch(name) or _about(place) is None:
        there = ", ".join(each.name for each in listed(folder)) or "there are none"
        raise WrongUse(f"There is no snapshot {name[:80]!r}; choose from: {there}.")
    return place


def _require(folder: Path) -> None:
    if not is_in(folder):
        raise NoKnowledgeBase(f"There is no knowledge base in {folder}; make one with `wenyuan add`.", folder)


def _check(name: str) -> None:
    if not _NAME.fullmatch(name) or name != unicodedata.normalize("NFC", name):
        raise WrongUse(
            f"{name[:80]!r} cannot be the name of a snapshot; write up to 64 letters, digits, - and _, a letter or "
            "digit first."
        )
