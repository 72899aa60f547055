"""A whole server in one file: its database, what is on its way in, and the knowledge bases of all tenants.

The database is copied first, then what is staged, then each knowledge base at a moment of its own: a job that the copy
of the database has in its queue finds what it needs, in one or the other, and may be done again. Keys are hashes.
Knowledge bases that are only served from elsewhere are not in it.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wenyuan import sqlite
from wenyuan.engine.backup import belongs, write_whole
from wenyuan.engine.copying import ABOUT, FORMAT, copy_database, copy_of, link, make_index, not_written
from wenyuan.engine.places import FILES
from wenyuan.engine.rollback import fsync_folders
from wenyuan.engine.tarball import broken, packed, unpacked
from wenyuan.engine.workplace import alone, workplace
from wenyuan.errors import Damaged, NoAccess, NoKnowledgeBase, WrongUse
from wenyuan.server.home import DATABASE, Home
from wenyuan.server.naming import is_name

KIND = "server"
_TENANTS, _STAGING = "tenants", "staging"
_WORK = ".copy-"
_STAGED = re.compile(r"staging/[0-9a-f]{32}/[^/]+")


def backup_home(folder: Path, target: Path) -> None:
    """Write a server's home into a file that ends in .tar.gz, while a server runs or not.

    Raises:
        WrongUse: there is no server's home.
        Busy, Damaged, OutOfSpace, NoAccess: as a backup of each of its knowledge bases.
    """
    if not (folder / DATABASE).is_file():
        raise WrongUse(f"There is no server's folder in {folder}; name it with --home.")
    if target.resolve().is_relative_to(folder.resolve()):
        raise WrongUse(f"{target} lies in the server's folder itself; name a place outside it.")
    write_whole(target, _stream(folder))


def restore_home(file: Path, folder: Path) -> list[str]:
    """Make a server's home of such a file, in a folder that is not there; its knowledge bases, as tenant/name.

    Raises:
        WrongUse: the folder is there.
        SourceError: the file is no backup of a server, or a damaged one; nothing was changed.
        OutOfSpace, NoAccess: it cannot be made there; nothing was changed.
    """
    if folder.exists():
        raise WrongUse(f"{folder} is there already; name a folder that is not.")
    try:
        stream = file.open("rb")
    except OSError as error:
        raise NoAccess(f"{file} cannot be read ({os.strerror(error.errno or 0)}); correct the path.") from error
    try:
        with stream, workplace(folder.absolute().parent, f".{folder.name}.restoring-") as place:
            manifest = unpacked(stream, place, _belongs)
            if (manifest.get("kind"), manifest.get("format")) != (KIND, FORMAT) or not (place / DATABASE).is_file():
                raise broken("it is no backup of a server that this version knows")
            made = [_make(place / _TENANTS / tenant / name) for tenant, name in Home(place, {}).all()]
            fsync_folders(each for each, _, _ in os.walk(place))
            place.rename(folder)
            fsync_folders([folder.absolute().parent])
    except OSError as error:
        raise not_written(error, folder) from error
    return made


def _stream(folder: Path) -> Iterator[bytes]:
    with workplace(folder, _WORK) as place:
        source = folder / DATABASE
        copy_database(source, place / DATABASE, sqlite.Errors("server database", source, "restore it from a backup"))
        for staged in (folder / _STAGING).rglob("*"):
            if staged.is_file() and not staged.is_symlink():
                link(staged, place / staged.relative_to(folder))
        for tenant, name in Home(folder, {}).all():
            at = Path(_TENANTS, tenant, name)
            with suppress(NoKnowledgeBase):  # deleted meanwhile
                _copy(folder / at, place / at)
        yield from packed(place, _about())


def _copy(folder: Path, place: Path) -> None:
    place.mkdir(parents=True)
    with alone(folder):
        copy_of(folder, place)
    (place / ABOUT).unlink()


def _about() -> dict[str, Any]:
    return {"kind": KIND, "format": FORMAT, "made": time.time(), "program": version("wenyuan")}


def _make(place: Path) -> str:
    (place / FILES).mkdir(exist_ok=True)
    try:
        make_index(place)
    except (Damaged, sqlite3.Error, zlib.error, ValueError, TypeError, KeyError) as error:
        raise broken(f"its catalogue makes no sense: {error}") from error
    return f"{place.parent.name}/{place.name}"


def _belongs(name: str) -> bool:
    if name == DATABASE or _STAGED.fullmatch(name):
        return True
    first, *rest = name.split("/", 3)
    return first == _TENANTS and len(rest) == 3 and is_name(rest[0]) and is_name(rest[1]) and belongs(rest[2])
