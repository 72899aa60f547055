"""Hand-offs: conversations that a person is to go on with, as the asker sent them, until somebody has seen to them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

from wenyuan.server.database import Database
from wenyuan.server.errors import Refused, not_found

_MOST = 1_000  # of one knowledge base that wait for somebody
_TABLE = (
    "CREATE TABLE IF NOT EXISTS handoffs (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, "
    "kb TEXT NOT NULL, time REAL NOT NULL, key TEXT NOT NULL, said TEXT NOT NULL)"
)
_INDEX = "CREATE INDEX IF NOT EXISTS handoffs_of ON handoffs (tenant, kb, n)"


class Handoffs:
    """Any thread may call every method."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.make(_TABLE, _INDEX)

    def add(self, tenant: str, kb: str, key: str, said: Mapping[str, Any]) -> str:
        """Keep one, which a caller sent with this key; its id.

        Raises:
            Refused: too many wait already.
        """
        id_ = secrets.token_hex(8)
        with self._database.writing():
            [(waiting,)] = self._database.select(
                "SELECT count(*) FROM handoffs WHERE tenant = ? AND kb = ?", tenant, kb
            )
            if waiting >= _MOST:
                raise Refused(
                    429,
                    "queue_full",
                    f"{_MOST} conversations wait for a person already; delete those that were seen to.",
                )
            self._database.write(
                "INSERT INTO handoffs (id, tenant, kb, time, key, said) VALUES (?, ?, ?, ?, ?, ?)",
                *(id_, tenant, kb, time.time(), key, json.dumps(said)),
            )
        return id_

    def last(self, tenant: str, kb: str, most: int, after: str | None = None) -> list[dict[str, Any]]:
        """The newest of a knowledge base, or those before one, the newest first.

        Raises:
            Refused: there is no such one.
        """
        before = 1 << 62
        if after is not None:
            known = self._database.select(
                "SELECT n FROM handoffs WHERE id = ? AND tenant = ? AND kb = ?", after, tenant, kb
            )
            if not known:
                raise not_found()
            [(before,)] = known
        query = "SELECT id, time, key, said FROM handoffs WHERE tenant = ? AND kb = ? AND n < ? ORDER BY n DESC LIMIT ?"
        rows = self._database.select(query, tenant, kb, before, most)
        return [{"id": id_, "time": at, "key": key, **json.loads(said)} for id_, at, key, said in rows]

    def remove(self, tenant: str, kb: str, id: str) -> bool:
        """Forget one that was seen to; False where there is none."""
        statement = "DELETE FROM handoffs WHERE id = ? AND tenant = ? AND kb = ?"
        return self._database.write(statement, id, tenant, kb) > 0

    def forget(self, tenant: str, kb: str) -> None:
        """Forget those of a knowledge base."""
        self._database.write("DELETE FROM handoffs WHERE tenant = ? AND kb = ?", tenant, kb)
