"""What is only added to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyuan.server.database import Database
from wenyuan.server.identity import Identity, rights_of
from wenyuan.server.records import Audit, Feedback

CALLER = Identity("k", "acme", rights_of(["read"]))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "server.sqlite")
    yield made
    made.close()


def test_the_log_says_who_did_what_to_its_tenant(database: Database) -> None:
    audit = Audit(database)
    for n in range(3):
        audit.add(CALLER, "127.0.0.1", "DELETE", f"/api/{n}", 200)
    audit.add(None, "10.0.0.9", "POST", "/api/x", 401)
    entries = audit.last("acme", 2)
    assert [each["target"] for each in entries] == ["/api/2", "/api/1"]
    assert [each["target"] for each in audit.last("acme", 9, before=entries[-1]["n"])] == ["/api/0"]
    assert (entries[0]["key"], entries[0]["address"], entries[0]["status"]) == ("k", "127.0.0.1", 200)
    assert audit.last("other", 9) == []


def test_feedback_is_kept_by_knowledge_base(database: Database) -> None:
    feedback = Feedback(database)
    one = feedback.add(CALLER, "kb", {"verdict": "wrong", "correction": "二十四个月"})
    two = feedback.add(CALLER, "kb", {"verdict": "right"})
    feedback.add(CALLER, "other", {"verdict": "right"})
    said = feedback.last("acme", "kb", 9)
    assert [each["n"] for each in said] == [two, one]
    assert said[1]["correction"] == "二十四个月"
    assert feedback.last("acme", "kb", 9, before=two)[0]["n"] == one
    assert feedback.last("other", "kb", 9) == []
