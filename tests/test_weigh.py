"""What a policy sees of a question, and what becomes of the weights."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.types import Candidate, Chunk, LegPolicy, Recalled, Vector
from wenyuan.understand import understand
from wenyuan.weigh import FEATURES, choose, features, readable, shifted, weigh

FIXED = {"dense": 0.5, "bm25": 0.5}
RECALLED: Recalled = {
    "dense": [Candidate(1, 0.9), Candidate(2, 0.8), Candidate(3, 0.7)],
    "bm25": [Candidate(3, 12.0), Candidate(4, 8.0), Candidate(1, 4.0)],
}
TEXTS = {1: "the printer jams", 2: "打印机卡纸了怎么办", 3: "a printer with error E05", 4: "保修两年"}
CHUNKS = {n: Chunk(n, f"d{n}", "", 0, text, 0, len(text)) for n, text in TEXTS.items()}


@dataclass
class Sure:
    """Expects the same of every question."""

    expected: list[float]
    id: str = "sure@1"
    threshold: float = 0.01
    shifts: Vector = field(default_factory=lambda: np.array([-0.2, 0.2], np.float32))

    def gains(self, features: Vector) -> Vector:
        return np.array(self.expected, np.float32)


def policy(*expected: float) -> LegPolicy:
    return Sure(list(expected))


def seen(question: str, recalled: Recalled = RECALLED) -> dict[str, float]:
    return dict(zip(FEATURES, map(float, features(understand(question), recalled, CHUNKS)), strict=True))


def test_features_by_hand() -> None:
    values = seen("printer error E05")
    assert values["chinese"] == 0
    assert values["code"] == 1
    assert values["bm25_gap"] == pytest.approx(1 / 3)
    assert values["bm25_floor"] == pytest.approx(1 / 3)
    assert values["bm25_found"] == pytest.approx(0.03)
    assert values["dense_best"] == pytest.approx(0.9)
    assert values["dense_spread"] == pytest.approx(0.2)
    assert values["agree_3"] == pytest.approx(2 / 3)
    assert values["bm25_best_in_dense"] == pytest.approx(1 / 3)
    assert values["dense_best_in_bm25"] == pytest.approx(1 / 3)
    assert values["bm25_covered"] == 1
    assert 0 < values["dense_covered"] < 1
    assert values["bm25_foreign"] == values["dense_foreign"] == pytest.approx(1 / 3)


def test_a_question_in_the_other_language_is_seen() -> None:
    only = {leg: [hit for hit in hits if hit.chunk in (1, 3)] for leg, hits in RECALLED.items()}
    assert seen("打印机卡纸", only)["bm25_foreign"] == 1


def test_only_the_best_chunks_are_read() -> None:
    many = {leg: [Candidate(n, 9.0 - n) for n in range(9)] for leg in ("dense", "bm25")}
    assert readable(many) == [0, 1, 2]
    assert sorted(readable(RECALLED)) == [1, 2, 3, 4]


hits = st.dictionaries(st.integers(1, 4), st.floats(-1, 50), max_size=4).map(
    lambda scores: [Candidate(c, s) for c, s in sorted(scores.items(), key=lambda item: (-item[1], item[0]))]
)


@given(dense=hits, bm25=hits, question=st.text(min_size=1).filter(str.strip).filter(str.isprintable))
def test_features_are_finite_numbers_whatever_was_found(dense, bm25, question) -> None:
    values = features(understand(f"q{question}"), {"dense": dense, "bm25": bm25}, CHUNKS)
    assert values.shape == (len(FEATURES),)
    assert np.isfinite(values).all()


def test_a_sure_policy_shifts_the_weights() -> None:
    made = weigh(understand("printer"), RECALLED, CHUNKS, policy(-0.1, 0.02), FIXED)
    assert made.weights == pytest.approx({"dense": 0.7, "bm25": 0.3})
    assert (made.reason, made.policy) == ("sure", "sure@1")
    assert made.shift == pytest.approx(0.2)
    assert made.gain == pytest.approx(0.02)
    assert set(made.features) == set(FEATURES)


@pytest.mark.parametrize("expected", [(-0.1, 0.009), (float("nan"), float("nan"))])
def test_an_unsure_policy_leaves_the_fixed_weights(expected) -> None:
    made = weigh(understand("printer"), RECALLED, CHUNKS, policy(*expected), FIXED)
    assert made.weights == FIXED
    assert (made.shift, made.reason) == (0, "unsure")


def test_without_one_leg_it_is_not_asked() -> None:
    made = weigh(understand("printer"), {"dense": RECALLED["dense"], "bm25": []}, CHUNKS, policy(1, 1), FIXED)
    assert made.weights == FIXED
    assert made.gain is None
    assert "one leg" in made.reason


def test_the_best_shift_is_chosen_and_shares_stay_within_bounds() -> None:
    assert choose(policy(0.03, 0.02), np.zeros(len(FEATURES), np.float32)) == (0, pytest.approx(0.03))
    assert shifted(0.9, 0.2) == 1
    assert shifted(0.1, -0.2) == 0
    assert shifted(0.5, float(np.float32(0.2))) == 0.7
