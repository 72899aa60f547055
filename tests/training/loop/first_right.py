"""A judge of models in training."""

from __future__ import annotations

import numpy as np

from tiny_training import tiny_examples
from wenyuan.training.judging import Scorer


def first_right(scorer: Scorer) -> dict[str, float]:
    """Share of 40 new questions whose positive passage scores best."""
    examples = tiny_examples(40, seed=7)
    best = [scorer.score(e.query, [*e.positives, *e.negatives]).argmax() == 0 for e in examples]
    return {"first": float(np.mean(best))}
