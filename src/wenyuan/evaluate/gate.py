"""Sentences that refuse: a reranker that may not take the place of another, a run that is below a bound or worse.

A reranker must be worse on no data set, and on one better than chance explains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wenyuan.evaluate.bootstrap import Difference, difference
from wenyuan.evaluate.record import METRIC, Against
from wenyuan.evaluate.rerankers import FIRST_STAGE, Comparison, SystemFigures

P = 0.05
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Accepted or not, the sentence that says why, and the candidate's paired difference on each data set, in order."""

    accepted: bool
    reason: str
    differences: Sequence[Difference]


def judge(comparisons: Sequence[Comparison], candidate: str, current: str, margin: float = 0.0) -> Acceptance:
    """The verdict on the candidate, measured beside the current model (or `FIRST_STAGE`) on every data set.

    It is refused when it has collapsed or loses more than `margin` of nDCG@10 on one set, and when it is better with
    p < .05 on none. The first set that refuses is named.
    """
    gaps = [_difference(each, candidate, current) for each in comparisons]
    said = [_figures(each, gap, candidate, current) for each, gap in zip(comparisons, gaps, strict=True)]
    for each in comparisons:
        if alarm := _row(each, candidate).alarm:
            return Acceptance(False, f"Refused: on {each.data} {alarm}", gaps)
    for gap, figures in zip(gaps, said, strict=True):
        if not gap.mean >= -margin - _ROUNDING:  # a NaN is refused, too
            return Acceptance(False, f"Refused: worse on {figures}.", gaps)
    best = min(range(len(gaps)), key=lambda n: (gaps[n].mean <= 0, gaps[n].p))
    if gaps[best].mean > 0 and gaps[best].p < P:
        allowed = f" by more than {margin:g}" if margin else ""
        return Acceptance(True, f"Accepted: worse on no set{allowed}, and better on {said[best]}.", gaps)
    return Acceptance(False, f"Refused: better with p < {P} on no set; nearest to it is {said[best]}.", gaps)


def shortcoming(metrics: Mapping[str, float], bounds: Mapping[str, float], earlier: Against | None) -> str | None:
    """The sentence that refuses a run: below a bound, or worse than an earlier run; None where nothing does."""
    return shortfall(metrics, bounds) or (worsening(earlier) if earlier else None)


def shortfall(metrics: Mapping[str, float], bounds: Mapping[str, float]) -> str | None:
    """The sentence that names the first metric below its bound; None where there is none."""
    for name, bound in bounds.items():
        if not metrics[name] >= bound:  # a NaN falls short, too
            return f"{name} is {metrics[name]:.4f}, below the bound of {bound:g}."
    return None


def worsening(against: Against) -> str | None:
    """The sentence that says that a run is worse than the earlier one, p < .05; None where it is not."""
    gap = against.differences[METRIC]
    if gap.mean >= 0 or gap.p >= P:
        return None
    before, after = against.means[METRIC]
    return (
        f"{METRIC} is {after:.4f}, worse than the {before:.4f} of {against.run} "
        f"(difference {gap.mean:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}], p {gap.p:.4f}, n {against.n})."
    )


def _difference(comparison: Comparison, candidate: str, current: str) -> Difference:
    """Of the candidate from the current; where that is the first stage, it was measured already."""
    row = _row(comparison, candidate)
    if current == FIRST_STAGE:
        return row.differences[METRIC]
    return difference(row.per_query[METRIC], _row(comparison, current).per_query[METRIC])


def _row(comparison: Comparison, model: str) -> SystemFigures:
    return next(row for row in comparison.rows if row.model == model)


def _figures(comparison: Comparison, gap: Difference, candidate: str, current: str) -> str:
    ours, theirs = (_row(comparison, name).metrics[METRIC].mean for name in (candidate, current))
    return (
        f"{comparison.data}: nDCG@10 {ours:.4f} against {theirs:.4f} of {current} "
        f"(difference {gap.mean:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}], p {gap.p:.4f}, n {comparison.n})"
    )
