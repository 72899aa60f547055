"""Question sets, and the runs that measured a knowledge base by them: two tables of the server's own database.

They belong to a tenant's knowledge base and are forgotten with it. A run is kept as its record; its page is made of
that whenever it is asked for. The copy of the database that a backup of the server holds has them, too.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wenyuan.server.database import Database

if TYPE_CHECKING:  # measuring takes a while to load, and is seldom wanted
    from wenyuan.evaluate.lent import Measure

_SETS = (
    "CREATE TABLE IF NOT EXISTS question_sets (tenant TEXT NOT NULL, kb TEXT NOT NULL, name TEXT NOT NULL, "
    "jsonl TEXT NOT NULL, questions INTEGER NOT NULL, changed REAL NOT NULL, PRIMARY KEY (tenant, kb, name))"
)
_RUNS = (
    "CREATE TABLE IF NOT EXISTS evaluations (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, "
    "kb TEXT NOT NULL, name TEXT NOT NULL, measure TEXT NOT NULL, jsonl TEXT NOT NULL, figures TEXT, record BLOB, "
    "created REAL NOT NULL, ended REAL)"
)
_INDEX = "CREATE INDEX IF NOT EXISTS evaluations_kb ON evaluations (tenant, kb, n)"
_SHOWN = "id, name, measure, figures, created, ended"


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A set, as it stands."""

    name: str
    questions: int
    changed: float
    jsonl: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run; its id is that of its job. What was measured is there once it has ended."""

    id: str
    name: str  # of its set, which may be another by now
    measure: Measure
    figures: Mapping[str, Any] | None
    created: float
    ended: float | None


class Evaluations:
    """Sets and runs of all knowledge bases. Any thread may call every method."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.make(_SETS, _RUNS, _INDEX)

    def sets(self, tenant: str, kb: str) -> list[QuestionSet]:
        """All sets by name, without their texts."""
        query = "SELECT name, questions, changed FROM question_sets WHERE tenant = ? AND kb = ? ORDER BY name"
        return [QuestionSet(*row) for row in self._database.select(query, tenant, kb)]

    def set(self, tenant: str, kb: str, name: str) -> QuestionSet | None:
        """A set; None where there is none of this name."""
        query = "SELECT name, questions, changed, jsonl FROM question_sets WHERE tenant = ? AND kb = ? AND name = ?"
        rows = self._database.select(query, tenant, kb, name)
        return QuestionSet(*rows[0]) if rows else None

    def keep_set(self, tenant: str, kb: str, name: str, jsonl: str, questions: int) -> None:
        """Keep a set, in the place of the one of this name."""
        self._database.write(
            "INSERT OR REPLACE INTO question_sets (tenant, kb, name, jsonl, questions, changed) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            *(tenant, kb, name, jsonl, questions, time.time()),
        )

    def delete_set(self, tenant: str, kb: str, name: str) -> bool:
        """Whether there was one of this name; the runs by it stay."""
        deleted = "DELETE FROM question_sets WHERE tenant = ? AND kb = ? AND name = ?"
        return bool(self._database.write(deleted, tenant, kb, name))

    def begin(self, tenant: str, kb: str, id: str, kept: QuestionSet, measure: Measure) -> None:
        """Note a run by a set as it is now, whatever becomes of that until its turn comes."""
        self._database.write(
            "INSERT INTO evaluations (id, tenant, kb, name, measure, jsonl, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(id, tenant, kb, kept.name, measure, kept.jsonl, time.time()),
        )

    def questions(self, id: str) -> str | None:
        """The set of a run; None where the run was deleted."""
        rows = self._database.select("SELECT jsonl FROM evaluations WHERE id = ?", id)
        return str(rows[0][0]) if rows else None

    def end(self, id: str, figures: Mapping[str, Any], record: Mapping[str, Any]) -> None:
        """Keep what was measured, unless the run was deleted meanwhile."""
        packed = zlib.compress(json.dumps(record, ensure_ascii=False).encode())
        said = json.dumps(figures, ensure_ascii=False)
        query = "UPDATE evaluations SET figures = ?, record = ?, ended = ? WHERE id = ?"
        self._database.write(query, said, packed, time.time(), id)

    def runs(self, tenant: str, kb: str) -> list[Run]:
        """All runs, the newest first."""
        query = f"SELECT {_SHOWN} FROM evaluations WHERE tenant = ? AND kb = ? ORDER BY n DESC"
        return [_run(row) for row in self._database.select(query, tenant, kb)]

    def run(self, tenant: str, kb: str, id: str) -> Run | None:
        """A run; None where there is none of this id."""
        query = f"SELECT {_SHOWN} FROM evaluations WHERE tenant = ? AND kb = ? AND id = ?"
        rows = self._database.select(query, tenant, kb, id)
        return _run(rows[0]) if rows else None

    def record(self, tenant: str, kb: str, id: str) -> dict[str, Any] | None:
        """What was measured by a run; None where there is none, or it has not ended."""
        query = "SELECT record FROM evaluations WHERE tenant = ? AND kb = ? AND id = ? AND record IS NOT NULL"
        rows = self._database.select(query, tenant, kb, id)
        found: dict[str, Any] | None = json.loads(zlib.decompress(rows[0][0])) if rows else None
        return found

    def delete(self, tenant: str, kb: str, id: str) -> bool:
        """Whether there was a run of this id."""
        deleted = "DELETE FROM evaluations WHERE tenant = ? AND kb = ? AND id = ?"
        return bool(self._database.write(deleted, tenant, kb, id))

    def forget(self, tenant: str, kb: str) -> list[str]:
        """Forget sets and runs of a knowledge base; the ids of those that have not ended."""
        with self._database.writing():
            query = "SELECT id FROM evaluations WHERE tenant = ? AND kb = ? AND ended IS NULL"
            running = [str(id_) for (id_,) in self._database.select(query, tenant, kb)]
            for table in ("evaluations", "question_sets"):
                self._database.write(f"DELETE FROM {table} WHERE tenant = ? AND kb = ?", tenant, kb)
        return running


def _run(row: tuple[Any, ...]) -> Run:
    id_, name, measure, figures, created, ended = row
    return Run(id_, name, measure, None if figures is None else json.loads(figures), created, ended)
