"""What values say of themselves."""

from __future__ import annotations

from wenyuan.types import And, Chunk, Condition, Constraint, Query

PDF = Condition("type", "eq", "pdf")
NEW = Condition("time", "gte", 1.0)


def test_a_chunk_is_encoded_under_its_path_and_header_each_name_once() -> None:
    chunk = Chunk(1, "d", "Guide", 0, "| 1 |", 0, 5, headings=("Guide", "", "Prices"), header="| n |")
    assert chunk.encoded == "Guide > Prices\n| n |\n| 1 |"
    assert Chunk(1, "d", "", 0, "text", 0, 4).encoded == "text"


def test_the_conditions_of_a_query_are_the_callers_and_its_own() -> None:
    asked = Constraint("since 1970", NEW)
    assert Query("x", "en", "x").conditions is None
    assert Query("x", "en", "x", filter=PDF).conditions == PDF
    assert Query("x", "en", "x", constraints=(asked,)).conditions == NEW
    assert Query("x", "en", "x", filter=PDF, constraints=(asked,)).conditions == And((PDF, NEW))
