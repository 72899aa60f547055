"""What the bytes of a file hold: the part of loading that a hostile file could turn against us.

It takes bytes and gives plain values, so that it can be done in another process; see `isolated`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

from wenyuan.errors import SourceError
from wenyuan.load.fields import Fields, read_fields
from wenyuan.load.formats import PARSERS, recognise
from wenyuan.load.limits import Limits
from wenyuan.load.parsed import Parsed, clean
from wenyuan.types import Mark

_FENCE = re.compile(r" {0,3}(```|~~~)")
_H1 = re.compile(r"# +(.*?)[ #]*$")


@dataclass(frozen=True, slots=True)
class Content:
    """A file as its parser has read it; `fields` are those that it states of itself."""

    type: str
    text: str
    title: str = ""  # its first heading, else the one among its properties; empty where there is none
    fields: Fields = field(default_factory=Fields)
    marks: tuple[Mark, ...] = ()
    warnings: tuple[str, ...] = ()


ReadContent = Callable[[bytes, str, Limits], Content]
"""(bytes of a file, extension of its name, limits) → its content, or SourceError that does not name the file."""


def read_content(data: bytes, suffix: str, limits: Limits) -> Content:
    """The content of these bytes, by what they are or else by the extension.

    Raises SourceError for anything wrong with them, and MemoryError.
    """
    kind, doubts = recognise(data, suffix)
    parsed, noted = _parse(kind, data, limits)
    fields, ignored = read_fields(parsed.metadata)
    return Content(
        type=kind,
        text=parsed.text,
        title=clean(_first_h1(parsed.text) or parsed.title or "").strip(),
        fields=fields,
        marks=parsed.marks,
        warnings=tuple(map(clean, (*doubts, *parsed.warnings, *noted, *ignored))),
    )


def _parse(kind: str, data: bytes, limits: Limits) -> tuple[Parsed, tuple[str, ...]]:
    """The content and what the libraries warned of; whatever they raise becomes a SourceError."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            parsed = PARSERS[kind](data, limits)
        except (SourceError, MemoryError):
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:200] or error.__class__.__name__
            raise SourceError(f"it cannot be read as {kind} ({reason}); save it again from its application") from error
    if not parsed.text.strip():
        raise SourceError("it holds no text; fill or remove it")
    flattened = any("too deeply nested" in str(warning.message) for warning in caught)
    return parsed, ("it is nested too deeply: headings and tables became plain text",) if flattened else ()


def _first_h1(markdown: str) -> str | None:
    fence = ""
    for line in markdown.split("\n"):
        if mark := _FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        elif not fence and (heading := _H1.match(line)) and heading[1]:
            return heading[1]
    return None
