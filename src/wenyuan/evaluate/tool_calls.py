"""Whether calls of functions are the right ones: a pure check of names and arguments against what may be written.

The rules are those of the Berkeley Function-Calling Leaderboard's check of syntax trees (Patil et al. 2025), written
anew for JSON arguments, with full-width characters and Chinese punctuation treated like their western forms.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wenyuan.types import ToolCall, ToolSchema

OMITTED = ""  # among an argument's alternatives: it may be left out

_IGNORED = re.compile(r"[\s,./\-_*^。、·《》]")  # "April 1, 2024" is "april 1 2024"
_QUOTES = str.maketrans("'‘’“”「」", '"""""""')
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """A call that should be made: of each argument the alternatives, of which one must fit.

    An alternative that is an object has alternatives for each of its keys in turn; one that is an array is compared
    element by element, in order.
    """

    name: str
    arguments: Mapping[str, Sequence[Any]]


def mistake(calls: Sequence[ToolCall], expected: Sequence[ExpectedCall], tools: Sequence[ToolSchema]) -> str | None:
    """The first thing wrong with the calls, in words; None where they are right. The order of calls is free."""
    if len(calls) != len(expected):
        return f"{len(calls)} calls where {len(expected)} are right"
    schemas = {tool.name: tool.parameters for tool in tools}
    found = [[_call_mistake(call, wanted, schemas) for call in calls] for wanted in expected]
    if _assignable([[each is None for each in row] for row in found]):
        return None
    # The nearest call of the first expectation that no call meets tells most.
    reasons = next((row for row in found if None not in row), None)
    return "one call does not do for two" if reasons is None else max(filter(None, reasons), key=_nearness)


def _nearness(reason: str) -> bool:
    return not reason.startswith("function ")


def _call_mistake(call: ToolCall, wanted: ExpectedCall, schemas: Mapping[str, Mapping[str, Any]]) -> str | None:
    if call.name != wanted.name:
        return f"function {call.name} where {wanted.name} is right"
    try:
        given = json.loads(call.arguments or "{}")
    except ValueError:
        return f"the arguments of {call.name} are not JSON"
    if not isinstance(given, dict):
        return f"the arguments of {call.name} are no object"
    schema = schemas.get(call.name, {})
    return _object_mistake(given, wanted.arguments, schema.get("properties", {}), schema.get("required", ()))


def _object_mistake(
    given: Mapping[str, Any],
    wanted: Mapping[str, Any],
    properties: Mapping[str, Any],
    required: Sequence[str] = (),
) -> str | None:
    for name in given:
        if name not in wanted:
            return f"{name} was not asked for"
    for name, alternatives in wanted.items():
        options = alternatives if isinstance(alternatives, list | tuple) else [alternatives]
        if name not in given:
            if name in required or OMITTED not in options:
                return f"{name} is missing"
        elif not _typed(given[name], properties.get(name, {}), options):
            return f"{name} is of another type: {given[name]!r}"
        elif not any(_fits(given[name], option, properties.get(name, {})) for option in options):
            return f"{name} is {given[name]!r}"
    return None


def _typed(value: object, schema: Mapping[str, Any], options: Sequence[Any]) -> bool:
    """Whether the value has its schema's type, or else the type of an alternative: some stand for variables."""
    types = _TYPES.get(str(schema.get("type", "")))
    if types is None or _is_a(value, types):
        return True
    return any(type(value) is type(option) for option in options if option != OMITTED)


def _is_a(value: object, types: tuple[type, ...]) -> bool:
    if isinstance(value, bool):  # which is an int to Python, yet no number to JSON
        return bool in types
    return isinstance(value, types)


def _fits(value: object, option: object, schema: Mapping[str, Any]) -> bool:
    if isinstance(option, dict):
        properties, required = schema.get("properties", {}), schema.get("required", ())
        return isinstance(value, dict) and _object_mistake(value, option, properties, required) is None
    if isinstance(option, list):
        items = schema.get("items", {})
        return (
            isinstance(value, list)
            and len(value) == len(option)
            and all(_fits(one, other, items) for one, other in zip(value, option, strict=True))
        )
    if isinstance(value, bool) or isinstance(option, bool):
        return value is option
    if isinstance(value, str) and isinstance(option, str):
        return _plain(value) == _plain(option)
    return value == option


def _plain(text: str) -> str:
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text)).lower().translate(_QUOTES)


def _assignable(fits: Sequence[Sequence[bool]]) -> bool:
    """Whether every row can have a column of its own that fits (augmenting paths, Kuhn 1955)."""
    holder: dict[int, int] = {}

    def place(row: int, tried: set[int]) -> bool:
        for column, fit in enumerate(fits[row]):
            if fit and column not in tried:
                tried.add(column)
                if column not in holder or place(holder[column], tried):
                    holder[column] = row
                    return True
        return False

    return all(place(row, set()) for row in range(len(fits)))
