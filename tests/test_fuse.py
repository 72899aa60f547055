"""Fusion: one ranking of several, with the reasons for each place."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.fuse import NORMALISATIONS, Normalisation, duplicates, fuse
from wenyuan.text.fingerprint import fingerprint
from wenyuan.types import Candidate, Recalled

WEIGHTS = {"dense": 0.6, "bm25": 0.4}
NAMES: list[Normalisation] = ["minmax", "max", "zscore", "sigmoid"]

RECALLED: Recalled = {
    "dense": [Candidate(1, 0.9), Candidate(2, 0.8), Candidate(3, 0.7)],
    "bm25": [Candidate(3, 12.0), Candidate(4, 8.0), Candidate(1, 4.0)],
}

lists = st.dictionaries(st.integers(0, 30), st.floats(0, 50), min_size=1, max_size=12).map(
    lambda scores: [Candidate(c, s) for c, s in sorted(scores.items(), key=lambda item: (-item[1], item[0]))]
)
recalls = st.fixed_dictionaries({}, optional={"dense": lists, "bm25": lists})


def test_every_normalisation_is_tried_here() -> None:
    assert set(NAMES) == set(NORMALISATIONS)


def test_weighted_minmax_by_hand() -> None:
    ranking = fuse(RECALLED, WEIGHTS, normalise="minmax")
    assert ranking.order == [1, 3, 2, 4]
    assert [ranking.scores[chunk] for chunk in ranking.order] == pytest.approx([0.6, 0.4, 0.3, 0.2])


def test_reciprocal_ranks_by_hand() -> None:
    ranking = fuse(RECALLED, WEIGHTS, method="rrf")
    assert ranking.scores[1] == pytest.approx(0.6 / 61 + 0.4 / 63)
    assert ranking.scores[3] == pytest.approx(0.6 / 63 + 0.4 / 61)
    assert ranking.scores[2] == pytest.approx(0.6 / 62)
    assert ranking.order == [1, 3, 2, 4]


@pytest.mark.parametrize("name", NAMES)
@given(scores=st.lists(st.floats(-100, 100), min_size=1, max_size=30))
def test_normalised_scores_are_in_0_to_1_and_keep_the_order(name: Normalisation, scores: list[float]) -> None:
    ordered = sorted(scores, reverse=True)
    scaled = NORMALISATIONS[name](ordered)
    assert len(scaled) == len(ordered)
    assert all(0 <= value <= 1 for value in scaled)
    assert scaled == sorted(scaled, reverse=True)


@pytest.mark.parametrize("name", NAMES)
def test_equal_scores_are_all_best(name: Normalisation) -> None:
    assert NORMALISATIONS[name]([3.0, 3.0, 3.0]) == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["weighted", "rrf"])
def test_each_leg_says_what_it_gave(name: Normalisation, method: str) -> None:
    ranking = fuse(RECALLED, WEIGHTS, method=method, normalise=name)  # type: ignore[arg-type]
    for chunk, legs in zip(ranking.order, ranking.legs(ranking.order), strict=True):
        assert set(legs) == {"dense", "bm25"}
        assert ranking.scores[chunk] == pytest.approx(sum(leg.weight * leg.normalised for leg in legs.values()))
        for name_, leg in legs.items():
            assert leg.weight == WEIGHTS[name_]
            found = [(n, c.score) for n, c in enumerate(RECALLED[name_], 1) if c.chunk == chunk]
            assert (leg.rank, leg.raw) == (found[0] if found else (None, None))
            assert found or leg.normalised == 0.0


def test_a_missing_leg_leaves_the_other_in_its_order() -> None:
    for recalled in ({"dense": RECALLED["dense"]}, {"dense": RECALLED["dense"], "bm25": []}):
        ranking = fuse(recalled, WEIGHTS)
        assert ranking.order == [1, 2, 3]
        assert set(ranking.legs([1])[0]) == {"dense"}


@pytest.mark.parametrize("recalled", [{}, {"dense": []}, {"dense": [], "bm25": []}])
def test_nothing_recalled_is_nothing_ranked(recalled: Recalled) -> None:
    assert fuse(recalled, WEIGHTS).order == []


@pytest.mark.parametrize("name", NAMES)
def test_a_single_candidate_is_best(name: Normalisation) -> None:
    ranking = fuse({"dense": [Candidate(5, 0.3)], "bm25": [Candidate(5, 2.0)]}, WEIGHTS, normalise=name)
    assert ranking.order == [5]
    assert ranking.scores[5] == pytest.approx(1.0)


def test_ties_are_broken_by_the_chunk_whatever_order_they_came_in() -> None:
    tied = [Candidate(chunk, 1.0) for chunk in (9, 2, 5)]
    assert fuse({"dense": tied}, WEIGHTS).order == [2, 5, 9]
    assert fuse({"dense": tied[::-1]}, WEIGHTS).order == [2, 5, 9]


@pytest.mark.parametrize(("dense", "first"), [(1.0, 1), (0.0, 3)])
def test_a_leg_of_weight_one_decides_alone(dense: float, first: int) -> None:
    assert fuse(RECALLED, {"dense": dense, "bm25": 1 - dense}).order[0] == first


@pytest.mark.parametrize("name", NAMES)
@given(recalled=recalls)
def test_a_ranking_holds_every_candidate_once_by_falling_score(name: Normalisation, recalled: Recalled) -> None:
    ranking = fuse(recalled, WEIGHTS, normalise=name)
    assert sorted(ranking.order) == sorted({hit.chunk for hits in recalled.values() for hit in hits})
    scores = [ranking.scores[chunk] for chunk in ranking.order]
    assert scores == sorted(scores, reverse=True)
    assert all(math.isfinite(score) for score in scores)
    assert fuse(dict(reversed(recalled.items())), WEIGHTS, normalise=name).order == ranking.order


PASSAGE = " ".join(f"Step {n}: loosen screw {n * 7 % 31} and lift cover {n * 11 % 17}." for n in range(30))
NEAR = PASSAGE.replace("Step 12:", "Step 12 :")
OTHER = "保修期为两年，自购买之日起计算。"


@pytest.mark.parametrize(
    ("texts", "threshold", "dropped"),
    [
        ([PASSAGE, OTHER, PASSAGE], 1.0, {2: 0}),
        ([PASSAGE, NEAR, OTHER], 0.9, {1: 0}),
        ([PASSAGE, NEAR, OTHER], 1.0, {}),
        ([OTHER, NEAR, PASSAGE], 0.9, {2: 1}),
        ([OTHER, PASSAGE, NEAR, OTHER, PASSAGE], 0.9, {2: 1, 3: 0, 4: 1}),
        ([PASSAGE, OTHER], 0.0, {1: 0}),
        ([], 0.9, {}),
    ],
)
def test_of_near_identical_texts_the_first_is_kept(texts: list[str], threshold: float, dropped: dict[int, int]) -> None:
    assert fingerprint(PASSAGE).tobytes() != fingerprint(NEAR).tobytes()
    assert duplicates([fingerprint(text).tobytes() for text in texts], threshold) == dropped
