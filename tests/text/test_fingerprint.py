"""Fingerprints estimate how alike two texts are."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.fingerprint import SIZE, fingerprint, similarities


def estimate(one: str, other: str) -> float:
    return float(similarities(np.stack([fingerprint(one), fingerprint(other)]))[0, 1])


def jaccard(one: str, other: str) -> float:
    first, second = ({text[i : i + 5] for i in range(len(text) - 4)} for text in (one, other))
    return len(first & second) / len(first | second)


@given(st.text())
def test_a_text_is_itself(text: str) -> None:
    assert fingerprint(text).shape == (SIZE,)
    assert fingerprint(text).dtype == np.uint8
    assert estimate(text, text) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("軟體授權條款適用於全體", "软体授权条款适用于全体"),
        ("Ｆｕｌｌ　Width", "full width"),
        ("a\u200bbcdefg", "abcdefg"),
    ],
)
def test_texts_that_read_the_same_are_the_same(one: str, other: str) -> None:
    assert estimate(one, other) == 1.0


def test_other_texts_are_not_alike() -> None:
    assert estimate("请先关闭电源再更换滤芯", "The warranty lasts two years.") < 0.1
    assert estimate("abc", "abd") < 0.1  # shorter than a shingle


@pytest.mark.parametrize("alphabet", ["abcdefghijklmnopqrstuvwxyz", "电源滤芯更换保修期限以内免费维修设备型号说明"])
def test_the_estimate_is_unbiased_and_as_exact_as_64_bytes_allow(alphabet: str) -> None:
    """Standard error of one estimate ≤ √(J(1−J)/64) ≈ 0.06; of the mean error of 200 pairs, below 0.005."""
    rng = random.Random(20240229)
    errors = []
    for _ in range(200):
        whole = "".join(rng.choices(alphabet, k=400))
        start = rng.randrange(400)
        other = whole[start:] + "".join(rng.choices(alphabet, k=start))
        errors.append(estimate(whole, other) - jaccard(whole, other))
    assert abs(np.mean(errors)) < 0.02
    assert np.sqrt(np.mean(np.square(errors))) < 0.07


def test_a_small_edit_of_a_passage_stays_above_the_default_threshold() -> None:
    passage = " ".join(f"Step {n}: loosen screw {n * 7 % 31} and lift cover {n * 11 % 17}." for n in range(30))
    assert estimate(passage, passage.replace("Step 12:", "Step 12 :")) >= 0.9


def test_each_row_is_compared_with_each() -> None:
    texts = ["请先关闭电源再更换滤芯", "The warranty lasts two years.", "请先关闭电源再更换滤芯"]
    table = similarities(np.stack([fingerprint(text) for text in texts]))
    assert table.shape == (3, 3)
    assert (table == table.T).all()
    assert table[0].tolist() == [1.0, table[0, 1], 1.0]
