"""What is only ever added to: the log of changes, and what people say of answers."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from wenyuan.server.database import Database
from wenyuan.server.identity import Identity

_AUDIT = (
    "CREATE TABLE IF NOT EXISTS audit (n INTEGER PRIMARY KEY, time REAL NOT NULL, tenant TEXT NOT NULL, "
    "key TEXT NOT NULL, address TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, status INTEGER NOT NULL)"
)
_FEEDBACK = (
    "CREATE TABLE IF NOT EXISTS feedback (n INTEGER PRIMARY KEY, time REAL NOT NULL, tenant TEXT NOT NULL, "
    "kb TEXT NOT NULL, key TEXT NOT NULL, said TEXT NOT NULL)"
)


class Audit:
    """Who changed what, and who was turned away; questions and texts are no part of it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.make(_AUDIT)

    def add(self, identity: Identity | None, address: str, action: str, target: str, status: int) -> None:
        """Keep one request."""
        whose = (identity.tenant, identity.key) if identity else ("", "")
        self._database.write(
            "INSERT INTO audit (time, tenant, key, address, action, target, status) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(time.time(), *whose, address, action, target, status),
        )

    def last(self, tenant: str, most: int, before: int | None = None) -> list[dict[str, Any]]:
        """The newest entries of a tenant, or those before an entry, the newest first."""
        names = ("n", "time", "key", "address", "action", "target", "status")
        query = f"SELECT {', '.join(names)} FROM audit WHERE tenant = ? AND n < ? ORDER BY n DESC LIMIT ?"
        rows = self._database.select(query, tenant, 1 << 62 if before is None else before, most)
        return [dict(zip(names, row, strict=True)) for row in rows]


class Feedback:
    """What people say of answers, one entry after the other."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.make(_FEEDBACK)

    def add(self, identity: Identity, kb: str, said: Mapping[str, Any]) -> int:
        """Keep one; its number."""
        with self._database.writing():
            self._database.write(
                "INSERT INTO feedback (time, tenant, kb, key, said) VALUES (?, ?, ?, ?, ?)",
                *(time.time(), identity.tenant, kb, identity.key, json.dumps(said, ensure_ascii=False)),
            )
            return int(self._database.select("SELECT last_insert_rowid()")[0][0])

    def forget(self, tenant: str, kb: str) -> None:
        """Forget those of a knowledge base."""
        self._database.write("DELETE FROM feedback WHERE tenant = ? AND kb = ?", tenant, kb)

    def last(self, tenant: str, kb: str, most: int, before: int | None = None) -> list[dict[str, Any]]:
        """The newest of a knowledge base, or those before one, the newest first."""
        query = "SELECT n, time, key, said FROM feedback WHERE tenant = ? AND kb = ? AND n < ? ORDER BY n DESC LIMIT ?"
        rows = self._database.select(query, tenant, kb, 1 << 62 if before is None else before, most)
        return [{"n": n, "time": at, "key": key, **json.loads(said)} for n, at, key, said in rows]
