"""Each leg asks the view for its candidates."""

from __future__ import annotations

import pytest

from fakes import word_encoder
from wenyuan.text.bm25 import query_vector
from wenyuan.types import Condition

from .asking import run


def test_both_legs_are_asked_with_the_filter() -> None:
    condition = Condition("type", "eq", "pdf")
    recalled, view, trace = run("如何重置 PPR-9087", filter=condition)
    assert set(recalled) == {"bm25", "dense"}
    assert view.asked["dense"][0].shape == (word_encoder().dimension,)
    assert view.asked["bm25"][0] == query_vector("如何重置 PPR-9087")
    assert {asked[1:] for asked in view.asked.values()} == {(5, condition)}
    assert {"encode", "recall"} <= set(trace.timings_ms)


@pytest.mark.parametrize("leg", ["bm25", "dense"])
def test_a_leg_alone(leg: str) -> None:
    recalled, view, trace = run("reset the pump", legs=(leg,))
    assert set(recalled) == {leg}
    assert set(view.asked) == {leg}
    assert trace.notes == []


def test_no_leg_left_is_no_candidate() -> None:
    recalled, _, trace = run("😀", legs=("bm25",))
    assert dict(recalled) == {}
    assert trace.notes


def test_a_question_longer_than_the_model_reads_is_noted() -> None:
    _, _, trace = run("reset pump " * 1000)
    assert len(trace.notes) == 1
    assert "512" in trace.notes[0]
