"""How sure a mean over queries is, and whether two systems differ: the bootstrap (Efron & Tibshirani 1993, §13, 16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from wenyuan.evaluate.metrics import Values

_BATCH = 2**20  # drawn indices held at once


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its percentile interval."""

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
    n = len(values)
    if n == 0:
        raise WrongUse("There are no queries to average over: check that the judgements name queries of the set.")
    draw = np.random.default_rng(seed)
    rows = max(1, _BATCH // n)
    batches = (min(rows, resamples - done) for done in range(0, resamples, rows))
    return np.concatenate([values[draw.integers(n, size=(batch, n))].mean(axis=1) for batch in batches])


def _percentiles(means: Values, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)
