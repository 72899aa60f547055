"""Functions a language model may call: their schemas from annotations and docstrings, their arguments checked strictly.

Nothing a model writes is repaired: a repaired argument is a wrong action that nobody asked for. Only the empty text and
`null` count as `{}`, and one Markdown code fence around the whole is taken off. A trailing comma stays an error: the
model mends it in one round, and a parser that forgives it would have to be our own.
"""

from __future__ import annotations

import copy
import hashlib
import inspect
import json
import math
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn, overload

import docstring_parser
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema

from wenyuan.errors import WrongUse
from wenyuan.types import ToolSchema

MAX_ARGUMENTS = 65_536  # characters of a call's arguments
MAX_DEPTH = 32  # of objects and arrays within each other

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WIRE = 64  # characters of a name that every endpoint takes
_FENCE = re.compile(r"\s*```(?:json)?[ \t]*\n(.*?)\n?[ \t]*```\s*", re.DOTALL)
_SECTION = re.compile(r"^(?:args|arguments|parameters|参数)[ \t]*[:：][ \t]*$", re.IGNORECASE | re.MULTILINE)
_ENTRY = re.compile(r"^([ \t]+\*{0,2}\w+)[ \t]*(?:（[^）\n]*）)?[ \t]*：", re.MULTILINE)


class ToolError(Exception):
    """Raised by a tool to tell the model something: its message goes to the model as it stands, so no secrets in it.

    Of any other exception the model learns the class only. A tool with effects says by it that nothing was done; after
    any other exception (a lost connection, say) the call is in doubt, and an equal one is not run in the same run.
    """


@dataclass(frozen=True, slots=True)
class Tool:
    """A function with what the loop must know of it; calling the tool calls the function.

    `readonly` functions change nothing: they run side by side and are not journalled. An `idempotent` one may be run
    again when nobody knows whether it was. With `approval`, a person is asked before every call. `seconds` is its
    time limit, `result_tokens` what the model sees of its result at most.
    """

    name: str  # "orders.status", with its namespace
    description: str
    parameters: Mapping[str, Any]  # JSON schema of an object, without references
    function: Callable[..., Any] = field(repr=False)
    readonly: bool = False
    approval: bool = False
    idempotent: bool = False
    seconds: float = 20.0
    result_tokens: int = 4000
    _model: type[BaseModel] = field(default=BaseModel, repr=False)

    @property
    def wire_name(self) -> str:
        """The name as endpoints accept it: "orders_status"."""
        return self.name.replace(".", "_")

    @property
    def schema(self) -> ToolSchema:
        """The function as the model sees it."""
        return ToolSchema(self.wire_name, self.description, self.parameters)

    @property
    def waits(self) -> bool:
        """Whether the function is a coroutine function: it can be cancelled; one that is not runs in a thread."""
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(type(self.function).__call__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """What the function returns."""
        return self.function(*args, **kwargs)

    def validated(self, arguments: str) -> dict[str, Any]:
        """The arguments a model wrote, as the function takes them.

        Raises:
            ToolError: they are not JSON or do not fit the schema; the message tells the model how to mend them.
        """
        try:
            given = parsed(arguments)
            model = self._model.model_validate_json(json.dumps(given))
        except ValidationError as error:
            faults = [f"{'.'.join(map(str, one['loc'])) or 'arguments'}: {one['msg']}" for one in error.errors()[:5]]
            raise ToolError(f"The arguments do not fit: {'; '.join(faults)}. {self._shape()}") from None
        except ValueError as error:
            raise ToolError(f"The arguments are not valid JSON: {error}. {self._shape()}") from None
        fields = self._model.model_fields
        given_places = model.model_fields_set  # what is not among them keeps the function's own default
        return {info.alias or place: getattr(model, place) for place, info in fields.items() if place in given_places}

    def _shape(self) -> str:
        return f"The schema is {json.dumps(self.parameters, ensure_ascii=False)}"


def parsed(arguments: str) -> dict[str, Any]:
    """Arguments as a JSON object.

    Raises:
        ValueError: it is none, or one that parsers read differently (a key twice, NaN), or too long or too deep.
    """
    if len(arguments) > MAX_ARGUMENTS:
        raise ValueError(f"{len(arguments)} characters are too long, the most is {MAX_ARGUMENTS}")
    fenced = _FENCE.fullmatch(arguments)
    text = (fenced[1] if fenced else arguments).strip()
    if text in ("", "null"):
        return {}
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused, parse_float=_finite)
        if not isinstance(value, dict):
            raise ValueError("an object is expected, {…}")
        _check_depth(value)
    except RecursionError:
        raise ValueError(f"it is nested more than {MAX_DEPTH} deep") from None
    return value


def fingerprint(arguments: str) -> str:
    """A hash of what arguments say, whatever their white space and order of keys; of invalid ones that of `{}`."""
    try:
        value = parsed(arguments)
    except ValueError:
        value = {}
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} is given twice")
        found[key] = value
    return found


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"the number {number[:20]} is too large")
    return value


def _check_depth(value: object) -> None:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        inner: list[object] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        if not inner:
            return
        level = inner
    raise ValueError(f"it is nested more than {MAX_DEPTH} deep")


# --- from a function to a tool


class _Options(NamedTuple):
    name: str | None
    namespace: str | None
    readonly: bool
    approval: bool
    idempotent: bool
    seconds: float
    result_tokens: int


@overload
def tool(function: Callable[..., Any], /) -> Tool:
    """Bare: `@tool`."""


@overload
def tool(
    *,
    name: str | None = None,
    namespace: str | None = None,
    readonly: bool = False,
    approval: bool = False,
    idempotent: bool = False,
    seconds: float = 20.0,
    result_tokens: int = 4000,
) -> Callable[[Callable[..., Any]], Tool]:
    """With arguments: `@tool(readonly=True)`."""


def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    namespace: str | None = None,
    readonly: bool = False,
    approval: bool = False,
    idempotent: bool = False,
    seconds: float = 20.0,
    result_tokens: int = 4000,
) -> Tool | Callable[[Callable[..., Any]], Tool]:
    """Make a typed function, sync or async, a tool: `@tool` or `@tool(readonly=True)`.

    The first paragraph of its docstring becomes the description, what it says under `Args:` (or 参数, or in the style
    of reST, NumPy or Epydoc) that of its parameters. A function that is not said to be `readonly` is taken to have
    effects: it runs alone and at most once.

    Raises:
        WrongUse: no schema can be made of the function; the sentence says which parameter is at fault.
    """
    options = _Options(name, namespace, readonly, approval, idempotent, seconds, result_tokens)
    return _made(function, options) if function is not None else lambda given: _made(given, options)


def _made(function: Callable[..., Any], options: _Options) -> Tool:
    own = options.name or str(getattr(function, "__name__", ""))
    full = f"{options.namespace}.{own}" if options.namespace else own
    if not all(_NAME.fullmatch(part) for part in full.split(".")) or len(full) > _WIRE:
        raise WrongUse(
            f"A tool cannot be called {full!r}: give it a name of at most {_WIRE} letters A-Z, digits, '_' or '-', "
            "such as @tool(name='order_status')."
        )
    if options.seconds <= 0 or options.result_tokens <= 0:
        raise WrongUse(f"The tool {full!r} needs seconds and result_tokens above 0.")
    description, about = _docstring(inspect.getdoc(_annotated(function)) or inspect.getdoc(function) or "")
    fields = _fields(function, full, about)
    try:
        model, schema = _model(fields)
    except (PydanticUserError, TypeError):
        raise WrongUse(_unsupported(fields, full)) from None
    definitions = schema.pop("$defs", {})
    parameters = {"type": "object", "properties": {}, **_flat(schema, definitions, (), full)}
    return Tool(full, description, parameters, function, *options[2:], _model=model)


def _fields(function: Callable[..., Any], name: str, about: Mapping[str, str]) -> dict[str, Any]:
    """The parameters for pydantic, under names of their own: "json" or "copy" would hide methods of the model."""
    try:
        hints = typing.get_type_hints(_annotated(function), include_extras=True)
        signature = inspect.signature(function)
    except (NameError, TypeError, ValueError) as error:
        raise WrongUse(f"The types of the tool {name!r} cannot be read ({error}); define them in its module.") from None
    fields: dict[str, Any] = {}
    for at, (own, parameter) in enumerate(signature.parameters.items()):
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise WrongUse(f"The parameter {own!r} of the tool {name!r} must be one that can be given by its name.")
        if own not in hints or hints[own] is Any:
            raise WrongUse(f"The parameter {own!r} of the tool {name!r} needs a type, such as {own}: str.")
        default = ... if parameter.default is parameter.empty else parameter.default
        told: dict[str, Any] = {"description": about[own]} if own in about else {}  # else that of its annotation holds
        fields[f"p{at}"] = (hints[own], Field(default, alias=own, **told))
    return fields


def _model(fields: dict[str, Any]) -> tuple[type[BaseModel], dict[str, Any]]:
    """The arguments as a pydantic model, and its JSON schema; pydantic's errors and TypeError where there is none."""
    config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
    model = create_model("Arguments", __config__=config, **fields)
    return model, model.model_json_schema(by_alias=True, schema_generator=_Quiet)


def _annotated(function: Callable[..., Any]) -> Callable[..., Any]:
    while hasattr(function, "func"):  # functools.partial
        function = function.func
    plain = inspect.isroutine(function)
    return function if plain else type(function).__call__


class _Quiet(GenerateJsonSchema):
    # A default that JSON cannot hold is left out: it is the function's own business.
    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012


def _unsupported(fields: dict[str, Any], name: str) -> str:
    for place, (hint, info) in fields.items():
        try:
            _model({place: (hint, info)})
        except (PydanticUserError, TypeError) as error:
            where = f"The type of the parameter {info.alias!r} of the tool {name!r}"
            if getattr(error, "code", "") == "typed-dict-version":
                return f"{where} is a TypedDict of typing; on this Python take that of typing_extensions."
            return f"{where} cannot be written in JSON; use str, int, float, bool, list, dict or a dataclass of these."
    return f"The tool {name!r} has parameters that JSON cannot hold together; rename or simplify them."


def _flat(schema: Any, definitions: Mapping[str, Any], above: tuple[str, ...], name: str) -> Any:  # noqa: ANN401
    """The schema without references and titles: it may be put into another one, and small models read it better."""
    if isinstance(schema, list):
        return [_flat(each, definitions, above, name) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = schema["$ref"].rpartition("/")[2]
        if target in above:
            raise WrongUse(f"The tool {name!r} has a parameter whose type {target!r} contains itself; use a flat one.")
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _flat({**copy.deepcopy(definitions[target]), **rest}, definitions, (*above, target), name)
    flat = {}
    for key, value in schema.items():
        if key == "properties":
            flat[key] = {one: _flat(inner, definitions, above, name) for one, inner in value.items()}
        elif key not in ("title", "discriminator"):
            flat[key] = value if key in ("default", "enum", "const") else _flat(value, definitions, above, name)
    return flat


def _docstring(text: str) -> tuple[str, dict[str, str]]:
    """The first paragraph, and what the docstring says of each parameter, in any of the usual styles."""
    paragraph = re.split(r"\n\s*\n", text.strip(), maxsplit=1)[0]
    description = "" if _SECTION.match(paragraph) else " ".join(paragraph.split())
    # The parser knows its own spelling of the headings only, and no full-width colons.
    western = _ENTRY.sub(r"\1: ", _SECTION.sub("Args:", text))
    said = docstring_parser.parse(western if description else f"-\n\n{western}")
    return description, {each.arg_name.strip("*"): " ".join((each.description or "").split()) for each in said.params}


# --- many tools


class Toolbox:
    """The tools of one conversation, by unique names; the model sees these and no others.

    Some may be `handed`: whoever converses runs them, so a call of one ends the run. With `demanded` the model is told
    that it must call one.
    """

    def __init__(
        self,
        tools: Iterable[Tool | Callable[..., Any]] = (),
        handed: Iterable[ToolSchema] = (),
        *,
        demanded: bool = False,
    ) -> None:
        """Plain functions are made tools by `tool`; two of one name are a WrongUse."""
        self.demanded = demanded
        self._tools: dict[str, Tool] = {}
        self._handed: dict[str, ToolSchema] = {}
        for each in tools:
            made = each if isinstance(each, Tool) else tool(each)
            if made.wire_name in self._tools:
                other = self._tools[made.wire_name].name
                raise WrongUse(f"Two tools look the same to a model, {other!r} and {made.name!r}; rename one of them.")
            self._tools[made.wire_name] = made
        for schema in handed:
            if schema.name in self._handed or schema.name in self._tools:
                raise WrongUse(f"The function {schema.name!r} is offered twice, or is the engine's own; rename it.")
            self._handed[schema.name] = schema

    def __len__(self) -> int:
        return len(self._tools)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def get(self, name: str) -> Tool | None:
        """The tool that a model names so, with its namespace's dot or without; None where there is none."""
        found = self._tools.get(name)
        return found or next((each for each in self._tools.values() if each.name == name), None)

    def hands(self, name: str) -> bool:
        """Whether this is the name of a tool that is not run here."""
        return name in self._handed

    @property
    def schemas(self) -> tuple[ToolSchema, ...]:
        """The tools as the model sees them."""
        return (*(each.schema for each in self), *self._handed.values())
