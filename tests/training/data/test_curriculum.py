"""Selection, order and temperature by the teacher's margin."""

from __future__ import annotations

import math

import pytest

from wenyuan.errors import WrongUse
from wenyuan.training.config import Distil
from wenyuan.training.data.curriculum import agreement, margin, order, select, temperature
from wenyuan.training.data.examples import Example

EASY = Example("easy", ("p",), ("a", "b"), (5.0,), (-3.0, -4.0))
HARD = Example("hard", ("p",), ("a", "b"), (1.0,), (0.5, -4.0))
WRONG = Example("wrong", ("p",), ("a", "b"), (0.0,), (2.0, -1.0))
TRANSFER = Example("transfer", (), ("a", "b", "c"), (), (1.0, 4.0, -2.0))
UNSCORED = Example("unscored", ("p",), ("a",))
ALL = [UNSCORED, WRONG, HARD, TRANSFER, EASY]


def test_margin_compares_the_best_of_each_class_or_the_two_best():
    assert [margin(example) for example in ALL] == [None, -2.0, 0.5, 3.0, 8.0]


def test_agreement_counts_pairs_ordered_as_labelled():
    assert [agreement(example) for example in ALL] == [1.0, 0.5, 1.0, 1.0, 1.0]


def test_groups_below_the_margin_are_dropped_and_unscored_ones_kept():
    kept, weights = select(ALL, Distil(min_margin=0.5))
    assert kept == [UNSCORED, HARD, TRANSFER, EASY]
    assert weights == [1.0] * 4


def test_weights_follow_margin_or_agreement_and_have_mean_one():
    _, by_margin = select(ALL, Distil(weighting="margin"))
    raw = [1.0] + [1 / (1 + math.exp(-m)) for m in (-2.0, 0.5, 3.0, 8.0)]
    assert by_margin == pytest.approx([value / (sum(raw) / 5) for value in raw])
    _, by_agreement = select(ALL, Distil(weighting="agreement"))
    assert by_agreement == pytest.approx([value / 0.9 for value in (1, 0.5, 1, 1, 1)])


def test_extreme_margins_do_not_overflow():
    far = Example("far", ("p",), ("a",), (-1e6,), (1e6,))
    _, weights = select([far, EASY], Distil(weighting="margin"))
    assert weights == pytest.approx([0.0, 2.0])


@pytest.mark.parametrize(
    ("examples", "distil", "words"),
    [
        ([Example("q", ("p",), ("a",), (0.98,), (0.01,))], Distil(), "sigmoid"),
        ([UNSCORED], Distil(), "distil score"),
        ([EASY], Distil(min_margin=100), "min_margin"),
        ([Example("q", ("p",), ("a",), (-1.0,), (1.0,))], Distil(weighting="agreement"), "contradicts"),
    ],
)
def test_what_cannot_teach_is_refused(examples, distil, words):
    with pytest.raises(WrongUse, match=words):
        select(examples, distil)


def test_without_a_soft_part_no_scores_are_needed():
    assert select([UNSCORED], Distil(alpha=0.0)) == ([UNSCORED], [1.0])


def test_easy_first_puts_the_largest_margin_first_and_the_unknown_last():
    assert order(ALL, Distil(curriculum="easy_first")) == [EASY, TRANSFER, HARD, WRONG, UNSCORED]
    assert order(ALL, Distil()) == ALL


def test_temperature_is_linear_and_stays_within_its_ends():
    falling = Distil(temperature=4.0, final_temperature=1.0)
    assert [temperature(at, falling) for at in (-1, 0, 0.5, 1, 2)] == [4.0, 4.0, 2.5, 1.0, 1.0]
    assert temperature(0.7, Distil(temperature=3.0)) == 3.0
