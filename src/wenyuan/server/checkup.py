"""Whether a server's home is set up well: who can read it, what is sound, what is left over, who may call."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wenyuan import sqlite
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import Busy, WenyuanError, WrongUse
from wenyuan.server.database import Database
from wenyuan.server.home import DATABASE, Home
from wenyuan.server.keys import Key, Keys

Standing = Literal["good", "note", "problem"]

_SPARE = 256 << 20  # bytes of disk, as the server's own look at it
_OLD = 365 * 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str  # a word for programs
    standing: Standing
    sentence: str


def examine(folder: Path) -> Iterator[Finding]:
    """Look at a server's home, whether a server runs in it or not; nothing in it is changed.

    Raises:
        WrongUse: there is none.
    """
    if not (folder / DATABASE).is_file():
        raise WrongUse(f"There is no server's folder in {folder}; name it with --home.")
    yield _readers(folder)
    yield _room(folder)
    fault = _fault(folder / DATABASE)
    yield fault or Finding("database", "good", "The server's database is sound.")
    home = Home(folder, {})
    if fault is None:
        database = Database(home.database)
        try:
            yield from _callers(Keys(database).all())
            yield _staged(home, database)
        finally:
            database.close()
    for tenant, name in home.all():
        yield _knowledge_base(home.place(tenant, name), f"{tenant}/{name}")


def _readers(folder: Path) -> Finding:
    found = folder.stat()
    if found.st_uid != os.getuid():
        return Finding("folder", "problem", f"{folder} is another user's; run the server, and this, as its owner.")
    if found.st_mode & 0o077:
        return Finding("folder", "problem", f"Other users can look into {folder}; run `chmod 700 {folder}`.")
    return Finding("folder", "good", "Only its owner can look into the server's folder.")


def _room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    if free < _SPARE:
        return Finding("disk", "problem", f"The disk of {folder} has {free >> 20} MB left; free some.")
    return Finding("disk", "good", f"The disk has {free >> 20} MB left.")


def _fault(database: Path) -> Finding | None:
    try:
        with (
            sqlite.Errors("server database", database, "restore it from a backup"),
            closing(sqlite.connect(database)) as connection,
        ):
            faults = [text for (text,) in connection.execute("PRAGMA quick_check")]
    except (WenyuanError, sqlite3.Error) as error:
        return Finding("database", "problem", str(error))
    if faults == ["ok"]:
        return None
    damaged = f"The server's database is damaged ({faults[0]}); restore it from a backup."
    return Finding("database", "problem", damaged)


def _callers(keys: list[Key]) -> Iterator[Finding]:
    current = [key for key in keys if key.revoked is None]
    if not current:
        sentence = "There is no key: a server answers only programs of its own user on this machine, who may do all."
        yield Finding("keys", "note", sentence)
        return
    yield Finding("keys", "good", f"{len(current)} keys are in force.")
    if not any("admin" in key.rights for key in current):
        yield Finding("keys", "note", "No key may administer; who needs to makes one with --right admin.")
    if old := [key.name for key in current if time.time() - key.created > _OLD]:
        yield Finding("keys", "note", f"Keys end when they are revoked only; older than a year: {', '.join(old)}.")


def _staged(home: Home, database: Database) -> Finding:
    known = database.select("SELECT 1 FROM sqlite_master WHERE name = 'jobs'")  # none before a server has run
    query = "SELECT id FROM jobs WHERE state IN ('queued', 'running')"
    wanted = {job for (job,) in database.select(query)} if known else set()
    left = [each for each in home.staging.iterdir() if each.name not in wanted]
    if left:
        sentence = f"{len(left)} uploads belong to no job; a server removes what is left of them when it starts."
        return Finding("staging", "note", sentence)
    return Finding("staging", "good", "No upload is left over.")


def _knowledge_base(folder: Path, name: str) -> Finding:
    try:
        with KnowledgeBase.open(folder, create=False) as base:
            health = base.check()
    except Busy:
        return Finding("knowledge base", "note", f"{name} is in use, so it was not looked into.")
    except WenyuanError as error:
        return Finding("knowledge base", "problem", f"{name}: {error}")
    if health.problems:
        return Finding("knowledge base", "problem", f"{name}: {health.problems[0]}")
    return Finding("knowledge base", "good", f"{name}: all indexes agree on {health.documents} documents.")
