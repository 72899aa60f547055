"""Questions that were not answered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyuan.errors import OutOfSpace
from wenyuan.server import inbox as module
from wenyuan.server.database import Database
from wenyuan.server.inbox import Inbox
from wenyuan.trace import Trace
from wenyuan.types import Answer, Chunk, Decision, Hit, Query

DAYS = 90


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "server.sqlite")
    yield made
    made.close()


@pytest.fixture
def inbox(database: Database) -> Iterator[Inbox]:
    made = Inbox(database)
    yield made
    made.close()


def declined(reason: str = "The documents do not suffice.") -> Answer:
    return Answer(Decision.ABSTAINED, reason, reason, (), 0.1)


def asked(text: str, rewritten: str | None = None) -> Trace:
    trace = Trace()
    trace.query = Query(text, "en", text, rewritten=rewritten)
    chunk = Chunk(7, "a.md", "Pump", 0, "The warranty.", 0, 13, ("Pump", "Warranty"))
    trace.hits = [Hit(1, chunk, 0.5, {})]
    return trace


def note(inbox: Inbox, text: str, kb: str = "kb", tenant: str = "acme", days: int = DAYS) -> None:
    inbox.note(tenant, kb, declined(), asked(text), days)


def questions(inbox: Inbox, kb: str = "kb", tenant: str = "acme", days: int = DAYS) -> dict[str, int]:
    return {each.question: each.times for each in inbox.all(tenant, kb, days, 9)}


def test_one_question_is_kept_once_however_it_is_written(inbox: Inbox) -> None:
    for text in (
        "May I return it?",
        "may I return  it",
        "MAY I RETURN IT？",
        "这台泵防水吗？",
        "這臺泵防水嗎",
        "Other?",
    ):
        note(inbox, text)
    assert list(questions(inbox).values()) == [3, 2, 1]
    first = inbox.all("acme", "kb", DAYS, 1)[0]
    assert (first.question, first.decision, first.language) == ("MAY I RETURN IT？", "ABSTAINED", "en")
    assert first.first <= first.last
    near = {"document": "a.md", "title": "Pump", "headings": ["Pump", "Warranty"], "chunk": f"{7:016x}"}
    assert first.nearest == (near,)


def test_what_was_answered_is_no_part_of_it_nor_where_nothing_is_kept(inbox: Inbox) -> None:
    for decision in (Decision.ANSWERED, Decision.REPLIED, Decision.CALLED):
        inbox.note("acme", "kb", Answer(decision, "", "", (), 1.0), asked("x"), DAYS)
    note(inbox, "x", days=0)
    inbox.note("acme", "kb", declined(), Trace(), DAYS)
    assert questions(inbox) == {}


def test_a_turn_of_a_conversation_is_kept_in_the_form_that_stands_alone(inbox: Inbox) -> None:
    inbox.note("acme", "kb", declined(), asked("And that one?", "Is the PX-300 waterproof?"), DAYS)
    assert [*questions(inbox)] == ["Is the PX-300 waterproof?"]


def test_each_knowledge_base_has_its_own(inbox: Inbox) -> None:
    note(inbox, "one")
    note(inbox, "two", kb="other")
    note(inbox, "three", tenant="beta")
    assert (questions(inbox), questions(inbox, tenant="beta")) == ({"one": 1}, {"three": 1})
    inbox.forget("acme", "kb")
    assert (questions(inbox), questions(inbox, kb="other")) == ({}, {"two": 1})


def test_what_is_done_is_gone_until_it_is_asked_again_or_restored(inbox: Inbox) -> None:
    note(inbox, "one")
    note(inbox, "one")
    [kept] = inbox.all("acme", "kb", DAYS, 9)
    for tenant, kb in (("beta", "kb"), ("acme", "other")):
        assert not inbox.mark(tenant, kb, kept.id, done=True)
    assert not inbox.mark("acme", "kb", "none", done=True)
    assert not inbox.mark("acme", "kb", kept.id, done=False), "it is not done"
    assert inbox.mark("acme", "kb", kept.id, done=True)
    assert questions(inbox) == {}
    assert not inbox.mark("acme", "kb", kept.id, done=True)
    assert inbox.mark("acme", "kb", kept.id, done=False)
    assert questions(inbox) == {"one": 2}
    inbox.mark("acme", "kb", kept.id, done=True)
    note(inbox, "one")
    assert questions(inbox) == {"one": 1}, "it was not helped, and is counted anew"


def test_what_is_old_is_forgotten(inbox: Inbox, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    note(inbox, "old")
    assert questions(inbox, days=1) == {"old": 1}
    now = module.time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + 86_400 * 2)
    assert questions(inbox, days=1) == {}
    assert database.select("SELECT * FROM inbox") == [], "by fewer days than it was kept for"
    note(inbox, "older")
    monkeypatch.setattr(module.time, "time", lambda: now + 86_400 * 200)
    note(inbox, "new", kb="other")
    inbox.all("acme", "other", DAYS, 9)
    assert [row[0] for row in database.select("SELECT question FROM inbox")] == ["new"]


def test_so_many_are_kept_and_no_more(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 3)
    for n in range(6):
        note(inbox, f"question {n}")
    assert sorted(questions(inbox)) == ["question 3", "question 4", "question 5"]


def test_half_a_character_and_a_long_question_are_kept(inbox: Inbox) -> None:
    note(inbox, "half \ud800")
    note(inbox, "???")
    note(inbox, "long " * 10_000)
    assert [len(each) for each in sorted(questions(inbox))] == [3, 6, module._LONGEST]


def test_a_full_disk_loses_the_note_and_nothing_else(
    inbox: Inbox, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    note(inbox, "kept")
    assert questions(inbox) == {"kept": 1}

    def full(*_: object) -> int:
        raise OutOfSpace("The server's disk takes no more (full); free some and repeat.")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(database, "write", full)
        note(inbox, "a secret question")
        assert questions(inbox) == {"kept": 1}, "a full disk hides none"
    assert "takes no more" in caplog.text
    assert "secret" not in caplog.text
    note(inbox, "kept")
    assert questions(inbox) == {"kept": 2}


def test_nobody_waits_for_a_slow_disk(
    inbox: Inbox, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    free = threading.Event()
    slow = inbox._thread.submit(free.wait)
    for n in range(module._AHEAD + 2):
        note(inbox, f"question {n}")
    assert not slow.done()
    assert "one is lost" in caplog.text
    free.set()
    assert len(inbox.all("acme", "kb", DAYS, 1000)) == module._AHEAD


def test_after_the_end_nothing_is_kept(database: Database) -> None:
    ended = Inbox(database)
    note(ended, "one")
    ended.close()
    note(ended, "two")
    again = Inbox(database)
    assert questions(again) == {"one": 1}
    again.close()
