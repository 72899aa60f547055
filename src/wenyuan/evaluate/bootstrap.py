"""How sure a figure over queries is, and whether two systems differ.

Shares have Wilson's interval, everything else that of the bootstrap (Efron & Tibshirani 1993, §13, 16).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from wenyuan.evaluate.metrics import Values

_BATCH = 2**20  # drawn indices held at once

Draws = NDArray[np.int64]
"""(b, n): b samples of n queries, each query by its place, drawn with replacement."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, or another statistic, and its percentile interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of a - b over the same queries, its interval, and the two-sided p of seeing it if there were none."""

    mean: float
    low: float
    high: float
    p: float


def interval(values: Values, *, level: float = 0.95, resamples: int = 10_000, seed: int = 0) -> Interval:
    """Percentile interval of the mean of (n,) values; the same for the same seed. Raises WrongUse for n = 0."""
    low, high = _percentiles(_means(values, resamples, seed), level)
    return Interval(float(values.mean()), low, high)


def interval_of(
    statistic: Callable[[Draws], Values], n: int, *, level: float = 0.95, resamples: int = 10_000, seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of a statistic of n queries, which it gives for each of (b, n) draws.

    Draws for which there is none, NaN, are left out.
    """
    drawn = np.concatenate([statistic(draws) for draws in _draws(n, resamples, seed)])
    return _percentiles(drawn[~np.isnan(drawn)], level)


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share `right` / `n` (Wilson 1927), which holds for few and for extreme ones."""
    share, spread = right / n, z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def difference(a: Values, b: Values, *, level: float = 0.95, resamples: int = 10_000, seed: int = 0) -> Difference:
    """Paired comparison of (n,) values of two systems on the same queries in the same order."""
    if a.shape != b.shape:
        raise WrongUse(f"Two systems are compared on the same queries, not on {len(a)} and {len(b)}.")
    paired = a - b
    means = _means(paired, resamples, seed)
    mean = float(paired.mean())
    # Shifted to have no difference on average; counting the observed one keeps p above 0.
    as_extreme = np.count_nonzero(np.abs(means - mean) >= abs(mean) - 1e-12)
    low, high = _percentiles(means, level)
    return Difference(mean, low, high, (as_extreme + 1) / (resamples + 1))


def _means(values: Values, resamples: int, seed: int) -> Values:
    return np.concatenate([values[draws].mean(axis=1) for draws in _draws(len(values), resamples, seed)])


def _draws(n: int, resamples: int, seed: int) -> Iterator[Draws]:
    """Batches of draws, `resamples` in all."""
    if n == 0:
        raise WrongUse("There are no queries to average over: check that the judgements name queries of the set.")
    draw = np.random.default_rng(seed)
    rows = max(1, _BATCH // n)
    for done in range(0, resamples, rows):
        yield draw.integers(n, size=(min(rows, resamples - done), n))


def _percentiles(means: Values, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)
