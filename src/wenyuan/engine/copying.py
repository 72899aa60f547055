"""A copy of a knowledge base as it is at one moment, made while its holder reads and writes: no model, no index.

SQLite copies the catalogue in one read transaction. An own file of a document is there before the catalogue names it,
and gone before the catalogue forgets it. So the files are linked before the catalogue is copied and levelled after it:
a document that the copy names has its file in the copy, but for one on its way out, for which the catalogue is copied
again a moment later. The index is not copied: the journal of the copied catalogue names every document, which makes an
archive that is opened make it anew.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

from wenyuan import sqlite
from wenyuan.chat.profile import FILE_NAME as ENDPOINTS_FILE
from wenyuan.engine.places import FILES
from wenyuan.engine.writing import JOURNAL
from wenyuan.errors import Busy, Damaged, NoAccess, NoKnowledgeBase, OutOfSpace, WenyuanError
from wenyuan.glossary import FILE_NAME as GLOSSARY_FILE
from wenyuan.load.discover import SIDECAR
from wenyuan.rules import FILE_NAME as RULES_FILE
from wenyuan.settings import FILE_NAME as SETTINGS_FILE
from wenyuan.store.archive import Archive
from wenyuan.store.ledger import FILE_NAME, errors_of, is_in, read_meta

SETTINGS = (SETTINGS_FILE, RULES_FILE, GLOSSARY_FILE, ENDPOINTS_FILE)
"""What its owner has written into a knowledge base."""

FORMAT = 1  # of a copy
ABOUT = "about.json"
"""In a copy: what it is of."""

_TRIES = 5
_PAUSES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)  # seconds before the catalogue is copied, and again
_COUNTS = "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM chunks)"
_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


@dataclass(frozen=True, slots=True)
class About:
    """What a copy is of: which knowledge base, when, and what was in it."""

    name: str
    made: float  # Unix seconds
    documents: int
    passages: int
    version: int
    model: str
    program: str  # version of it
    format: int = FORMAT


def copy_of(folder: Path, place: Path, *, sound: bool = True) -> About:
    """Copy the knowledge base in `folder` into the folder `place`; originals are linked where the file system can.

    Without `sound` a catalogue that is damaged is copied as it is.

    Raises:
        NoKnowledgeBase: there is none.
        Damaged: the catalogue is.
        OutOfSpace, NoAccess: the copy cannot be written.
    """
    if not is_in(folder):
        raise NoKnowledgeBase(f"There is no knowledge base in {folder}; make one with `wenyuan add`.", folder)
    try:
        (place / FILES).mkdir()
        for file in _files(folder / FILES):
            link(folder / FILES / file, place / FILES / file)
        about = _settled(folder, place, sound)
        for name in SETTINGS:
            if (folder / name).is_file():
                copy_file(folder / name, place / name)
        if (folder / JOURNAL).is_file():
            mend = "move it away and look by hand what was called"
            copy_database(folder / JOURNAL, place / JOURNAL, sqlite.Errors("journal", folder / JOURNAL, mend))
        (place / ABOUT).write_text(json.dumps(as_json(about)), "utf-8")
    except OSError as error:
        raise not_written(error, place) from error
    return about


def as_json(about: About) -> dict[str, Any]:
    """What is kept of it."""
    return {name: getattr(about, name) for name in About.__dataclass_fields__}


def read_about(said: Mapping[str, Any]) -> About | None:
    """The same read again; None where it is of another format."""
    kinds = {"name": str, "made": float, "documents": int, "passages": int, "version": int, "model": str,
             "program": str, "format": int}  # fmt: skip
    fits = said.get("format") == FORMAT and all(isinstance(said.get(name), kind) for name, kind in kinds.items())
    return About(**{name: said[name] for name in kinds}) if fits else None


def make_index(place: Path) -> None:
    """Make the index of a copy from its catalogue, so that it is a knowledge base."""
    with errors_of(place / FILE_NAME), closing(sqlite.connect(place / FILE_NAME)) as connection:
        meta = read_meta(lambda query: connection.execute(query).fetchall())
    try:
        model, analyser, dimension = str(meta["model"]), str(meta["analyser"]), int(meta["dimension"])
    except (KeyError, ValueError) as error:
        raise Damaged(
            f"The catalogue {place / FILE_NAME} does not say what it was made with; take another copy."
        ) from error
    Archive.open(place, model=model, analyser=analyser, dimension=dimension, create=False).close()


def copy_file(source: Path, target: Path) -> None:
    """Copy a file as it is at one moment, with its times.

    Raises:
        Busy: it is written to all the time.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(_TRIES):
        before = source.stat()
        shutil.copy2(source, target)
        after = source.stat()
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return
    raise Busy(f"{source} is written to all the time; repeat this when it is not.")


def copy_database(source: Path, target: Path, errors: sqlite.Errors) -> None:
    """Copy an SQLite file that others may be writing, as it is at one moment, and bring the copy to disk."""
    with errors, closing(sqlite.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file
    handle = os.open(target, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def not_written(error: OSError, place: Path) -> WenyuanError:
    """What it means that something cannot be written there."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutOfSpace(f"The disk of {place.parent} is full; free some space and repeat.")
    reason = os.strerror(error.errno or 0)
    return NoAccess(f"{error.filename or place} cannot be read or written ({reason}); mend that and repeat.")


def _settled(folder: Path, place: Path, sound: bool) -> About:
    """Copy the catalogue and level the files, again where a file went that the catalogue has yet to forget.

    One that stays away was taken by hand; a sync of the copy deletes its document, as it would have here.
    """
    for pause in _PAUSES:
        time.sleep(pause)
        about = _catalogue(folder, place, sound)
        _level(folder / FILES, place / FILES, _documents(place))
        if not _lacking(place):
            break
    return about


def _catalogue(folder: Path, place: Path, sound: bool) -> About:
    source, copy = folder / FILE_NAME, place / FILE_NAME
    name, program = folder.resolve().name, version("wenyuan")
    try:
        copy_database(source, copy, errors_of(source))
        documents, passages, meta = _looked_over(source, copy)
    except Damaged:
        if sound:
            raise
        for log in ("", "-wal"):
            if source.with_name(source.name + log).exists():
                shutil.copy2(source.with_name(source.name + log), copy.with_name(copy.name + log))
        return About(name, time.time(), 0, 0, 0, "", program)
    return About(name, time.time(), documents, passages, int(meta["version"]), str(meta["model"]), program)


def _looked_over(source: Path, copy: Path) -> tuple[int, int, dict[str, str | int]]:
    """How many documents and passages a copied catalogue has, and its `meta`; its journal names all documents now."""
    try:
        with closing(sqlite.connect(copy)) as connection:
            faults = [text for (text,) in connection.execute("PRAGMA quick_check")]
            meta = read_meta(lambda query: connection.execute(query).fetchall())
            ((documents, passages),) = connection.execute(_COUNTS).fetchall()
            connection.execute("INSERT OR IGNORE INTO journal SELECT id FROM documents")
            connection.execute("PRAGMA journal_mode = DELETE")
        if faults == ["ok"] and {"version", "model"} <= meta.keys():
            return documents, passages, meta
        reason = faults[0]
    except sqlite3.DatabaseError as error:
        with errors_of(source):
            if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_ERROR:
                raise
        reason = str(error)
    raise Damaged(f"The catalogue {source} is damaged ({reason}); go back to an earlier copy of it.")


def _documents(place: Path) -> frozenset[str]:
    """The documents that the copied catalogue names; none where it cannot be read."""
    try:
        with closing(sqlite.connect(place / FILE_NAME)) as connection:
            return frozenset(id_ for (id_,) in connection.execute("SELECT id FROM documents"))
    except sqlite3.DatabaseError:
        return frozenset()


def _lacking(place: Path) -> bool:
    """Whether the copied catalogue names a document of an own file that is not in the copy."""
    try:
        with closing(sqlite.connect(place / FILE_NAME)) as connection:
            read = [id_ for (id_,) in connection.execute("SELECT id FROM documents WHERE stamp != ''")]
            roots = [PurePosixPath(path) for (path,) in connection.execute("SELECT path FROM roots")]
    except sqlite3.DatabaseError:
        return False
    elsewhere = (PurePosixPath("/"), *roots)
    own = (id_ for id_ in map(PurePosixPath, read) if not any(id_.is_relative_to(root) for root in elsewhere))
    return any(not (place / FILES / id_).is_file() for id_ in own)


def _level(folder: Path, copy: Path, documents: frozenset[str]) -> None:
    """Bring in what has come or changed since, and take away what has gone, but for files of documents of the copy."""
    now = set(_files(folder))
    for file in now:
        if not _same(folder / file, copy / file):
            (copy / file).unlink(missing_ok=True)
            link(folder / file, copy / file)
    for file in set(_files(copy)) - now:
        if file not in documents and file.removesuffix(SIDECAR) not in documents:
            (copy / file).unlink()


def _files(folder: Path) -> Iterator[str]:
    """The files in a folder and those below it; links, and what is only on its way, are left out."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place) / name
            on_its_way = name.startswith(".") and name.endswith(".new")
            if not on_its_way and path.is_file() and not path.is_symlink():
                yield path.relative_to(folder).as_posix()


def link(source: Path, target: Path) -> None:
    """Have a file there as well; one that is gone by now is left out."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target, follow_symlinks=False)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        try:
            copy_file(source, target)
        except FileNotFoundError:
            target.unlink(missing_ok=True)


def _same(one: Path, other: Path) -> bool:
    try:
        a, b = one.stat(), other.stat()
    except FileNotFoundError:
        return False
    return os.path.samestat(a, b) or (a.st_size, a.st_mtime_ns) == (b.st_size, b.st_mtime_ns)
