"""Intervals that cover, differences that are seen, both repeatable."""

from __future__ import annotations

import numpy as np
import pytest

from wenyuan.errors import WrongUse
from wenyuan.evaluate.bootstrap import difference, interval, interval_of, wilson


def test_an_interval_is_near_the_normal_one_and_repeatable() -> None:
    values = np.random.default_rng(1).normal(0.5, 0.2, size=2000)
    got = interval(values)
    error = 1.96 * values.std() / np.sqrt(len(values))
    assert got.mean == pytest.approx(values.mean())
    assert got.low == pytest.approx(values.mean() - error, abs=error / 10)
    assert got.high == pytest.approx(values.mean() + error, abs=error / 10)
    assert interval(values) == got
    assert interval(values, seed=1) != got
    assert interval(values, level=0.8).low > got.low


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    draw = np.random.default_rng(2)
    found = [interval(draw.random(60), resamples=400, seed=seed) for seed in range(300)]
    assert 0.90 <= np.mean([one.low <= 0.5 <= one.high for one in found]) <= 0.99


def test_no_spread_no_width() -> None:
    got = interval(np.ones(5))
    assert (got.mean, got.low, got.high) == (1.0, 1.0, 1.0)


def test_pairs_show_a_difference_that_means_hide() -> None:
    draw = np.random.default_rng(3)
    a = draw.random(200)
    better = difference(a + 0.02 + draw.normal(0, 0.02, 200), a)
    assert 0 < better.low < 0.02 < better.high
    assert better.p < 0.001
    same = difference(a + draw.normal(0, 0.02, 200), a)
    assert same.p > 0.01
    assert difference(a, a).p == 1.0


def test_p_is_small_about_as_often_as_it_says_when_nothing_differs() -> None:
    draw = np.random.default_rng(4)
    found = [difference(draw.random(60), draw.random(60), resamples=400, seed=seed).p for seed in range(300)]
    assert 0.01 <= np.mean(np.array(found) < 0.05) <= 0.10


def test_nothing_to_average_or_to_pair_is_refused() -> None:
    with pytest.raises(WrongUse, match="no queries"):
        interval(np.array([]))
    with pytest.raises(WrongUse, match="same queries"):
        difference(np.ones(2), np.ones(3))


@pytest.mark.parametrize(
    ("right", "n", "low", "high"), [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0)]
)
def test_the_interval_is_wilsons(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=5e-4)


def test_any_statistic_has_an_interval_and_that_of_the_mean_is_the_means() -> None:
    values = np.random.default_rng(5).normal(0.5, 0.2, size=200)
    low, high = interval_of(lambda draws: values[draws].mean(axis=1), len(values))
    assert (low, high) == (interval(values).low, interval(values).high)
    low, high = interval_of(lambda draws: np.median(values[draws], axis=1), len(values))
    assert low < np.median(values) < high


def test_draws_without_a_value_are_left_out() -> None:
    values = np.array([0.0, 1.0, np.nan])
    with np.errstate(invalid="ignore"):
        assert interval_of(lambda draws: values[draws].mean(axis=1), 3) == (0.0, 1.0)
