"""What legs count for."""

from __future__ import annotations

import pytest

from wenyuan.recall import ByMeaning, BySummary, ByWords, shares

from .asking import FakeSections


def test_a_leg_takes_its_share_from_those_before_it() -> None:
    legs = (ByMeaning(), ByWords(0.4), BySummary(0.5, FakeSections()))
    assert shares(legs[:2]) == pytest.approx({"bm25": 0.4, "dense": 0.6})
    assert shares(legs) == pytest.approx({"bm25": 0.2, "dense": 0.3, "summary": 0.5})
    assert shares([]) == {}
