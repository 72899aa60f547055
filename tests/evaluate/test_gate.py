"""The gate: every way to be refused, and the one to be accepted."""

from __future__ import annotations

import numpy as np
import pytest

from wenyuan.evaluate.bootstrap import difference, interval
from wenyuan.evaluate.gate import METRIC, judge
from wenyuan.evaluate.rerankers import FIRST_STAGE, Comparison, SystemFigures

N = 200
NOISE = np.random.default_rng(0).normal(0, 0.1, N)


def comparison(data: str, candidate: float, current: float = 0.5, spread: float = 1.0) -> Comparison:
    """Three systems whose nDCG@10 scatters about these means; the first stage is at .4."""
    means = {FIRST_STAGE: 0.4, "new": candidate, "old": current}
    rows = []
    for n, (model, mean) in enumerate(means.items()):
        values = {METRIC: mean + NOISE - NOISE.mean() + n * 1e-6 * np.arange(-N // 2, N // 2)}
        first = rows[0].per_query[METRIC] if rows else values[METRIC]
        gap = {METRIC: difference(values[METRIC], first)}
        metrics = {METRIC: interval(values[METRIC])}
        rows.append(SystemFigures(model, model, metrics, values, {}, gap, spread=None if n == 0 else spread))
    return Comparison(data, N, 30, rows)


def test_better_on_one_and_worse_on_none_is_accepted() -> None:
    verdict = judge([comparison("a", 0.6), comparison("b", 0.501)], "new", "old")
    assert verdict.accepted
    assert verdict.reason.startswith("Accepted: worse on no set, and better on a: nDCG@10 0.6000 against 0.5000 of old")
    assert [round(gap.mean, 3) for gap in verdict.differences] == [0.1, 0.001]


def test_worse_on_one_set_is_refused_however_good_it_is_on_the_other() -> None:
    verdict = judge([comparison("a", 0.9), comparison("b", 0.49)], "new", "old")
    assert not verdict.accepted
    assert verdict.reason.startswith("Refused: worse on b: nDCG@10 0.4900 against 0.5000 of old (difference -0.01")
    assert judge([comparison("a", 0.9), comparison("b", 0.49)], "new", "old", margin=0.02).accepted


def test_the_same_everywhere_is_refused() -> None:
    verdict = judge([comparison("a", 0.5)], "new", "old")
    assert verdict.reason.startswith("Refused: better with p < 0.05 on no set; nearest to it is a:")
    assert not verdict.accepted


def test_against_the_first_stage() -> None:
    assert judge([comparison("a", 0.45)], "new", FIRST_STAGE).accepted
    assert not judge([comparison("a", 0.45)], "new", "old").accepted


def test_a_collapsed_model_is_refused_however_good_its_figures_are() -> None:
    verdict = judge([comparison("a", 0.9), comparison("b", 0.9, spread=0.001)], "new", "old")
    assert not verdict.accepted
    assert "on b new gives all candidates of a question nearly the same score (spread 0.0010" in verdict.reason


def test_figures_that_are_no_numbers_are_refused() -> None:
    assert not judge([comparison("a", float("nan"))], "new", "old").accepted


def test_two_sets_of_the_same_name_are_told_apart() -> None:
    assert not judge([comparison("a", 0.4), comparison("a", 0.9)], "new", "old").accepted


@pytest.mark.parametrize("margin", [0.0, 0.1])
def test_a_reason_is_one_sentence(margin: float) -> None:
    for candidate in (0.3, 0.5, 0.7):
        assert "\n" not in judge([comparison("a", candidate)], "new", "old", margin).reason
