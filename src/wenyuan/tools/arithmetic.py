"""Arithmetic on a line of text, exact where decimals can be, without `eval`: nothing but numbers is ever computed.

Numbers have 50 digits and exponents to ±9999 at most, so that no input takes long: `9**9**9` overflows at once.
"""

from __future__ import annotations

import ast
import decimal
import re
import unicodedata
from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from wenyuan.tools.tool import ToolError

MAX_LENGTH = 500
_MAX_DEPTH = 50
_SHOWN = 15  # significant digits of what is not exact

_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "∕": "/", "⁄": "/"})
_NOT_REMAINDER = r"\s*%(?!\s*[\w.(])"
_PERCENT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)" + _NOT_REMAINDER)
_PERCENT_OF_ALL = re.compile(r"\)" + _NOT_REMAINDER)
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?")
_FORBIDDEN = ("I can calculate numbers with + - * / // % ** and parentheses, and the functions {}; not {!r}.").format


def _context() -> decimal.Context:
    traps = [decimal.DivisionByZero, decimal.InvalidOperation, decimal.Overflow]
    return decimal.Context(prec=50, rounding=decimal.ROUND_HALF_EVEN, Emin=-9999, Emax=9999, traps=traps)


def evaluate(expression: str) -> str:
    """The value as text: all digits where it is exact and has at most 50, else 15 with "≈" before them.

    Full-width characters, ×, ÷, ^ and percentages are understood: "15%" is 0.15, "7 % 3" a remainder, "7% - 3" is
    0.07 - 3. `//` and `%` round down as in Python; `round` rounds halves away from zero.

    Raises:
        ToolError: it is not arithmetic, divides by zero, or is too large.
    """
    if len(expression) > MAX_LENGTH:
        raise ToolError(f"The expression is longer than {MAX_LENGTH} characters; calculate it in parts.")
    text = unicodedata.normalize("NFKC", expression).translate(_SIGNS).replace("^", "**").strip().rstrip("=").strip()
    text = _PERCENT_OF_ALL.sub(")/100", _PERCENT.sub(r"(\1/100)", text))
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ToolError(f"{expression!r} is not an arithmetic expression, such as (3 + 4.5) * 15%.") from None
    context = _context()
    try:
        with decimal.localcontext(context) as local:
            value = _value(tree.body, text, 0)
            exact = not local.flags[decimal.Inexact]
            return _shown(value, exact=exact)
    except (decimal.DivisionByZero, ZeroDivisionError):
        raise ToolError("It divides by zero.") from None
    except decimal.Overflow:
        raise ToolError("The value is too large: it has more than 9999 digits.") from None
    except decimal.InvalidOperation:
        raise ToolError("It has no value, such as the root of a negative number, or too many digits.") from None


def _value(node: ast.expr, text: str, depth: int) -> Decimal:
    if depth > _MAX_DEPTH:
        raise ToolError("The expression is nested too deep; calculate it in parts.")
    if isinstance(node, ast.Constant):
        return _number(ast.get_source_segment(text, node) or "")
    if isinstance(node, ast.Name) and node.id in _CONSTANTS:
        return +_CONSTANTS[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        inner = _value(node.operand, text, depth + 1)
        return -inner if isinstance(node.op, ast.USub) else +inner
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _value(node.left, text, depth + 1), _value(node.right, text, depth + 1)
        return _finite(_OPERATORS[type(node.op)](left, right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        least, most, function = _FUNCTIONS[node.func.id]
        if node.keywords or not least <= len(node.args) <= most:
            raise ToolError(f"The function {node.func.id} takes {least} to {most} numbers.")
        return _finite(function([_value(each, text, depth + 1) for each in node.args]))
    raise ToolError(_FORBIDDEN(", ".join(_FUNCTIONS), ast.get_source_segment(text, node) or ""))


def _number(literal: str) -> Decimal:
    plain = literal.replace("_", "")
    if not _NUMBER.fullmatch(plain):
        raise ToolError(f"{literal[:40]!r} is not a decimal number.")
    return +Decimal(plain)  # the plus rounds to the context, and says so


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():  # 0**-1 and ln(0) are not trapped
        raise decimal.InvalidOperation
    return value


def _floored(a: Decimal, b: Decimal) -> tuple[Decimal, Decimal]:
    whole, rest = divmod(a, b)
    return (whole - 1, rest + b) if rest and (rest < 0) != (b < 0) else (whole, rest)


def _power(a: Decimal, b: Decimal) -> Decimal:
    return Decimal(1) if not b and a else a**b


_OPERATORS: dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: _floored(a, b)[0],
    ast.Mod: lambda a, b: _floored(a, b)[1],
    ast.Pow: _power,
}


def _round(given: Sequence[Decimal]) -> Decimal:
    places = given[1] if len(given) > 1 else Decimal(0)
    if places != int(places) or abs(places) > 40:
        raise ToolError("The places of round must be a whole number from -40 to 40.")
    apart = decimal.getcontext().copy()  # what was asked to be rounded is not inexact
    return given[0].quantize(Decimal(1).scaleb(-int(places)), ROUND_HALF_UP, apart)


def _whole(rounding: str) -> Callable[[Sequence[Decimal]], Decimal]:
    return lambda given: given[0].to_integral_value(rounding)


_FUNCTIONS: dict[str, tuple[int, int, Callable[[Sequence[Decimal]], Decimal]]] = {
    "abs": (1, 1, lambda given: abs(given[0])),
    "ceil": (1, 1, _whole(ROUND_CEILING)),
    "exp": (1, 1, lambda given: given[0].exp()),
    "floor": (1, 1, _whole(ROUND_FLOOR)),
    "ln": (1, 1, lambda given: given[0].ln()),
    "log10": (1, 1, lambda given: given[0].log10()),
    "max": (1, 50, max),
    "min": (1, 50, min),
    "round": (1, 2, _round),
    "sqrt": (1, 1, lambda given: given[0].sqrt()),
}
_CONSTANTS = {
    "pi": Decimal("3.14159265358979323846264338327950288419716939937511"),
    "e": Decimal("2.71828182845904523536028747135266249775724709369996"),
}


def _shown(value: Decimal, *, exact: bool) -> str:
    if not exact:
        value = decimal.Context(prec=_SHOWN, Emin=-9999, Emax=9999).plus(value)
    value = value.normalize() if value else Decimal(0)
    plain = f"{value:f}" if -20 <= value.adjusted() < 60 else f"{value}"
    return plain if exact else f"≈ {plain}"
