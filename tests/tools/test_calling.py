"""What a function returned, as the model reads it. The rest of calling is tested through the loop."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
from typing import Any

import pytest
from pydantic import BaseModel

from wenyuan.tools import ToolError
from wenyuan.tools.calling import as_text


class Model(BaseModel):
    name: str = "泵"


@dataclasses.dataclass
class Pair:
    a: int
    at: datetime.date


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{not json}", "{not json}"),
        (None, "null"),
        (Model(), '{"name": "泵"}'),
        ([Pair(1, datetime.date(2026, 1, 2))], '[{"a": 1, "at": "2026-01-02"}]'),
        ({"c": Colour.RED, "d": decimal.Decimal("1.10")}, '{"c": "red", "d": "1.10"}'),
        ((1, {2}), "[1, [2]]"),
    ],
)
def test_anything_but_a_string_becomes_json(value: Any, text: str) -> None:
    assert as_text(value) == text


def cyclic() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize("value", [object(), cyclic(), b"\xff", {"f": len}])
def test_what_json_cannot_hold_is_said_so(value: Any) -> None:
    with pytest.raises(ToolError, match="ran and returned, but its result"):
        as_text(value)
