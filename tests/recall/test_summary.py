"""The leg of sections."""

from __future__ import annotations

import pytest

from wenyuan.recall import LEGS
from wenyuan.types import Condition

from .asking import FakeSections, run


@pytest.mark.parametrize("legs", [LEGS, ("summary",), ("bm25", "dense")])
def test_summaries_are_asked_where_they_are_wanted(legs: tuple[str, ...]) -> None:
    sections, condition = FakeSections(), Condition("type", "eq", "pdf")
    recalled, _, trace = run("reset the pump", legs=legs, filter=condition, sections=sections)
    assert set(recalled) == set(legs)
    assert trace.recalled == recalled
    assert sections.asked == [(5, condition)] * ("summary" in legs)
    assert trace.notes == []


def test_that_no_section_has_a_summary_is_noted() -> None:
    _, _, trace = run("reset the pump", legs=("summary",), sections=FakeSections(0))
    assert "No section has a summary" in trace.notes[0]
