"""How far a search goes: legs, hits, how many go into each stage."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from wenyuan.engine.way import WHOLE, Depth, Result, Way, choosy, depth_of, plan_of
from wenyuan.errors import WrongUse
from wenyuan.rules import Rule
from wenyuan.rules.rule import Scale
from wenyuan.settings import Settings
from wenyuan.trace import Trace
from wenyuan.types import Condition
from wenyuan.understand import understand

from .house import House


@pytest.mark.parametrize(("k", "legs"), [(0, ("bm25",)), (-1, ("bm25",)), (5, ()), (5, ("bm26",))])
def test_what_cannot_be_searched_is_wrong_use(library: House, k: int, legs: tuple[str, ...]) -> None:
    with pytest.raises(WrongUse):
        library.kb.search("滤芯", k, legs=legs)


@pytest.mark.parametrize("legs", [(), ("bm26",), ("bm25", "bm26")])
def test_only_legs_that_there_are_can_be_gone(legs: tuple[str, ...]) -> None:
    with pytest.raises(WrongUse, match="choose from"):
        Way(legs)


@pytest.mark.parametrize(
    ("way", "reranks"),
    [
        (Way(), True),
        (Way(rerank_ms=0), True),
        (Way(rerank=False, rerank_ms=50), False),
        (Way(("bm25",)), False),
        (Way(("dense", "dense")), False),
        (Way(("bm25",), rerank_ms=0), False),
        (Way(("bm25",), rerank_ms=50), True),
        (Way(("bm25",), rerank=True), True),
    ],
)
def test_a_leg_alone_shows_its_own_order_unless_it_is_asked_otherwise(way: Way, reranks: bool) -> None:
    assert way.reranks == reranks
    assert (depth(way=way).distinct > 10) == reranks


def depth(k: int = 10, rules: Sequence[Rule] = (), way: Way = WHOLE, reads: bool = True, **sections: object) -> Depth:
    settings = Settings.model_validate({"rerank": {"fine": 30, "candidates": 60}} | sections)
    return depth_of(settings, k, rules, way, compares=False, reads=reads)


def test_as_many_are_recalled_as_any_stage_wants() -> None:
    assert depth() == Depth(ruled=10, chosen=10, distinct=30, recalled=100)
    assert depth(reads=False) == Depth(ruled=10, chosen=10, distinct=10, recalled=100)
    assert depth(k=500) == Depth(ruled=500, chosen=500, distinct=500, recalled=500)
    compared = depth_of(Settings.model_validate({}), 10, (), WHOLE, compares=True, reads=False)
    assert compared.distinct == 100


def test_without_reranking_the_order_of_fusion_is_all_there_is() -> None:
    assert depth(way=Way(rerank=False)) == Depth(ruled=10, chosen=10, distinct=10, recalled=100)


def test_rules_that_scale_scores_see_all_candidates_and_pins_do_not() -> None:
    scale = Rule("b", boost=Scale(Condition("type", "eq", "md"), 2.0))
    assert depth(rules=[scale]).ruled == 100
    assert depth(rules=[Rule("p", pin=("a.md",))]).ruled == 10


@pytest.mark.parametrize("diversity", [{"novelty": 0.5}, {"per_document": 1}])
def test_unlike_hits_are_chosen_from_more_than_are_asked_for(diversity: dict[str, object]) -> None:
    assert depth(diversity=diversity).chosen == 50
    assert choosy(Settings.model_validate({"diversity": diversity}).diversity)
    assert not choosy(Settings.model_validate({}).diversity)


def test_a_plan_is_that_of_the_settings_in_the_time_given() -> None:
    settings = Settings.model_validate({"rerank": {"coarse": 0.5, "fine": 7, "threshold": 1.0, "ms": 99}}).rerank
    plan = plan_of(settings, 50.0)
    assert (plan.coarse_weight, plan.fine, plan.fine_threshold, plan.ms) == (0.5, 7, 1.0, 50.0)


def test_what_a_result_says_is_in_its_trace() -> None:
    trace = Trace()
    trace.fire("r", "pin", "a.md is first")
    with trace.stage("fuse"):
        pass
    result = Result(understand("q"), [], trace)
    assert result.notes == ["Rule 'r', pin: a.md is first."]
    assert [fired.rule for fired in result.fired] == ["r"]
    assert set(result.timings_ms) == {"fuse"}
