"""From our filters and metadata to the engine's: one builder for `qdrant_edge` and `qdrant_client.models`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wenyuan.filters import check
from wenyuan.types import And, Condition, Filter, Not, Or, Value


def engine_payload(payload: Mapping[str, Value]) -> dict[str, Any]:
    """A payload as both engines store it alike: lists for tuples, 0 and 1 for booleans."""
    return {name: _engine_value(value) for name, value in payload.items()}


def field_path(field: str) -> str:
    """A field name as the engine's path expression: one key, whatever dots or spaces are in it."""
    return field if field.isidentifier() else f'"{field}"'


def engine_filter(filter: Filter, models: Any) -> Any:  # noqa: ANN401 - a module and one of its classes
    """Build the engine's filter with the classes of `models`; WrongUse where the filter makes no sense."""
    check(filter)
    return _built(filter, models)


def exactly(payload: Mapping[str, Value]) -> Filter:
    """The filter that a payload passes, and hardly one with another value in a field of it."""
    parts = (
        Condition(name, "eq", part)
        for name, value in payload.items()
        for part in (value if isinstance(value, tuple) else (value,))
        if name and '"' not in name
    )
    return And(tuple(parts))


def _built(filter: Filter, models: Any) -> Any:  # noqa: ANN401
    match filter:
        case And(parts):
            return models.Filter(must=[_built(part, models) for part in parts])
        case Or(parts):
            return models.Filter(should=[_built(part, models) for part in parts])
        case Not(part):
            return models.Filter(must_not=[_built(part, models)])
        case Condition():
            return models.Filter(must=[_condition(filter, models)])


def _condition(condition: Condition, models: Any) -> Any:  # noqa: ANN401
    path, op, value = field_path(condition.field), condition.op, condition.value
    if isinstance(value, int | float):
        ends = ("gte", "lte") if op == "eq" else (op,)
        return models.FieldCondition(key=path, range=_range(models)(**dict.fromkeys(ends, float(value))))
    if condition.field == "source":
        value = value.rstrip("/") if isinstance(value, str) else tuple(part.rstrip("/") for part in value)
    found = models.MatchValue(value=value) if isinstance(value, str) else models.MatchAny(any=list(value))
    return models.FieldCondition(key=path, match=found)


def _range(models: Any) -> Any:  # noqa: ANN401
    return getattr(models, "RangeFloat", None) or models.Range  # the two libraries' names for one class


def _engine_value(value: Value) -> Any:  # noqa: ANN401
    if isinstance(value, bool):
        return int(value)  # qdrant-edge 0.9.0 turns True into 1 when it matches
    return list(value) if isinstance(value, tuple) else value
