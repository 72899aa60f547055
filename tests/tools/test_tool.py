"""Tools: the schema of a function, and arguments that are taken as they are or not at all."""

from __future__ import annotations

import contextlib
import datetime
import enum
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from wenyuan.errors import WrongUse
from wenyuan.tools.tool import MAX_ARGUMENTS, Tool, Toolbox, ToolError, fingerprint, tool


class Colour(enum.Enum):
    RED = "red"


class Address(TypedDict):
    street: str
    number: int


@dataclass
class Pair:
    a: int
    b: int


class Tree(BaseModel):
    below: list[Tree] = []


@tool
def weather(city: str, days: int = 1, unit: Literal["C", "F"] = "C") -> str:
    """The weather
    of a city.

    More that the model need not know.

    Args:
        city: Its name,
            in any language.
        days (int): How many days.
    Returns:
        unit: not a parameter's description
    """
    return f"{city} {days} {unit}"


def refusal(made: Tool, arguments: str) -> str:
    with pytest.raises(ToolError) as caught:
        made.validated(arguments)
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def test_the_schema_comes_from_annotations_and_docstring() -> None:
    assert weather.schema.name == "weather"
    assert weather.schema.description == "The weather of a city."
    assert weather.schema.parameters == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Its name, in any language."},
            "days": {"type": "integer", "default": 1, "description": "How many days."},
            "unit": {"type": "string", "enum": ["C", "F"], "default": "C"},
        },
        "required": ["city"],
        "additionalProperties": False,
    }


def test_a_chinese_docstring_is_read_too() -> None:
    @tool(name="order")
    def look(number: str) -> str:
        """查询订单。

        参数：
            number：订单号
        """
        return number

    assert look.description == "查询订单。"
    assert look.parameters["properties"]["number"]["description"] == "订单号"


GOOGLE = """Look.

Arguments:
    number (str): Of the
        order: "A-1".
    *rest: Whatever.

Note:
    rest: nothing.
"""
CHINESE = """查询。

参数:
    number（字符串）：Of the
        order: "A-1".
    rest: Whatever.

返回：
    rest：nothing.
"""
REST = """Look.

:param number: Of the
    order: "A-1".
:param rest: Whatever.
:returns: nothing.
"""
NUMPY = """Look.

Parameters
----------
number : str
    Of the
    order: "A-1".
rest
    Whatever.

Returns
-------
rest
    nothing.
"""
BARE = """
args:
    number: Of the order: "A-1".
    rest: Whatever.
"""


@pytest.mark.parametrize("text", [GOOGLE, CHINESE, REST, NUMPY, BARE])
def test_the_usual_styles_of_docstrings_are_read(text: str) -> None:
    def look(number: str, rest: str) -> str:
        return number

    look.__doc__ = text
    made = tool(look)
    told = {name: each["description"] for name, each in made.parameters["properties"].items()}
    assert told == {"number": 'Of the order: "A-1".', "rest": "Whatever."}
    assert made.description in ("Look.", "查询。", "")


def test_a_tool_is_called_like_its_function() -> None:
    assert weather("北京", days=2) == "北京 2 C"


def test_options_and_defaults() -> None:
    assert not weather.readonly
    assert not weather.approval
    assert (weather.seconds, weather.result_tokens) == (20, 4000)

    @tool(name="status", namespace="orders", readonly=True, approval=True, seconds=1, result_tokens=9, idempotent=True)
    async def other() -> str:
        return ""

    assert other.name == "orders.status"
    assert other.schema.name == "orders_status"
    assert other.waits
    assert other.readonly
    assert other.approval
    assert other.idempotent
    assert (other.seconds, other.result_tokens) == (1, 9)
    assert other.parameters == {"type": "object", "properties": {}, "additionalProperties": False}


def test_rich_types_arrive_as_such_and_schemas_hold_no_references() -> None:
    @tool
    def rich(
        at: datetime.date,
        colour: Colour,
        address: Address,
        pair: Pair,
        size: Annotated[int, Field(ge=1, le=9, description="how big")],
        tags: list[str] | None = None,
        json: float = 1.5,
        copy: dict[str, int] = {},  # noqa: B006
    ) -> str:
        return ""

    assert "$" not in str(rich.parameters)
    assert rich.parameters["properties"]["size"]["description"] == "how big"
    assert "title" not in str(rich.parameters)
    given = (
        '{"at": "2026-01-02", "colour": "red", "address": {"street": "s", "number": 1}, "pair": {"a": 1, "b": 2}, '
        '"size": 3, "json": 2}'
    )
    assert rich.validated(given) == {
        "at": datetime.date(2026, 1, 2),
        "colour": Colour.RED,
        "address": {"street": "s", "number": 1},
        "pair": Pair(1, 2),
        "size": 3,
        "json": 2.0,
    }
    assert "size" in refusal(rich, given.replace('"size": 3', '"size": 10'))
    assert "Extra" in refusal(rich, given.replace('"number": 1', '"number": 1, "more": 2'))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"city": "北京"}', {"city": "北京"}),
        ('```json\n{"city": "北京"}\n```', {"city": "北京"}),
        ('  {"city": "a", "days": 3}\n', {"city": "a", "days": 3}),
        ('{"city": "\\ud83d\\ude00"}', {"city": "😀"}),
    ],
)
def test_arguments_that_fit(arguments: str, expected: dict[str, Any]) -> None:
    assert weather.validated(arguments) == expected


@pytest.mark.parametrize("arguments", ["", "  ", "null", "{}"])
def test_nothing_is_an_empty_object(arguments: str) -> None:
    def ping(loud: bool = False) -> str:
        return ""

    assert tool(ping).validated(arguments) == {}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ('{"city": "北京"}{"city": "上海"}', "Extra data"),
        ('{"city": "北京"', "not valid JSON"),
        ('{"city": "北京",}', "not valid JSON"),
        ("{'city': '北京'}", "not valid JSON"),
        ('{"city": "a", "city": "b"}', "given twice"),
        ('{"city": "a", "days": NaN}', "NaN"),
        ('{"city": "a", "days": -Infinity}', "Infinity"),
        ('{"city": "a", "days": 1e999}', "too large"),
        ('{"city": "a", "days": ' + "9" * 5000 + "}", "not valid JSON"),
        ('{"city": "a", "days": "3"}', "days"),
        ('{"city": "a", "days": 3.5}', "days"),
        ('{"city": "a", "days": true}', "days"),
        ('{"city": 3}', "city"),
        ('{"city": null}', "city"),
        ("{}", "required"),
        ('{"city": "a", "town": "b"}', "Extra inputs"),
        ('{"city": "a", "p0": "b"}', "Extra inputs"),
        ('["北京"]', "an object is expected"),
        ('"北京"', "an object is expected"),
        ("北京", "not valid JSON"),
        ('{"city": "\\ud83d"}', "city"),
        ('{"city": ' + "[" * 40 + "]" * 40 + "}", "deep"),
        ('{"city": ' + "[" * 30_000 + "]" * 30_000 + "}", "deep"),
        ('{"city": "' + "a" * MAX_ARGUMENTS + '"}', "too long"),
        ('```\n{"city": "a"}\n```\nand more', "not valid JSON"),
    ],
)
def test_arguments_that_do_not_are_never_repaired(arguments: str, reason: str) -> None:
    told = refusal(weather, arguments)
    assert reason in told
    assert '"city"' in told  # the schema is shown
    assert len(told) < 3000


@given(st.text() | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(str))
def test_any_text_is_taken_or_refused(arguments: str) -> None:
    with contextlib.suppress(ToolError):
        assert set(weather.validated(arguments)) <= {"city", "days", "unit"}
    assert len(fingerprint(arguments)) == 64


def test_a_fingerprint_is_of_what_is_said() -> None:
    same = {fingerprint(text) for text in ('{"a":1,"b":[2]}', ' {"b": [2], "a": 1}', '```json\n{"a":1,"b":[2]}\n```')}
    assert len(same) == 1
    assert fingerprint('{"a":1}') != fingerprint('{"a":"1"}')
    assert fingerprint("null") == fingerprint("") == fingerprint("{}")


def untyped(a) -> str:  # type: ignore[no-untyped-def]
    return a


def anything(a: Any) -> str:
    return a


def many(*a: int) -> str:
    return ""


def named(**a: int) -> str:
    return ""


def positional(a: int, /) -> str:
    return ""


def of_functions(a: Callable[[], int]) -> str:
    return ""


def own_class(a: Toolbox) -> str:
    return ""


def lost(a: NoSuchType) -> str:  # type: ignore[name-defined] # noqa: F821
    return ""


def recursive(a: Tree) -> str:
    return ""


@pytest.mark.parametrize(
    "function",
    [
        untyped,
        anything,
        many,
        named,
        positional,
        of_functions,
        own_class,
        lost,
        recursive,
        functools.partial(weather),
    ],
)
def test_what_has_no_schema_is_refused_in_one_sentence(function: Any) -> None:
    with pytest.raises(WrongUse) as caught:
        tool(function)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_the_parameter_at_fault_is_named() -> None:
    def find(name: str, box: Toolbox, more: int = 1) -> str:
        return ""

    with pytest.raises(WrongUse, match="parameter 'box' of the tool 'find' cannot be written in JSON"):
        tool(find)


@pytest.mark.parametrize("name", ["查询", "a b", "", "1a", "a" * 65, "a..b"])
def test_a_name_that_no_endpoint_takes_is_refused(name: str) -> None:
    with pytest.raises(WrongUse, match=r"a name|called"):
        tool(name=name or "-")(weather.function)


@pytest.mark.parametrize("options", [{"seconds": 0}, {"result_tokens": -1}])
def test_limits_must_be_above_zero(options: dict[str, Any]) -> None:
    with pytest.raises(WrongUse, match="above 0"):
        tool(**options)(weather.function)


def test_methods_objects_and_partials_can_be_tools() -> None:
    class Shop:
        def price(self, item: str) -> float:
            return len(item)

        async def __call__(self, item: str) -> str:
            return item

    assert tool(Shop().price).validated('{"item": "a"}') == {"item": "a"}
    made = tool(name="shop")(Shop())
    assert made.waits
    assert made.validated('{"item": "a"}') == {"item": "a"}
    half = tool(name="half")(functools.partial(weather.function, days=2))
    assert half.validated('{"city": "a"}') == {"city": "a"}
    assert half.description == "The weather of a city."


def test_a_default_that_json_cannot_hold_is_the_functions_own_business() -> None:
    nothing = object()

    def find(name: str = nothing) -> bool:  # type: ignore[assignment]
        return name is nothing

    made = tool(find)
    assert made.parameters["properties"] == {"name": {"type": "string"}}
    assert made(**made.validated("{}"))


def test_a_toolbox_has_unique_names() -> None:
    def status(id: str) -> str:
        return id

    orders = tool(namespace="orders", name="status")(status)
    stock = tool(namespace="stock", name="status")(status)
    box = Toolbox([orders, stock, weather])
    assert len(box) == 3
    assert [schema.name for schema in box.schemas] == ["orders_status", "stock_status", "weather"]
    assert box.get("orders.status") is box.get("orders_status") is orders
    assert box.get("status") is None
    with pytest.raises(WrongUse, match="look the same"):
        Toolbox([orders, tool(name="orders_status")(status)])
    assert Toolbox([status]).get("status") is not None
