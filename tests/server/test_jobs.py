"""The queue of jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyuan.server import jobs as module
from wenyuan.server.database import Database
from wenyuan.server.errors import Refused
from wenyuan.server.identity import Identity, rights_of
from wenyuan.server.jobs import Jobs

CALLER = Identity("k1", "acme", rights_of(["ingest"]))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "server.sqlite")
    yield made
    made.close()


def test_jobs_are_begun_in_order_and_their_end_is_kept(database: Database) -> None:
    jobs = Jobs(database)
    first, second = (jobs.put(CALLER, "kb", "sync", {"n": n}) for n in (1, 2))
    assert (jobs.waiting(), first.state, first.spec) == (2, "queued", {"n": 1})
    begun = jobs.begin()
    assert begun is not None
    assert (begun.id, begun.state) == (first.id, "running")
    jobs.tell(first.id, {"done": 1})
    assert jobs.progress(first.id) == {"done": 1}
    jobs.end(first.id, "done", report={"added": ["a.md"]})
    ended = jobs.get(first.id)
    assert ended is not None
    assert (ended.state, ended.report, ended.error, jobs.progress(first.id)) == (
        "done",
        {"added": ["a.md"]},
        None,
        None,
    )
    assert [job.id for job in jobs.last("acme", 9)] == [second.id, first.id]
    assert (jobs.last("other", 9), jobs.get("absent")) == ([], None)


def test_what_was_running_when_the_process_died_is_begun_again(database: Database) -> None:
    before = Jobs(database)
    job = before.put(CALLER, "kb", "sync", {})
    before.begin()
    again = Jobs(database).begin()
    assert again is not None
    assert again.id == job.id
    assert Jobs(database).begin() is not None


def test_a_job_that_waits_is_cancelled_and_one_that_runs_is_told(database: Database) -> None:
    jobs = Jobs(database)
    running, waiting = jobs.put(CALLER, "kb", "sync", {}), jobs.put(CALLER, "kb", "sync", {})
    jobs.begin()
    jobs.cancel(waiting.id)
    jobs.cancel(running.id)
    assert (jobs.unwanted(running.id), jobs.unwanted(waiting.id)) == (True, False)
    assert jobs.begin() is None
    jobs.end(running.id, "cancelled")
    assert not jobs.unwanted(running.id)
    assert {job.state for job in jobs.last("acme", 9)} == {"cancelled"}


def test_a_tenant_fills_its_own_queue_only(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    jobs = Jobs(database)
    for _ in range(2):
        jobs.put(CALLER, "kb", "sync", {})
    with pytest.raises(Refused) as refused:
        jobs.put(CALLER, "kb", "sync", {})
    assert (refused.value.status, refused.value.after) == (429, 60)
    jobs.put(Identity("k", "other", rights_of(["ingest"])), "kb", "sync", {})


def test_a_job_is_known_to_who_wanted_it_and_to_who_administers(database: Database) -> None:
    job = Jobs(database).put(CALLER, "kb", "sync", {})
    assert job.belongs_to(CALLER)
    assert job.belongs_to(Identity("k2", "acme", rights_of(["admin"])))
    for other in (
        Identity("k2", "acme", rights_of(["ingest"])),
        Identity("k1", "other", rights_of(["admin"])),
        Identity("k1", "acme", rights_of(["admin"]), only="another"),
    ):
        assert not job.belongs_to(other)


def test_jobs_that_are_long_over_are_forgotten(database: Database) -> None:
    jobs = Jobs(database)
    old = jobs.put(CALLER, "kb", "sync", {})
    jobs.end(old.id, "done")
    database.write("UPDATE jobs SET changed = 0")
    waiting = jobs.put(CALLER, "kb", "sync", {})
    again = Jobs(database)
    assert again.get(old.id) is None
    assert again.get(waiting.id) is not None


def test_only_jobs_of_some_kinds_are_begun_where_that_is_asked(database: Database) -> None:
    jobs = Jobs(database)
    first, second = jobs.put(CALLER, "kb", "sync", {}), jobs.put(CALLER, "kb", "url", {})
    begun = jobs.begin(["source", "url"])
    assert begun is not None
    assert begun.id == second.id
    assert jobs.begin(["source", "url"]) is None
    assert [each.id for each in [jobs.begin(["sync"])] if each] == [first.id]
