"""Metadata from front matter, sidecar and caller: one rule for what a field may be."""

from __future__ import annotations

import datetime
import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wenyuan.errors import SourceError
from wenyuan.types import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESERVED = {"source", "type", "document"}
_TIMES = ("date", "time")
_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_FRONT_MATTER_CHARS = 65_536
_HALVES = re.compile("[\ud800-\udfff]")  # of characters: JSON can name them, but they cannot be written down


@dataclass(frozen=True, slots=True)
class Fields:
    """Title, time (Unix seconds) and the user's own fields, as one origin states them."""

    title: str | None = None
    time: float | None = None
    metadata: dict[str, Value] = field(default_factory=dict)

    def over(self, lower: Fields) -> Fields:
        """Both together; where both state something, self wins."""
        return Fields(
            self.title or lower.title,
            lower.time if self.time is None else self.time,
            {**lower.metadata, **self.metadata},
        )


def read_fields(raw: Mapping[str, object]) -> tuple[Fields, tuple[str, ...]]:
    """The fields that are valid, and one sentence for each that is not. Times without a zone are UTC."""
    title, time = None, None
    metadata: dict[str, Value] = {}
    problems = []
    for name, value in raw.items():
        name = _whole(name)  # noqa: PLW2901 - halves of characters are gone from here on
        if name == "title" and isinstance(value, str):
            title = _whole(value).strip() or None
        elif name in _TIMES and (moment := _moment(value)) is not None:
            time = moment
        elif name in _TIMES:
            problems.append(f"the field '{name}' is not an ISO 8601 date such as 2025-01-31")
        elif name == "access":
            metadata[name] = _groups(value)
            if not metadata[name]:
                problems.append("the field 'access' names no group, so nobody but the owner sees it; name one or more")
        elif name in _RESERVED:
            problems.append(f"the field name '{name}' is reserved; choose another")
        elif (valid := _value(value)) is not None:
            metadata[name] = valid
        else:
            problems.append(f"the field '{name}' is not a text, number, true/false or list of texts")
    return Fields(title, time, metadata), tuple(problems)


def read_sidecar(data: bytes) -> Fields:
    """The fields of a `<file>.meta.json`; SourceError for the first thing wrong in it."""
    try:
        raw = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SourceError(f"its sidecar is not valid JSON ({error}); mend the .meta.json file") from error
    if not isinstance(raw, dict):
        raise SourceError('its sidecar is not a JSON object; write {"name": value, …} in the .meta.json file')
    fields, problems = read_fields(raw)
    if problems:
        raise SourceError(f"in its sidecar {problems[0]}")
    return fields


def split_front_matter(text: str) -> tuple[dict[str, object], str, tuple[str, ...]]:
    """(fields, text after them, warnings); a text that begins with a mere thematic break is returned whole."""
    import yaml

    match = _FRONT_MATTER.match(text[:_FRONT_MATTER_CHARS])
    if match is None:
        return {}, text, ()
    try:
        raw = yaml.safe_load(match[1] or "{}")
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, text, ("its front matter is not valid YAML and was kept as text",)
    if not isinstance(raw, dict):
        return {}, text, ()
    return (
        {str(name): _plain(value) for name, value in raw.items() if value is not None or name == "access"},
        text[match.end() :],
        (),
    )


def _plain(value: object) -> object:
    """YAML's dates and lists of scalars as JSON would hold them."""
    if isinstance(value, datetime.date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, list) and not any(isinstance(item, list | dict | tuple | set) for item in value):
        return [str(item) for item in value]
    return value


def _value(value: object) -> Value | None:
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, int | float):
        return value if _is_finite(value) else None
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(map(_whole, value))
    return None


def _is_finite(value: float) -> bool:
    """Whether it is a number that an engine can hold."""
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _whole(text: str) -> str:
    return _HALVES.sub("\ufffd", text)


def _groups(value: object) -> tuple[str, ...]:
    """The groups that a field names; none where it is no text: what was meant to be hidden stays hidden."""
    named = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else ()
    texts = [_whole(each).strip() for each in named if isinstance(each, str)]
    return tuple(dict.fromkeys(filter(None, texts))) if len(texts) == len(named) else ()


def _moment(value: object) -> float | None:
    if not isinstance(value, str | int | float | datetime.date):  # aliases make a small list one that nobody can write
        return None
    try:
        moment = datetime.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
