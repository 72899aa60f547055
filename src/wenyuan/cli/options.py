"""Options that belong together, as one value of a command."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command as typer is to see it: a parameter that is a dataclass gives way to one option for each field."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}

    @functools.wraps(command)
    def run(**given: Any) -> None:  # noqa: ANN401 — what typer has parsed
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    def spread() -> Iterator[inspect.Parameter]:
        for name, parameter in inspect.signature(command).parameters.items():
            if name not in groups:
                yield parameter.replace(annotation=hints[name])
                continue
            types = get_type_hints(groups[name], include_extras=True)
            for field in fields(groups[name]):
                yield parameter.replace(name=field.name, annotation=types[field.name], default=_default(field))

    parameters = list(spread())
    run.__dict__["__signature__"] = inspect.Signature(parameters)
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _default(field: Field[Any]) -> Any:  # noqa: ANN401 — a field's own
    return field.default_factory() if field.default_factory is not MISSING else field.default
