"""API keys: made once and shown once; of each only a hash is kept."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from wenyuan.errors import WrongUse
from wenyuan.server.database import Database
from wenyuan.server.identity import Identity, Right, rights_of
from wenyuan.server.naming import checked_name

PREFIX = "wy"
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]")
_TABLE = (
    "CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, hash BLOB NOT NULL, name TEXT NOT NULL, "
    "tenant TEXT NOT NULL, rights TEXT NOT NULL, groups TEXT, created REAL NOT NULL, revoked REAL)"
)
_PAGES = "CREATE TABLE IF NOT EXISTS pages (key TEXT PRIMARY KEY, kb TEXT NOT NULL, origins TEXT NOT NULL)"
_COLUMNS = "id, name, tenant, rights, groups, created, revoked, kb, origins"
_FROM = "FROM keys LEFT JOIN pages ON pages.key = keys.id"


@dataclass(frozen=True, slots=True)
class Pages:
    """The sites whose pages alone may use a key, and the knowledge base that they may ask."""

    kb: str
    origins: frozenset[str]

    @classmethod
    def of(cls, kb: str, origins: Iterable[str]) -> Pages:
        """Those of these sites, each named as browsers do: `https://shop.example.com`.

        Raises:
            WrongUse: one is no site, there is none, or no knowledge base has such a name.
        """
        named = frozenset(map(checked_origin, origins))
        if not named:
            raise WrongUse("A key for pages needs the site that they are of, such as https://shop.example.com.")
        return cls(checked_name("knowledge base", kb), named)


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key, the secret aside."""

    id: str
    name: str
    tenant: str
    rights: frozenset[Right]
    groups: frozenset[str] | None  # None: all
    created: float
    revoked: float | None
    pages: Pages | None = None  # None: it is a program's


class Keys:
    """The keys of all tenants. A secret holds 256 random bits, so a plain hash of it is safe to keep."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.make(_TABLE, _PAGES)

    def add(
        self,
        name: str,
        tenant: str,
        rights: Iterable[str],
        groups: Iterable[str] | None = None,
        pages: Pages | None = None,
    ) -> tuple[Key, str]:
        """Make a key and its secret, which is shown now and never again.

        With `groups` None it sees all documents, one for pages those that are everyone's.

        Raises:
            WrongUse: a name, right or group is not valid, or pages are to do more than to ask.
        """
        given = rights_of(rights)
        if pages is not None and given != {"read"}:
            raise WrongUse(
                "Everyone who opens a page reads its key, so it may only ask; give it the right 'read' alone."
            )
        if groups is None and pages is not None:
            groups = ()  # whom the house does not know sees what is everyone's
        seen = None if groups is None else frozenset(_group(group) for group in groups)
        if seen is not None and "admin" in given:
            raise WrongUse("Who administers sees all documents; leave out the groups, or the right 'admin'.")
        if not name.strip() or len(name) > 200:
            raise WrongUse("A key needs a name of up to 200 characters that says who uses it.")
        if seen is not None and "admin" in given:
            raise WrongUse(
                "A key with the right 'admin' makes keys and rules, so it sees all documents; leave out its groups, or "
                "that right."
            )
        key = Key(
            secrets.token_hex(4),
            name.strip(),
            checked_name("tenant", tenant),
            given,
            seen,
            time.time(),
            None,
            pages,
        )
        secret = secrets.token_urlsafe(32)
        kept = None if seen is None else json.dumps(sorted(seen), ensure_ascii=False)
        with self._database.writing():
            self._database.write(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                *(key.id, _hash(secret), key.name, key.tenant, " ".join(sorted(key.rights)), kept, key.created),
            )
            if pages is not None:
                self._database.write(
                    "INSERT INTO pages VALUES (?, ?, ?)", key.id, pages.kb, json.dumps(sorted(pages.origins))
                )
        return key, f"{PREFIX}-{key.id}-{secret}"

    def identity(self, token: str) -> Identity | None:
        """Whose key this is; None of one that is not known, or no longer."""
        prefix, _, rest = token.partition("-")
        id_, _, secret = rest.partition("-")
        query = f"SELECT hash, tenant, rights, groups, kb, origins {_FROM} WHERE id = ? AND revoked IS NULL"
        rows = self._database.select(query, id_) if prefix == PREFIX and secret else []
        if not rows or not secrets.compare_digest(rows[0][0], _hash(secret)):
            return None
        _, tenant, rights, groups, kb, origins = rows[0]
        return Identity(id_, tenant, rights_of(rights.split()), _names(groups), only=kb, origins=_names(origins))

    def names_site(self, origin: str) -> bool:
        """Whether a key in force is for pages of this site."""
        query = (
            "SELECT 1 FROM keys, pages, json_each(pages.origins) WHERE pages.key = keys.id AND revoked IS NULL "
            "AND json_each.value = ? LIMIT 1"
        )
        return bool(self._database.select(query, origin))

    def any(self) -> bool:
        """Whether there is a key in force."""
        return bool(self._database.select("SELECT 1 FROM keys WHERE revoked IS NULL LIMIT 1"))

    def ever(self) -> bool:
        """Whether there was one, in force or not: a server that had keys is not open again once they are revoked."""
        return bool(self._database.select("SELECT 1 FROM keys LIMIT 1"))

    def all(self, tenant: str | None = None) -> list[Key]:
        """The keys of a tenant, or of all, those that were revoked among them, the oldest first."""
        rows = self._database.select(f"SELECT {_COLUMNS} {_FROM} ORDER BY created, id")
        return [key for key in map(_key, rows) if tenant in (None, key.tenant)]

    def revoke(self, id: str, tenant: str | None = None) -> bool:
        """Let a key be none from now on; False where there is none of this id, or another tenant's."""
        statement = "UPDATE keys SET revoked = ? WHERE id = ? AND revoked IS NULL AND tenant = coalesce(?, tenant)"
        return self._database.write(statement, time.time(), id, tenant) > 0

    def forget(self, tenant: str, kb: str) -> None:
        """Revoke those that are for pages that ask a knowledge base which is deleted."""
        statement = (
            "UPDATE keys SET revoked = ? WHERE tenant = ? AND revoked IS NULL "
            "AND id IN (SELECT key FROM pages WHERE kb = ?)"
        )
        self._database.write(statement, time.time(), tenant, kb)


def pages_of(origins: Sequence[str] | None, kb: str | None) -> Pages | None:
    """What sites and a knowledge base, each given or not, make together.

    Raises:
        WrongUse: one is there without the other, or is none.
    """
    if origins is None and kb is None:
        return None
    if origins is None or kb is None:
        raise WrongUse("A key for pages names their sites and the one knowledge base that they may ask; give both.")
    return Pages.of(kb, origins)


def checked_origin(site: str) -> str:
    """A site as browsers name it in the header `Origin`.

    Raises:
        WrongUse: it is none, or not the whole name.
    """
    try:
        parts = urlsplit(site)
        port = {"http": 80, "https": 443}.get(parts.scheme) != parts.port and parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    if parts.scheme not in ("http", "https") or site != f"{parts.scheme}://{host}{f':{port}' if port else ''}":
        raise _no_site(site)
    if not _HOST.fullmatch(host or ""):
        raise _no_site(site)
    return site


def _no_site(site: str) -> WrongUse:
    return WrongUse(
        f"{site[:200]!r} is no site; write it as a browser's address bar has it, such as https://shop.example.com, "
        "without a path and in the letters of host names (xn--…)."
    )


def _names(kept: str | None) -> frozenset[str] | None:
    return None if kept is None else frozenset(json.loads(kept))


def _key(row: tuple[Any, ...]) -> Key:
    id_, name, tenant, rights, groups, created, revoked, kb, origins = row
    pages = None if kb is None else Pages(kb, frozenset(json.loads(origins)))
    return Key(id_, name, tenant, rights_of(rights.split()), _names(groups), created, revoked, pages)


def _group(name: str) -> str:
    group = name.strip()
    if not group or "," in group or len(group) > 200:
        raise WrongUse(f"'{name}' is no name of a group; write one of up to 200 characters without a comma.")
    return group


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
