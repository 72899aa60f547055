"""`--where` and `--filter` → Filter."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from wenyuan.errors import WrongUse
from wenyuan.types import And, Condition, Filter, Not, Or, Value

_WHERE = re.compile(r"^\s*([\w.-]+)\s*(>=|<=|!=|=|>|<)\s*(.*?)\s*$")
_RANGES: Mapping[str, Literal["gt", "gte", "lt", "lte"]] = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


def parse_filter(where: Sequence[str], tree: str | None) -> Filter | None:
    """All `--where` tests together, and `--filter`'s JSON tree.

    A test is `field=value` (several values by comma), `field!=value`, `field>=value` and so on. A tree node is
    {"and": [...]}, {"or": [...]}, {"not": ...} or {"field": …, "op": "eq|in|gt|gte|lt|lte", "value": …}.

    Raises:
        WrongUse: a test or node cannot be read.
    """
    parts = [_condition(test) for test in where]
    if tree is not None:
        try:
            parts.append(_node(json.loads(tree)))
        except json.JSONDecodeError as error:
            raise WrongUse(f"--filter is not valid JSON ({error}); quote it in single quotes.") from error
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def parse_metadata(pairs: Sequence[str]) -> dict[str, Value]:
    """`--meta key=value` pairs; several values by comma become a list, numbers and true/false their types."""
    metadata: dict[str, Value] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key.strip():
            raise WrongUse(f"--meta '{pair}' is not key=value; write for example --meta product=X100.")
        metadata[key.strip()] = _value(key.strip(), value)
    return metadata


def _condition(test: str) -> Filter:
    match = _WHERE.match(test)
    if not match:
        raise WrongUse(f"--where '{test}' is not a test; write for example type=pdf or time>=2024-01-01.")
    name, sign, text = match.groups()
    value = _value(name, text)
    if sign in _RANGES:
        return Condition(name, _RANGES[sign], value)
    equal = Condition(name, "in" if isinstance(value, tuple) else "eq", value)
    return Not(equal) if sign == "!=" else equal


def _node(node: object) -> Filter:
    match node:
        case {"and": [*parts], **rest} if not rest:
            return And(tuple(map(_node, parts)))
        case {"or": [*parts], **rest} if not rest:
            return Or(tuple(map(_node, parts)))
        case {"not": part, **rest} if not rest:
            return Not(_node(part))
        case {"field": str(name), "op": ("eq" | "in" | "gt" | "gte" | "lt" | "lte") as op, "value": value, **rest} if (
            not rest
        ):
            return Condition(name, op, _time(name, tuple(value) if isinstance(value, list) else value))
    raise WrongUse(
        f"--filter has a part that is no filter: {json.dumps(node, ensure_ascii=False)}; see `wenyuan search --help`."
    )


def _value(name: str, text: str) -> Value:
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


def _time(name: str, value: Value) -> Value:
    """`time` is compared as Unix seconds; it is written as an ISO date, in UTC where no zone is given."""
    if name != "time" or not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise WrongUse(f"'{value}' is not a date; write it like 2024-01-31 or 2024-01-31T08:00+08:00.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def parse_legs(leg: str) -> tuple[str, ...]:
    """--leg: one leg of recall alone, or both fused."""
    known = {"bm25": ("bm25",), "dense": ("dense",), "fused": ("bm25", "dense")}
    if leg not in known:
        raise WrongUse(f"--leg {leg} is not known; choose one of {', '.join(known)}.")
    return known[leg]
