"""The jobs that measure."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from running import MODELS, until
from wenyuan.engine import KnowledgeBase
from wenyuan.server.errors import Refused
from wenyuan.server.home import Home
from wenyuan.server.identity import Identity, rights_of
from wenyuan.server.jobs import OVER
from wenyuan.server.service import Options, Service

CALLER = Identity("k", "acme", rights_of(["admin"]))
SET = '{"question": "How deep is the well?", "document": "a.md"}\n{"question": "Who?", "answerable": false}'


def opened(tmp_path: Path) -> Service:
    service = Service(Home(tmp_path / "home", {}), Options(), models=MODELS)
    if "kb" not in service.home.names("acme"):
        service.shelf.make("acme", "kb")
        files = service.home.place("acme", "kb") / "files"
        files.mkdir()
        (files / "a.md").write_text("# Well\n\nThe well is nine metres deep.")
        with service.shelf.lent("acme", "kb") as base:
            base.take("a.md")
        service.evaluating.evaluations.keep_set("acme", "kb", "deep", SET, 2)
    return service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = opened(tmp_path)
    yield made
    made.close()


def over(service: Service, id: str) -> str:
    until(lambda: (job := service.jobs.get(id)) is not None and job.state in OVER)
    job = service.jobs.get(id)
    assert job is not None
    return job.state


def test_a_run_has_the_id_of_its_job_and_asks_the_set_as_it_was(service: Service) -> None:
    job = service.evaluating.queue(CALLER, "kb", "deep", "answers")
    service.evaluating.evaluations.delete_set("acme", "kb", "deep")
    service.evaluating.start()
    assert (over(service, job.id), service.evaluating.alive) == ("done", True)
    (run,) = service.evaluating.evaluations.runs("acme", "kb")
    assert (run.id, run.figures["n"], run.figures["near_misses"]) == (job.id, 1, 1)  # type: ignore[index]


def test_one_that_the_end_of_the_process_breaks_off_is_done_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, begun, go = opened(tmp_path), threading.Event(), threading.Event()

    @contextmanager
    def lent(tenant: str, name: str) -> Iterator[KnowledgeBase]:
        begun.set()
        go.wait(60)
        with service.shelf.lent(tenant, name) as base:
            yield base

    monkeypatch.setattr(service.evaluating, "_shelf", type("Slow", (), {"lent": staticmethod(lent)}))
    service.evaluating.start()
    job = service.evaluating.queue(CALLER, "kb", "deep", "answers")
    begun.wait(60)
    service.evaluating.stop()
    go.set()
    service.close()
    again = opened(tmp_path)
    found = again.jobs.get(job.id)
    assert found is not None
    assert found.state == "queued"
    again.evaluating.start()
    assert over(again, job.id) == "done"
    assert again.evaluating.evaluations.record("acme", "kb", job.id) is not None
    again.close()


def test_it_gives_way_to_questions_but_not_for_ever(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenyuan.server.evaluating._LONGEST", 60.0)
    asked, free = threading.Event(), threading.Event()

    def question() -> None:
        asked.set()
        free.wait(60)

    thread = threading.Thread(target=lambda: anyio.run(service.asking.run, question))
    thread.start()
    asked.wait(60)
    service.evaluating.start()
    job = service.evaluating.queue(CALLER, "kb", "deep", "answers")
    until(lambda: service.jobs.progress(job.id) is not None)
    assert service.jobs.progress(job.id)["done"] == 0  # type: ignore[index]
    monkeypatch.setattr("wenyuan.server.evaluating._LONGEST", 0.0)
    free.set()
    thread.join()
    assert over(service, job.id) == "done"
    with monkeypatch.context() as patched:
        patched.setattr(service.asking, "working", 1)
        assert over(service, service.evaluating.queue(CALLER, "kb", "deep", "answers").id) == "done"


def test_no_more_wait_than_can_be_done_and_none_without_a_set(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wenyuan.server.evaluating._WAITING", 2)
    jobs = [service.evaluating.queue(CALLER, "kb", "deep", "search") for _ in range(2)]
    for name, status in (("deep", 429), ("nope", 404)):
        with pytest.raises(Refused) as refused:
            service.evaluating.queue(CALLER, "kb", name, "search")
        assert refused.value.status == status
    assert len(service.evaluating.evaluations.runs("acme", "kb")) == 2
    service.evaluating.forget("acme", "kb")
    assert [service.jobs.get(job.id).state for job in jobs] == ["cancelled", "cancelled"]  # type: ignore[union-attr]
