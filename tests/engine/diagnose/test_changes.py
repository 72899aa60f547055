"""The changes that are tried where a stage lost a document; only those that bring it in are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from wenyuan.engine.diagnose.changes import MOST, changes
from wenyuan.engine.diagnose.lost import Loss, Stage
from wenyuan.engine.diagnose.trial import Trial
from why_cases import Scenario, ladder, name

from .trials import trial_of

RULES = """
[[rule]]
name = "one"
pin = ["docs/zebra/018.md"]
[[rule]]
name = "two"
pin = ["docs/zebra/019.md"]
"""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Ten of twenty documents are candidates, eight are hits, and two rules put two documents first."""
    scenario = Scenario("ladder", ladder("zebra", 20), [], {"recall": {"candidates": 10}}, rules=RULES)
    with trial_of(scenario, tmp_path_factory.mktemp("changes"), "zebra", name("zebra", 8), 8) as made:
        yield made


def told(trial: Trial, lost: Loss, similarity: float = 0.0, movers: tuple[str, ...] = ()) -> list[str]:
    return [change.sentence for change in changes(trial, lost, {}, similarity, movers)]


def test_a_document_further_down_is_found_by_asking_for_more(trial: Trial) -> None:
    assert told(trial, Loss(Stage.K, before=11, after=11, window=8)) == ["k from 8 to 11"]


def test_of_the_rules_that_moved_it_each_is_left_out_and_both_where_no_one_helps(trial: Trial) -> None:
    lost = Loss(Stage.RULES, before=7, after=9, window=8)
    seventh = replace(trial, document=name("zebra", 6))
    one, two = (f"search without the rule '{rule}'" for rule in ("one", "two"))
    assert told(seventh, lost, movers=("one", "two")) == [one, two, "k from 8 to 9"]
    eighth = replace(trial, document=name("zebra", 7))
    assert told(eighth, lost, movers=("one", "two")) == [f"{one}, and {two}", "k from 8 to 10"]


def test_the_candidates_are_raised_as_far_as_it_takes(trial: Trial) -> None:
    lost = Loss(Stage.RECALL)
    eleventh = replace(trial.without_rules(["one", "two"]), document=name("zebra", 10))
    assert told(eleventh, lost) == ["k from 8 to 11"], "which asks more of each leg, too"


def test_where_nothing_helps_nothing_is_told(trial: Trial) -> None:
    absent = replace(trial, document="absent.md")
    for stage in (Stage.RECALL, Stage.FUSE, Stage.DUPLICATE, Stage.COARSE, Stage.DIVERSIFY, Stage.K):
        assert told(absent, Loss(stage, before=9, after=MOST), 0.9) == []
