"""The language of filters: written tests and trees → Filter, what makes sense, and which documents pass.

A store answers filters within its engine; `matches` says the same of one document without asking it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Literal, Protocol

from wenyuan.errors import WrongUse
from wenyuan.types import EVERYONE, And, Condition, Filter, Not, Or, Query, Scope, Value

KEYWORDS = ("document", "source", "type", "access")
NUMBERS = ("time",)

_TEST = re.compile(r"^\s*([\w.-]+)\s*(>=|<=|!=|=|>|<)\s*(.*?)\s*$")
_RANGES: Mapping[str, Literal["gt", "gte", "lt", "lte"]] = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_SIGNS = {"eq": "=", "in": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class Labelled(Protocol):
    """What filters ask of a document, its text aside."""

    @property
    def id(self) -> str:
        """Its source as a POSIX path."""
        ...

    @property
    def type(self) -> str:
        """The name of its format."""
        ...

    @property
    def time(self) -> float:
        """When it was written."""
        ...

    @property
    def metadata(self) -> Mapping[str, Value]:
        """The user's own fields."""
        ...


def payload_of(document: Labelled) -> dict[str, Value]:
    """The fields every chunk of a document is filtered by; those of ours win over the user's of the same name."""
    return {
        **document.metadata,
        "document": document.id,
        "source": sources_of(document.id),
        "type": document.type,
        "time": document.time,
        "access": groups_of(document.metadata),
    }


def groups_of(metadata: Mapping[str, Value]) -> tuple[str, ...]:
    """The groups that may see a document with these fields; what is not a list of texts names none."""
    match metadata.get("access", EVERYONE):
        case str() as text:
            named = text.split(",")
        case tuple() as texts:
            named = list(texts)
        case _:
            named = []
    return tuple(dict.fromkeys(filter(None, (name.strip() for name in named))))


def sources_of(document: str) -> tuple[str, ...]:
    """A document's id and every folder above it: "a/b/c.md" → ("a/b/c.md", "a/b", "a")."""
    folders = (document[:at].rstrip("/") for at in range(len(document) - 1, 0, -1) if document[at] == "/")
    return tuple(dict.fromkeys([document, *filter(None, folders)]))


# --- reading and writing


def read_test(test: str) -> Filter:
    """`field=value` (one of several by comma), `field!=value`, `field>=value` and so on; WrongUse where it is none."""
    match = _TEST.match(test)
    if not match:
        raise WrongUse(f"'{test}' is not a test; write for example type=pdf or time>=2024-01-01.")
    name, sign, text = match.groups()
    value = read_value(name, text)
    if sign in _RANGES:
        return Condition(name, _RANGES[sign], value)
    equal = Condition(name, "in" if isinstance(value, tuple) else "eq", value)
    return Not(equal) if sign == "!=" else equal


def read_tree(node: object) -> Filter:
    """{"and": [...]}, {"or": [...]}, {"not": ...} or {"field": …, "op": "eq|in|gt|gte|lt|lte", "value": …}."""
    match node:
        case {"and": [*parts], **rest} if not rest:
            return And(tuple(map(read_tree, parts)))
        case {"or": [*parts], **rest} if not rest:
            return Or(tuple(map(read_tree, parts)))
        case {"not": part, **rest} if not rest:
            return Not(read_tree(part))
        case {"field": str(name), "op": ("eq" | "in" | "gt" | "gte" | "lt" | "lte") as op, "value": value, **rest} if (
            not rest
        ):
            return Condition(name, op, _time(name, tuple(value) if isinstance(value, list) else value))
    raise WrongUse(
        f"{json.dumps(node, ensure_ascii=False, default=str)} is no filter; "
        "a filter has either and, or, not, or field, op and value."
    )


def read_value(name: str, text: str) -> Value:
    """The value of a field as it is written: several by comma are a list; numbers and true/false have their types."""
    if "," in text:
        return tuple(part.strip() for part in text.split(","))
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return _time(name, text)


def read_moment(text: str) -> float:
    """An ISO date or time, in UTC where no zone is given, as Unix seconds; WrongUse where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongUse(f"'{text}' is not a date; write it like 2024-01-31 or 2024-01-31T08:00+08:00.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def written(filter: Filter) -> str:
    """A filter as a person would write it."""
    match filter:
        case And(parts):
            return " and ".join(map(_bracketed, parts))
        case Or(parts):
            return " or ".join(map(_bracketed, parts))
        case Not(Condition(name, "eq" | "in", value)):
            return f"{name}!={_shown(name, value)}"
        case Not(part):
            return f"not {_bracketed(part)}"
        case Condition(name, op, value):
            return f"{name}{_SIGNS[op]}{_shown(name, value)}"


def _bracketed(filter: Filter) -> str:
    return f"({written(filter)})" if isinstance(filter, And | Or) else written(filter)


def _shown(name: str, value: Value) -> str:
    if name == "time" and isinstance(value, int | float):
        try:
            return datetime.fromtimestamp(value, UTC).isoformat().removesuffix("T00:00:00+00:00")
        except (OverflowError, OSError, ValueError):  # a number, though of no year that a calendar has
            return str(value)
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _time(name: str, value: Value | date) -> Value:
    """`time` is compared as Unix seconds, and written as an ISO date; TOML has a type for these."""
    if isinstance(value, date) or (name == "time" and isinstance(value, str)):
        return read_moment(str(value))
    return value


# --- putting together and applying


def every(filters: Sequence[Filter]) -> Filter | None:
    """The filter that all these make together; None of none."""
    if not filters:
        return None
    return filters[0] if len(filters) == 1 else And(tuple(filters))


def parts(filter: Filter | None) -> list[Filter]:
    """What must hold together."""
    if isinstance(filter, And):
        return [part for each in filter.parts for part in parts(each)]
    return [] if filter is None else [filter]


def within(scope: Scope) -> list[Filter]:
    """The filters that leave what a reader may see."""
    return [] if scope.whole else [Condition("access", "in", scope.parties)]


def inside(query: Query, document: str) -> Query:
    """The same question asked of one document, under the same conditions."""
    own = Condition("document", "eq", document)
    return replace(query, filter=every([*parts(query.conditions), own]), constraints=())


def check(filter: Filter) -> None:
    """Raises WrongUse where no document could be asked this."""
    match filter:
        case And(parts) | Or(parts) if parts:
            for part in parts:
                check(part)
        case Not(part):
            check(part)
        case Condition():
            _check_condition(filter)
        case _:
            raise WrongUse(f"The filter {filter!r} is empty or of an unknown kind; use And, Or, Not or Condition.")


def _check_condition(condition: Condition) -> None:
    field, op, value = condition.field, condition.op, condition.value
    if not field or '"' in field:
        raise WrongUse(f"The field name {field!r} cannot be filtered by; use a name without quotation marks.")
    if field in NUMBERS and not _is_number(value):
        raise WrongUse(f"The field {field!r} holds Unix seconds; compare it with a number, not with {value!r}.")
    if field in KEYWORDS and (op not in ("eq", "in") or isinstance(value, int | float)):
        raise WrongUse(f"The field {field!r} holds text; use eq or in with text, not {op} with {value!r}.")
    if isinstance(value, int | float) and not _fits(value):
        raise WrongUse(f"The field {field!r} is compared with no number, or one that is too large; mend it.")
    match op:
        case "eq" if isinstance(value, str | int | float):
            return
        case "in" if isinstance(value, tuple | list):
            if not all(isinstance(part, str) for part in value):
                raise WrongUse(f"The filter value {value!r} is no list of texts; give in a list of texts.")
        case "gt" | "gte" | "lt" | "lte" if _is_number(value):
            return
        case _:
            raise WrongUse(
                f"The filter {field} {op} {value!r} makes no sense; use eq with one value, in with a list of texts, "
                "gt, gte, lt or lte with a number."
            )


def _fits(value: float) -> bool:
    """Whether an engine can compare with it."""
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def matches(filter: Filter, fields: Mapping[str, Value]) -> bool:
    """Whether a document with these fields (`payload_of`) passes a filter that makes sense."""
    match filter:
        case And(parts):
            return all(matches(part, fields) for part in parts)
        case Or(parts):
            return any(matches(part, fields) for part in parts)
        case Not(part):
            return not matches(part, fields)
        case Condition(name, "eq" | "in", str() | tuple() as value):
            held = fields.get(name)
            return bool(set(_texts(name, value)) & set(held if isinstance(held, tuple) else (held,)))
        case Condition(name, op, int() | float() as value):
            return _compares(op, fields.get(name), value)
    return False


def _texts(name: str, value: str | tuple[str, ...]) -> tuple[str, ...]:
    texts = value if isinstance(value, tuple) else (value,)
    return tuple(text.rstrip("/") for text in texts) if name == "source" else texts


def _compares(op: str, held: Value | None, value: float) -> bool:
    if not isinstance(held, int | float):  # a boolean counts as 0 or 1
        return False
    match op:
        case "gt":
            return held > value
        case "gte":
            return held >= value
        case "lt":
            return held < value
        case "lte":
            return held <= value
        case _:
            return held == value


def fields_of(filter: Filter) -> set[str]:
    """The fields that a filter asks for."""
    match filter:
        case And(parts) | Or(parts):
            return set().union(*map(fields_of, parts))
        case Not(part):
            return fields_of(part)
        case Condition(name):
            return {name}


def contradiction(filter: Filter) -> str | None:
    """Why no document can pass, where two of the tests that must all hold exclude each other; else None."""
    parts = list(_conjunction(filter))
    for part in parts:
        if isinstance(part, Not) and part.part in parts:
            return f"{written(part.part)} and {written(part)} cannot both hold"
    for name in {part.field for part in parts if isinstance(part, Condition)}:
        tests = [part for part in parts if isinstance(part, Condition) and part.field == name]
        if _exclude(name, tests):
            return f"{' and '.join(map(written, tests))} cannot hold together"
    return None


def _exclude(name: str, tests: Sequence[Condition]) -> bool:
    """Whether no value passes all tests; a text field of the user's may hold several texts, so it may."""
    low, high = -math.inf, math.inf
    for test in tests:
        if isinstance(test.value, int | float):
            low = max(low, test.value) if test.op in ("gt", "gte", "eq") else low
            high = min(high, test.value) if test.op in ("lt", "lte", "eq") else high
    strict = any(test.op in ("gt", "lt") and test.value == low for test in tests)
    texts = [set(_texts(name, test.value)) for test in tests if isinstance(test.value, str | tuple)]
    single = name in ("document", "type") and bool(texts) and not set.intersection(*texts)
    return low > high or (low == high and strict) or single


def _conjunction(filter: Filter) -> Iterator[Filter]:
    if isinstance(filter, And):
        for part in filter.parts:
            yield from _conjunction(part)
    else:
        yield filter


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
