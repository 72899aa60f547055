"""Who does the jobs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import MODELS, until
from wenyuan.engine.progress import Progress
from wenyuan.engine.report import Report
from wenyuan.errors import OutOfSpace
from wenyuan.server.arrivals import Arrival, as_spec
from wenyuan.server.home import Home
from wenyuan.server.identity import Identity, rights_of
from wenyuan.server.jobs import OVER, Job
from wenyuan.server.service import Options, Service
from wenyuan.server.worker import Tell, Worker

CALLER = Identity("k", "acme", rights_of(["ingest"]))


class Kinds:
    """Jobs that a test holds in its hand."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    def waits(self, kb, job, tell) -> Report:
        self.begun.set()
        for n in range(1000):
            tell(Progress(n, None, "a.md"))
            if self.go.wait(0.01):
                break
        return Report(added=["a.md"])

    def full(self, kb, job, tell) -> Report:
        raise OutOfSpace("The disk is full; free some space and repeat.")

    def broken(self, kb, job, tell) -> Report:
        raise LookupError("a bug")


@pytest.fixture
def kinds() -> Kinds:
    return Kinds()


def opened(tmp_path: Path, kinds: Kinds) -> Service:
    given = {"waits": kinds.waits, "full": kinds.full, "broken": kinds.broken}
    service = Service(Home(tmp_path / "home", {}), Options(), given, MODELS)
    if "kb" not in service.home.names("acme"):
        service.shelf.make("acme", "kb")
    return service


@pytest.fixture
def service(tmp_path: Path, kinds: Kinds) -> Iterator[Service]:
    made = opened(tmp_path, kinds)
    made.start()
    yield made
    kinds.go.set()
    made.close()


def over(service: Service, job: Job) -> Job:
    until(lambda: service.jobs.get(job.id).state in OVER)  # type: ignore[union-attr]
    found = service.jobs.get(job.id)
    assert found is not None
    return found


def test_a_job_is_done_and_tells_how_far_it_is(service: Service, kinds: Kinds) -> None:
    job = service.jobs.put(CALLER, "kb", "waits", {})
    until(lambda: service.jobs.progress(job.id) is not None)
    assert service.jobs.progress(job.id)["document"] == "a.md"  # type: ignore[index]
    kinds.go.set()
    done = over(service, job)
    assert (done.state, done.report["added"]) == ("done", ["a.md"])  # type: ignore[index]


@pytest.mark.parametrize(("kind", "code"), [("full", "out_of_space"), ("broken", "internal_error")])
@pytest.mark.filterwarnings("ignore")
def test_one_that_fails_says_why_and_the_next_is_done(service: Service, kinds: Kinds, kind: str, code: str) -> None:
    kinds.go.set()
    failed, next_ = service.jobs.put(CALLER, "kb", kind, {}), service.jobs.put(CALLER, "kb", "waits", {})
    assert over(service, failed).error["code"] == code  # type: ignore[index]
    assert over(service, next_).state == "done"


def test_while_the_queue_cannot_be_written_nothing_is_lost(
    service: Service, kinds: Kinds, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Event()

    def full(*_: object, **__: object) -> None:
        tried.set()
        raise OutOfSpace("The disk is full; free some space and repeat.")

    with monkeypatch.context() as patched:
        patched.setattr(service.jobs, "end", full)
        job = service.jobs.put(CALLER, "kb", "waits", {})
        kinds.go.set()
        assert tried.wait(60)
    assert over(service, job).state == "done"
    with monkeypatch.context() as patched:
        tried.clear()
        patched.setattr(service.jobs, "begin", full)
        assert tried.wait(60)
    assert service.worker.alive
    assert over(service, service.jobs.put(CALLER, "kb", "waits", {})).state == "done"


@pytest.mark.parametrize("kind", ["full", "broken", "waits"])
def test_what_came_in_for_one_that_is_over_is_not_kept(service: Service, kinds: Kinds, kind: str) -> None:
    kinds.go.set()
    folder = service.home.staging / "job"
    folder.mkdir()
    (folder / "0").write_text("x")
    over(service, service.jobs.put(CALLER, "kb", kind, {}, id="job"))
    until(lambda: not folder.exists())


def test_one_of_a_knowledge_base_that_is_gone_fails(service: Service) -> None:
    job = over(service, service.jobs.put(CALLER, "absent", "sync", {}))
    assert (job.state, job.error["code"]) == ("failed", "not_found")  # type: ignore[index]


def test_one_that_is_cancelled_is_broken_off(service: Service, kinds: Kinds) -> None:
    job = service.jobs.put(CALLER, "kb", "waits", {})
    kinds.begun.wait(60)
    service.jobs.cancel(job.id)
    assert over(service, job).state == "cancelled"


def test_one_that_the_end_of_the_process_breaks_off_is_done_by_the_next(tmp_path: Path, kinds: Kinds) -> None:
    service = opened(tmp_path, kinds)
    service.start()
    job = service.jobs.put(CALLER, "kb", "waits", {})
    kinds.begun.wait(60)
    service.close()
    kinds.go.set()
    again = opened(tmp_path, kinds)
    assert again.jobs.get(job.id).state == "queued"  # type: ignore[union-attr]
    again.start()
    assert over(again, job).state == "done"
    again.close()


def test_an_upload_is_taken_over_once_whatever_breaks_it_off(tmp_path: Path, kinds: Kinds) -> None:
    service = opened(tmp_path, kinds)
    for n, text in enumerate(("# A\n\nalpha", "# B\n\nbeta")):
        folder = service.home.staging / "job"
        folder.mkdir(exist_ok=True)
        (folder / str(n)).write_text(text)
    files = [Arrival("0", "a.md"), Arrival("1", "b.md")]
    job = service.jobs.put(CALLER, "kb", "take", as_spec(files, {"product": "X"}, CALLER), id="job")
    own = service.home.place("acme", "kb") / "files"  # one file was moved when the process died
    own.mkdir()
    (folder / "0").rename(own / "a.md")
    service.start()
    assert over(service, job).report["added"] == ["a.md", "b.md"]  # type: ignore[index]
    assert json.loads((own / "b.md.meta.json").read_text()) == {"product": "X"}
    assert list(service.home.staging.iterdir()) == []
    service.close()


def test_what_is_cancelled_while_it_runs_does_not_come_with_the_next_sync(tmp_path: Path, kinds: Kinds) -> None:
    service = opened(tmp_path, kinds)
    folder = service.home.staging / "job"
    folder.mkdir()
    (folder / "0").write_text("# A\n\nalpha")
    with service.shelf.closed("acme", "kb"):
        service.start()
        job = service.jobs.put(CALLER, "kb", "take", as_spec([Arrival("0", "a.md")], {}, CALLER), id="job")
        until(lambda: service.jobs.get(job.id).state == "running")  # type: ignore[union-attr]
        service.jobs.cancel(job.id)
    assert over(service, job).state == "cancelled"
    until(lambda: not folder.exists())
    assert over(service, service.jobs.put(CALLER, "kb", "sync", {})).report["added"] == []  # type: ignore[index]
    service.close()


def test_of_two_who_bring_one_name_the_second_is_refused_if_it_may_not_see_it(tmp_path: Path, kinds: Kinds) -> None:
    service = opened(tmp_path, kinds)
    jobs = []
    for group in ("hr", "it"):
        caller = Identity("k", "acme", rights_of(["ingest"]), frozenset({group}))
        (service.home.staging / group).mkdir()
        (service.home.staging / group / "0").write_text(f"# {group}\n\n{group} alone")
        spec = as_spec([Arrival("0", "a.md")], {"access": [group]}, caller)
        jobs.append(service.jobs.put(caller, "kb", "take", spec, id=group))
    service.start()
    assert [over(service, job).state for job in jobs] == ["done", "failed"]
    with service.shelf.lent("acme", "kb") as base:
        assert base.document("a.md").metadata == {"access": ("hr",)}
    service.close()
    assert list(service.home.staging.iterdir()) == []


def test_work_apart_is_done_by_several_at_once_and_borrows_nothing(tmp_path: Path) -> None:
    service = opened(tmp_path, Kinds())
    both = threading.Barrier(2)

    def meets(job: Job, tell: Tell) -> Report:
        both.wait(60)
        tell(Progress(1, 1, ""))
        return Report(added=[job.kb])

    apart = Worker(service.jobs, service.shelf, service.home.staging, {}, apart={"meets": meets}, threads=2)
    jobs = [service.jobs.put(CALLER, "kb", "meets", {}) for _ in range(2)]
    kept = service.jobs.put(CALLER, "kb", "sync", {})
    apart.start()
    assert apart.alive
    until(lambda: all((found := service.jobs.get(job.id)) and found.state == "done" for job in jobs))
    left = service.jobs.get(kept.id)
    assert left is not None
    assert (left.state, service.shelf.open()) == ("queued", 0)
    apart.close()
    assert not apart.alive
    service.close()
