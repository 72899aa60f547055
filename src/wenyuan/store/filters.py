"""From our filters and metadata to the engine's: one builder for `qdrant_edge` and `qdrant_client.models`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wenyuan.errors import WrongUse
from wenyuan.types import And, Condition, Document, Filter, Not, Or, Value

KEYWORDS = ("document", "source", "type")
NUMBERS = ("time",)


def payload_of(document: Document) -> dict[str, Value]:
    """The fields every chunk of a document is filtered by; the four of ours win over the user's of the same name."""
    return {
        **document.metadata,
        "document": document.id,
        "source": sources_of(document.id),
        "type": document.type,
        "time": document.time,
    }


def sources_of(document: str) -> tuple[str, ...]:
    """A document's id and every folder above it: "a/b/c.md" → ("a/b/c.md", "a/b", "a")."""
    folders = (document[:at].rstrip("/") for at in range(len(document) - 1, 0, -1) if document[at] == "/")
    return tuple(dict.fromkeys([document, *filter(None, folders)]))


def engine_payload(payload: Mapping[str, Value]) -> dict[str, Any]:
    """A payload as both engines store it alike: lists for tuples, 0 and 1 for booleans."""
    return {name: _engine_value(value) for name, value in payload.items()}


def field_path(field: str) -> str:
    """A field name as the engine's path expression: one key, whatever dots or spaces are in it."""
    if not field or '"' in field:
        raise WrongUse(f"The field name {field!r} cannot be filtered by; use a name without quotation marks.")
    return field if field.isidentifier() else f'"{field}"'


def engine_filter(filter: Filter, models: Any) -> Any:  # noqa: ANN401 - a module and one of its classes
    """Build the engine's filter with the classes of `models`; WrongUse where the filter makes no sense."""
    match filter:
        case And(parts) if parts:
            return models.Filter(must=[engine_filter(part, models) for part in parts])
        case Or(parts) if parts:
            return models.Filter(should=[engine_filter(part, models) for part in parts])
        case Not(part):
            return models.Filter(must_not=[engine_filter(part, models)])
        case Condition():
            return models.Filter(must=[_engine_condition(filter, models)])
        case _:
            raise WrongUse(f"The filter {filter!r} is empty or of an unknown kind; use And, Or, Not or Condition.")


def exactly(payload: Mapping[str, Value]) -> Filter:
    """The filter that a payload passes, and hardly one with another value in a field of it."""
    parts = (
        Condition(name, "eq", part)
        for name, value in payload.items()
        for part in (value if isinstance(value, tuple) else (value,))
        if name and '"' not in name
    )
    return And(tuple(parts))


def _engine_condition(condition: Condition, models: Any) -> Any:  # noqa: ANN401
    field, op, value = condition.field, condition.op, condition.value
    path = field_path(field)
    if field in NUMBERS and not _is_number(value):
        raise WrongUse(f"The field {field!r} holds Unix seconds; compare it with a number, not with {value!r}.")
    if field in KEYWORDS and (op not in ("eq", "in") or _is_number(value) or isinstance(value, bool)):
        raise WrongUse(f"The field {field!r} holds text; use eq or in with text, not {op} with {value!r}.")
    if field == "source":
        value = value.rstrip("/") if isinstance(value, str) else tuple(part.rstrip("/") for part in _texts(value))
    match op:
        case "eq" if isinstance(value, str):
            return models.FieldCondition(key=path, match=models.MatchValue(value=value))
        case "eq" if isinstance(value, bool | int | float):
            return models.FieldCondition(key=path, range=_range(models)(gte=float(value), lte=float(value)))
        case "in" if isinstance(value, tuple | list):
            return models.FieldCondition(key=path, match=models.MatchAny(any=_texts(value)))
        case "gt" | "gte" | "lt" | "lte" if _is_number(value):
            return models.FieldCondition(key=path, range=_range(models)(**{op: float(str(value))}))
        case _:
            raise WrongUse(
                f"The filter {field} {op} {value!r} makes no sense; use eq with one value, in with a list of texts, "
                "gt, gte, lt or lte with a number."
            )


def _range(models: Any) -> Any:  # noqa: ANN401
    return getattr(models, "RangeFloat", None) or models.Range  # the two libraries' names for one class


def _texts(value: Value | Sequence[str]) -> list[str]:
    if not isinstance(value, tuple | list) or not all(isinstance(part, str) for part in value):
        raise WrongUse(f"The filter value {value!r} is no list of texts; give in a list of texts.")
    return list(value)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _engine_value(value: Value) -> Any:  # noqa: ANN401
    if isinstance(value, bool):
        return int(value)  # qdrant-edge 0.9.0 turns True into 1 when it matches
    return list(value) if isinstance(value, tuple) else value
