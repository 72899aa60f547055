"""Options that several commands share, and groups of them that a command takes as one parameter."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from wenyuan.cli.filters import parse_filter
from wenyuan.types import Filter

KB = Annotated[Path, typer.Option("--kb", help="The knowledge base: a folder.", envvar="WENYUAN_KB")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
TraceFile = Annotated[
    Path | None, typer.Option("--trace", help="Write what each stage saw and did to this file, as JSON.")
]


@dataclass(frozen=True)
class Narrowed:
    """Which documents take part."""

    where: Annotated[
        list[str],
        typer.Option("--where", help="Keep only what fits: type=pdf, time>=2024-01-01, product!=X100. Repeatable."),
    ] = field(default_factory=list)
    tree: Annotated[
        str | None,
        typer.Option("--filter", help='A JSON filter: {"or": [{"field": "type", "op": "eq", "value": "pdf"}]}.'),
    ] = None
    constraints: Annotated[
        bool,
        typer.Option(
            "--constraints/--no-constraints", help="Whether dates and documents the question names are filters."
        ),
    ] = True

    @property
    def filter(self) -> Filter | None:
        """The tests and the tree as one filter."""
        return parse_filter(self.where, self.tree)


@dataclass(frozen=True)
class Shown:
    """What a search shows of itself."""

    explain: Annotated[bool, typer.Option("--explain", help="Show what every stage said of each hit.")] = False
    trace: TraceFile = None
    as_json: AsJson = False


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Let parameters whose type is a dataclass be options of the command, one a field."""
    parameters: list[inspect.Parameter] = []
    groups: dict[str, Any] = {}
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in inspect.signature(command).parameters.items():
        if is_dataclass(hints[name]):
            groups[name] = hints[name]
            parameters += _options(hints[name])
        else:
            parameters.append(parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def run(**given: Any) -> None:  # noqa: ANN401 - whatever the command takes
        for name, group in groups.items():
            given[name] = group(**{each.name: given.pop(each.name) for each in fields(group)})
        command(**given)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _options(group: Any) -> list[inspect.Parameter]:  # noqa: ANN401 - a dataclass
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            each.name, inspect.Parameter.KEYWORD_ONLY, default=_default(each), annotation=hints[each.name]
        )
        for each in fields(group)
    ]


def _default(each: Field[Any]) -> Any:  # noqa: ANN401 - of any type
    if each.default_factory is not MISSING:
        return each.default_factory()
    return inspect.Parameter.empty if each.default is MISSING else each.default
