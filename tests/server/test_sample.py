"""The sample company's knowledge base: made once, whole whatever breaks it off, and its documents one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wenyuan import sample
from wenyuan.engine.progress import Progress
from wenyuan.errors import OutOfSpace
from wenyuan.server.home import Home
from wenyuan.server.identity import Identity, rights_of
from wenyuan.server.sample import NAME, bring, followed
from wenyuan.server.service import Options, Service
from wenyuan.server.shelf import Models

from .followed import with_words

CALLER = Identity("someone", "default", rights_of(["admin"]))
LEAFLET = "sales/春季活动宣传单（扫描件）.pdf"


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Models:
    return with_words(monkeypatch)


@contextmanager
def service(folder: Path, models: Models) -> Iterator[Service]:
    made = Service(Home(folder, {}), Options(), models=models)
    try:
        yield made
    finally:
        made.close()


def listed(service: Service) -> list[str]:
    with service.lent(CALLER, NAME) as kb:
        return [info.id for info in kb.documents()]


def test_its_documents_are_read_once_and_may_be_deleted(tmp_path: Path, models: Models) -> None:
    told: list[Progress] = []
    readable = [each for each in sample.documents() if each != LEAFLET]
    with service(tmp_path / "home", models) as first:
        job = bring(first)
        assert job is not None
        first.start()
        done = followed(first, job, told.append)
        assert done.state == "done"
        assert done.report is not None
        assert sorted(done.report["added"]) == listed(first) == readable
        assert done.report["failed"].keys() == {LEAFLET}
        assert done.belongs_to(CALLER)
        with first.lent(CALLER, NAME) as kb:
            metadata = kb.document("sales/2026年价格表.xlsx").metadata
            assert metadata["valid_to"] == "2026-12-31"
            kb.delete("mail")
    with service(tmp_path / "home", models) as second:
        assert bring(second) is None
        second.start()
        assert listed(second) == [each for each in readable if not each.startswith("mail/")]
    assert {step.total for step in told} <= {20}


def test_what_was_broken_off_is_made_whole_by_the_next_start(tmp_path: Path, models: Models) -> None:
    with service(tmp_path / "home", models) as first:
        begun = bring(first)
    with service(tmp_path / "home", models) as second:
        job = bring(second)
        assert job is not None
        assert begun is not None
        assert job.id == begun.id
        second.start()
        assert followed(second, job, lambda _: None).state == "done"
        assert len(listed(second)) == 19


def test_what_fails_is_begun_anew_by_the_next_start(tmp_path: Path, models: Models) -> None:
    def broken(*_: object) -> None:
        raise OutOfSpace("The disk is full; free some and repeat.")

    with service(tmp_path / "home", models) as first:
        job = bring(first)
        assert job is not None
        first.worker._kinds["take"] = broken  # type: ignore[assignment]
        first.start()
        done = followed(first, job, lambda _: None)
        assert (done.state, first.home.names("default")) == ("failed", [])
    with service(tmp_path / "home", models) as second:
        assert bring(second) is not None


def test_a_folder_that_takes_nothing_is_named(tmp_path: Path, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sample, "copy", full)
    with service(tmp_path / "home", models) as made, pytest.raises(OutOfSpace, match="takes no more"):
        bring(made)


def test_other_knowledge_bases_are_left_alone(tmp_path: Path, models: Models) -> None:
    with service(tmp_path / "home", models) as made:
        made.shelf.make("default", "own")
        assert bring(made) is not None
        assert made.home.names("default") == ["own", NAME]
        made.start()
        with made.lent(CALLER, "own") as kb:
            assert kb.documents() == []
