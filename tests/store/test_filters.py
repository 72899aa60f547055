"""Filters and fields in the engines' words; that the engines then agree with ours is in the conformance suite."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
import qdrant_client.models
import qdrant_edge
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.errors import WrongUse
from wenyuan.filters import matches
from wenyuan.store.filters import engine_filter, engine_payload, exactly, field_path
from wenyuan.types import And, Condition, Filter, Not, Or, Value

IS_A, OLD = Condition("product", "eq", "A"), Condition("year", "lt", 2000)


def said(filter: Filter) -> Any:
    """What the client of a Qdrant server would send, without what is not set."""
    return json.loads(engine_filter(filter, qdrant_client.models).model_dump_json(exclude_none=True))


def test_a_filter_is_built_part_by_part() -> None:
    a = {"must": [{"key": "product", "match": {"value": "A"}}]}
    old = {"must": [{"key": "year", "range": {"lt": 2000.0}}]}
    assert said(IS_A) == a
    assert said(And((IS_A, OLD))) == {"must": [a, old]}
    assert said(Or((IS_A, Not(OLD)))) == {"should": [a, {"must_not": [old]}]}


@pytest.mark.parametrize(
    ("condition", "built"),
    [
        (Condition("n", "eq", 3), {"range": {"gte": 3.0, "lte": 3.0}}),
        (Condition("tags", "in", ("x", "y")), {"match": {"any": ["x", "y"]}}),
        (Condition("source", "eq", "docs/zh/"), {"match": {"value": "docs/zh"}}),
        (Condition("source", "in", ("docs/", "faq")), {"match": {"any": ["docs", "faq"]}}),
    ],
    ids=str,
)
def test_a_condition_is_a_range_of_numbers_or_a_match_of_words(condition: Condition, built: dict[str, Any]) -> None:
    [found] = said(condition)["must"]
    assert found == {"key": condition.field} | built


@pytest.mark.parametrize("models", [qdrant_edge, qdrant_client.models], ids=["edge", "client"])
def test_a_filter_without_sense_is_refused_before_it_is_built(models: ModuleType) -> None:
    with pytest.raises(WrongUse):
        engine_filter(And(()), models)


def test_a_name_with_dots_or_spaces_is_one_key() -> None:
    assert field_path("product") == "product"
    assert field_path("odd name.x") == '"odd name.x"'


def test_fields_are_stored_as_both_engines_store_them_alike() -> None:
    stored = engine_payload({"ok": True, "tags": ("x", "y"), "n": 2.5, "name": "泵"})
    assert stored == {"ok": 1, "tags": ["x", "y"], "n": 2.5, "name": "泵"}
    assert type(stored["ok"]) is int


words = st.text("ab泵", min_size=1, max_size=3)
payloads = st.dictionaries(words, words | st.integers(-9, 9) | st.lists(words, min_size=1).map(tuple), min_size=1)


@given(payloads, payloads)
def test_a_payload_passes_its_own_filter_and_another_only_with_all_its_values(
    payload: dict[str, Value], other: dict[str, Value]
) -> None:
    def several(fields: dict[str, Value], name: str) -> set[Value]:
        value = fields.get(name, ())
        return set(value) if isinstance(value, tuple) else {value}

    assert matches(exactly(payload), payload)
    holds_all = all(several(payload, name) <= several(other, name) for name in payload)
    assert matches(exactly(payload), other) == holds_all
