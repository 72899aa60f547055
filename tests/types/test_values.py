"""What values say of themselves."""

from __future__ import annotations

from wenyuan.types import And, Condition, Constraint, Query

PDF = Condition("type", "eq", "pdf")
NEW = Condition("time", "gte", 1.0)


def test_the_conditions_of_a_query_are_the_callers_and_its_own() -> None:
    asked = Constraint("since 1970", NEW)
    assert Query("x", "en", "x").conditions is None
    assert Query("x", "en", "x", filter=PDF).conditions == PDF
    assert Query("x", "en", "x", constraints=(asked,)).conditions == NEW
    assert Query("x", "en", "x", filter=PDF, constraints=(asked,)).conditions == And((PDF, NEW))
