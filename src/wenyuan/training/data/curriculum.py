"""What a student learns from its teacher, in which order and how sharply: selection, curriculum, temperature.

All of it rests on the teacher's margin: how far, in logits, the teacher puts the right passage above its best rival.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wenyuan.training.config import Distil
    from wenyuan.training.data.examples import Example


def margin(example: Example) -> float | None:
    """Teacher's best positive minus its best negative; best minus second where there is no label; None if unscored."""
    if example.positive_scores and example.negative_scores:
        return max(example.positive_scores) - max(example.negative_scores)
    if not example.positives and len(example.negative_scores) >= 2:
        best, second = sorted(example.negative_scores, reverse=True)[:2]
        return best - second
    return None


def agreement(example: Example) -> float:
    """Share of (positive, negative) pairs that the teacher orders as the labels do; 1 where there are none."""
    pairs = [good > bad for good in example.positive_scores for bad in example.negative_scores]
    return sum(pairs) / len(pairs) if pairs else 1.0


def select(examples: Sequence[Example], distil: Distil) -> tuple[list[Example], list[float]]:
    """The examples worth learning from, and the weight (mean 1) of the teacher's word on each.

    Scored examples with a margin below `min_margin` are dropped; unscored ones stay, for their labels. "margin" weighs
    by sigmoid(margin), the teacher's own odds of being right; "agreement" by how far it agrees with the labels.

    Raises:
        WrongUse: no teacher scores, scores that are no raw logits, or nothing left.
    """
    if distil.alpha > 0:
        check_logits([score for e in examples for score in (*e.positive_scores, *e.negative_scores)])
    floor = -math.inf if distil.min_margin is None else distil.min_margin
    kept = [e for e in examples if (found := margin(e)) is None or found >= floor]
    if not kept:
        raise WrongUse(f"No example has a teacher margin of {floor:g} or more: lower min_margin.")
    weights = [_weight(example, distil) for example in kept]
    mean = sum(weights) / len(weights)
    if mean == 0:
        raise WrongUse(
            "The teacher contradicts the labels of every example: check that its scores belong to this file."
        )
    return kept, [weight / mean for weight in weights]


def check_logits(scores: Sequence[float]) -> None:
    """WrongUse unless these are raw logits: probabilities in [0, 1] starve every distillation loss."""
    if not scores:
        raise WrongUse(
            "The training file has no teacher scores: make them with `wenyuan distil score`, or set alpha to 0."
        )
    if min(scores) >= 0 and max(scores) <= 1:
        raise WrongUse(
            "All teacher scores lie between 0 and 1, after a sigmoid or a collapsed teacher: store raw logits."
        )


def order(examples: Sequence[Example], distil: Distil) -> list[Example]:
    """Easy first (the largest teacher margin) if the curriculum says so; unscored examples come last."""
    if distil.curriculum == "none":
        return list(examples)
    margins = (margin(example) for example in examples)
    keys = [math.inf if found is None else -found for found in margins]
    return [examples[n] for n in sorted(range(len(examples)), key=keys.__getitem__)]


def temperature(progress: float, distil: Distil) -> float:
    """The temperature after a share `progress` (0 to 1) of the steps: linear from the first to the final one."""
    final = distil.temperature if distil.final_temperature is None else distil.final_temperature
    return distil.temperature + (final - distil.temperature) * min(max(progress, 0.0), 1.0)


def _weight(example: Example, distil: Distil) -> float:
    if distil.weighting == "agreement":
        return agreement(example)
    found = margin(example) if distil.weighting == "margin" else None
    return 1.0 if found is None else 1 / (1 + math.exp(-max(found, -700.0)))  # beyond −700 exp overflows
