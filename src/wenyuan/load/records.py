"""JSON and JSON Lines as readable lines, `key: value`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wenyuan.errors import SourceError
from wenyuan.load.encoding import decode
from wenyuan.load.parsed import Parsed, ParsedText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wenyuan.load.limits import Limits

Json = dict[str, "Json"] | list["Json"] | str | float | bool | None


def parse_json(data: bytes, limits: Limits) -> Parsed:
    """An object or value; the members of an outermost array become blocks."""
    text, warnings = decode(data)
    try:
        value: Json = json.loads(text)
    except ValueError as error:
        raise SourceError(f"it is not valid JSON ({error}); mend it there") from error
    draft = ParsedText(limits)
    for record in value if isinstance(value, list) else [value]:
        draft.add(_block(record))
    return draft.finish(warnings=warnings)


def parse_jsonl(data: bytes, limits: Limits) -> Parsed:
    """One record a block with a row mark; a line that is not JSON is left out with a warning."""
    text, warnings = decode(data)
    draft = ParsedText(limits)
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record: Json = json.loads(line)
        except ValueError:
            warnings += (f"line {number} is not valid JSON and was left out",)
        else:
            draft.add(_block(record), row=number)
    if draft.length == 0:
        raise SourceError("no line of it is valid JSON; write one JSON value a line")
    return draft.finish(warnings=warnings)


def _block(record: Json) -> str:
    return "\n".join(_record_lines(record)) + "\n\n"


def _record_lines(record: Json) -> Iterator[str]:
    """The fields of a record at the left margin, so that long texts in them stay paragraphs."""
    if not isinstance(record, dict):
        yield from _items(record, "")
        return
    for key, value in record.items():
        if isinstance(value, dict | list):
            yield f"{key}:"
            yield from _items(value, "")
        else:
            yield f"{key}: {_scalar(value)}"


def _items(value: Json, indent: str) -> Iterator[str]:
    """Nested values as a Markdown list."""
    if not isinstance(value, dict | list):
        yield indent + _scalar(value)
        return
    named = value.items() if isinstance(value, dict) else ((None, member) for member in value)
    for key, member in named:
        label = "" if key is None else f"{key}: "
        if isinstance(member, dict | list):
            yield f"{indent}- {label}".rstrip()
            yield from _items(member, indent + "  ")
        else:
            yield f"{indent}- {label}{_scalar(member)}".replace("\n", f"\n{indent}  ")


def _scalar(value: str | float | bool | None) -> str:
    return value if isinstance(value, str) else json.dumps(value)
