"""API keys: made once and shown once; of each only a hash is kept."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass

from wenyuan.errors import WrongUse
from wenyuan.server.database import Database
from wenyuan.server.identity import Identity, Right, rights_of
from wenyuan.server.naming import checked_name

PREFIX = "wy"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, hash BLOB NOT NULL, name TEXT NOT NULL, "
    "tenant TEXT NOT NULL, rights TEXT NOT NULL, groups TEXT, created REAL NOT NULL, revoked REAL)"
)
_COLUMNS = "id, name, tenant, rights, groups, created, revoked"


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


class Keys:
    """The keys of all tenants. A secret holds 256 random bits, so a plain hash of it is safe to keep."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.make(_TABLE)

    def add(
        self, name: str, tenant: str, rights: Iterable[str], groups: Iterable[str] | None = None
    ) -> tuple[Key, str]:
        """Make a key and its secret, which is shown now and never again; `groups` None: it sees all documents.

        Raises:
            WrongUse: a name, right or group is not valid.
        """
        seen = None if groups is None else frozenset(_group(group) for group in groups)
        if seen is not None and "admin" in rights_of(rights):
            raise WrongUse("Who administers sees all documents; leave out the groups, or the right 'admin'.")
        if not name.strip() or len(name) > 200:
            raise WrongUse("A key needs a name of up to 200 characters that says who uses it.")
        given = rights_of(rights)
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
        )
        secret = secrets.token_urlsafe(32)
        kept = None if seen is None else json.dumps(sorted(seen), ensure_ascii=False)
        self._database.write(
            "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            *(key.id, _hash(secret), key.name, key.tenant, " ".join(sorted(key.rights)), kept, key.created),
        )
        return key, f"{PREFIX}-{key.id}-{secret}"

    def identity(self, token: str) -> Identity | None:
        """Whose key this is; None of one that is not known, or no longer."""
        prefix, _, rest = token.partition("-")
        id_, _, secret = rest.partition("-")
        query = "SELECT hash, tenant, rights, groups FROM keys WHERE id = ? AND revoked IS NULL"
        rows = self._database.select(query, id_) if prefix == PREFIX and secret else []
        if not rows or not secrets.compare_digest(rows[0][0], _hash(secret)):
            return None
        _, tenant, rights, groups = rows[0]
        return Identity(
            id_, tenant, rights_of(rights.split()), None if groups is None else frozenset(json.loads(groups))
        )

    def any(self) -> bool:
        """Whether there is a key in force."""
        return bool(self._database.select("SELECT 1 FROM keys WHERE revoked IS NULL LIMIT 1"))

    def ever(self) -> bool:
        """Whether there was one, in force or not: a server that had keys is not open again once they are revoked."""
        return bool(self._database.select("SELECT 1 FROM keys LIMIT 1"))

    def all(self, tenant: str | None = None) -> list[Key]:
        """The keys of a tenant, or of all, those that were revoked among them, the oldest first."""
        rows = self._database.select(f"SELECT {_COLUMNS} FROM keys ORDER BY created, id")
        return [key for key in map(_key, rows) if tenant in (None, key.tenant)]

    def revoke(self, id: str, tenant: str | None = None) -> bool:
        """Let a key be none from now on; False where there is none of this id, or another tenant's."""
        statement = "UPDATE keys SET revoked = ? WHERE id = ? AND revoked IS NULL AND tenant = coalesce(?, tenant)"
        return self._database.write(statement, time.time(), id, tenant) > 0


def _key(row: tuple[str, str, str, str, str | None, float, float | None]) -> Key:
    id_, name, tenant, rights, groups, created, revoked = row
    seen = None if groups is None else frozenset(json.loads(groups))
    return Key(id_, name, tenant, rights_of(rights.split()), seen, created, revoked)


def _group(name: str) -> str:
    group = name.strip()
    if not group or "," in group or len(group) > 200:
        raise WrongUse(f"'{name}' is no name of a group; write one of up to 200 characters without a comma.")
    return group


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
