"""Question sets and runs as they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyuan.server.database import Database
from wenyuan.server.evaluations import Evaluations, QuestionSet

SET = QuestionSet("a", 2, 0.0, "x\ny")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Evaluations]:
    database = Database(tmp_path / "server.sqlite")
    yield Evaluations(database)
    database.close()


def test_a_set_is_kept_in_the_place_of_the_one_before(kept: Evaluations) -> None:
    kept.keep_set("acme", "kb", "b", "1", 1)
    kept.keep_set("acme", "kb", "a", "1", 1)
    kept.keep_set("acme", "kb", "a", "1\n2", 2)
    assert [(each.name, each.questions, each.jsonl) for each in kept.sets("acme", "kb")] == [("a", 2, ""), ("b", 1, "")]
    found = kept.set("acme", "kb", "a")
    assert found is not None
    assert (found.jsonl, found.changed > 0) == ("1\n2", True)
    assert kept.delete_set("acme", "kb", "a")
    assert not kept.delete_set("acme", "kb", "a")


def test_a_run_has_the_set_as_it_was_and_its_record_once_it_ended(kept: Evaluations) -> None:
    for n in range(2):
        kept.begin("acme", "kb", f"r{n}", SET, "answers")
    assert kept.questions("r0") == SET.jsonl
    assert kept.record("acme", "kb", "r0") is None
    kept.end("r0", {"n": 2}, {"questions": ["水泵"]})
    assert kept.record("acme", "kb", "r0") == {"questions": ["水泵"]}
    assert [(run.id, run.figures, run.ended is None) for run in kept.runs("acme", "kb")] == [
        ("r1", None, True),
        ("r0", {"n": 2}, False),
    ]
    run = kept.run("acme", "kb", "r0")
    assert run is not None
    assert (run.name, run.measure) == ("a", "answers")


def test_another_tenant_and_another_knowledge_base_have_none_of_it(kept: Evaluations) -> None:
    kept.keep_set("acme", "kb", "a", "1", 1)
    kept.begin("acme", "kb", "r", SET, "search")
    kept.end("r", {}, {})
    for place in (("beta", "kb"), ("acme", "other")):
        assert (kept.sets(*place), kept.runs(*place)) == ([], [])
        assert (kept.set(*place, "a"), kept.run(*place, "r"), kept.record(*place, "r")) == (None, None, None)
        assert not kept.delete(*place, "r")
        assert kept.forget(*place) == []
    assert kept.record("acme", "kb", "r") == {}


def test_what_is_forgotten_is_gone_and_an_end_brings_nothing_back(kept: Evaluations) -> None:
    kept.keep_set("acme", "kb", "a", "1", 1)
    for id_ in ("over", "running"):
        kept.begin("acme", "kb", id_, SET, "search")
    kept.end("over", {}, {})
    assert kept.forget("acme", "kb") == ["running"]
    kept.end("running", {}, {})
    assert (kept.sets("acme", "kb"), kept.runs("acme", "kb"), kept.questions("running")) == ([], [], None)
