"""When sources are looked at."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from running import until
from wenyuan.errors import FetchError
from wenyuan.server.identity import Identity
from wenyuan.server.jobs import Job
from wenyuan.server.schedule import KEY, Schedule

from .followed import Followed

WHO = Identity("me", "default", frozenset(["admin"]))


def nothing() -> None:
    pass


@pytest.fixture
def schedule(followed: Followed) -> Schedule:
    return made(followed, nothing)


def made(followed: Followed, on_look: Callable[[], None]) -> Schedule:
    given = followed.database, followed.sources, followed.failures, followed.jobs
    return Schedule(*given, on_look=on_look, clock=followed.clock)


def begun(followed: Followed) -> Job:
    job = followed.jobs.begin(["source", "folder", "forget"])
    assert job is not None
    return job


def test_what_is_due_is_queued_once_at_a_time(followed: Followed, schedule: Schedule) -> None:
    kept = followed.add("web", "web", "https://example.com/a")
    schedule.look()
    schedule.look()
    assert followed.jobs.waiting() == 1
    job = begun(followed)
    assert (job.kind, job.spec, job.key) == ("source", {"source": kept.id, "how": "due"}, KEY)
    followed.sources.touch(kept.id)
    schedule.look()
    assert followed.jobs.waiting() == 0, "it runs"
    assert schedule.queue(WHO, kept, "asked").id == job.id
    followed.jobs.end(job.id, "done")
    schedule.look()
    assert followed.jobs.waiting() == 1, "it was touched while it ran"


def test_one_that_is_cancelled_waits_for_its_interval(followed: Followed, schedule: Schedule) -> None:
    followed.add("web", "web", "https://example.com/a")
    schedule.look()
    followed.jobs.cancel(followed.jobs.last("default", 1)[0].id)
    schedule.look()
    assert followed.jobs.waiting() == 0
    followed.clock.now += 3600
    schedule.look()
    assert followed.jobs.waiting() == 1


def test_what_failed_is_queued_when_its_time_has_come(followed: Followed, schedule: Schedule) -> None:
    kept = followed.add("web", "web", "https://example.com/a")
    followed.sources.begin(kept, whole=True)
    followed.failures.not_fetched(kept.id, "a", "", FetchError("It is down.", retryable=True))
    schedule.look()
    assert followed.jobs.waiting() == 0
    followed.clock.now += 60
    schedule.look()
    job = begun(followed)
    assert job.spec["how"] == "again"
    followed.jobs.end(job.id, "cancelled")
    schedule.look()
    assert followed.jobs.waiting() == 0, "not at once again"
    followed.clock.now += 60
    followed.sources.pause(kept.id, True)
    schedule.look()
    assert followed.jobs.waiting() == 0
    followed.sources.pause(kept.id, False)
    schedule.look()
    assert followed.jobs.waiting() == 1


def test_one_that_is_removed_is_broken_off_first(followed: Followed, schedule: Schedule) -> None:
    kept = followed.add("docs", "folder", "/docs")
    running = schedule.queue(WHO, kept, "asked")
    assert begun(followed).kind == "folder"
    job = schedule.forget(WHO, kept, keep=True)
    assert followed.jobs.unwanted(running.id)
    assert (begun(followed).id, job.spec) == (job.id, {"source": kept.id, "keep": True})
    schedule.look()
    assert followed.jobs.waiting() == 0


def test_it_looks_by_itself_and_at_once_when_touched(followed: Followed) -> None:
    looks: list[int] = []
    schedule = made(followed, lambda: looks.append(1))
    schedule.start()
    until(lambda: looks)
    kept = followed.add("web", "web", "https://example.com/a")
    schedule.touch(kept.id)
    until(followed.jobs.waiting)
    schedule.close()
