"""What a parser hands over, and the draft it writes it with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wenyuan.errors import SourceError
from wenyuan.types import Mark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wenyuan.load.limits import Limits

_LINE_BREAKS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The content of a file. `metadata` is as the file states it, not yet validated."""

    text: str
    marks: tuple[Mark, ...] = ()
    title: str | None = None  # from the format's own properties, not from a heading
    metadata: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class ParsedText:
    """A text that grows piece by piece, clean, within the limit, with a mark wherever the place changes."""

    def __init__(self, limits: Limits) -> None:
        self._limit = limits.text_chars
        self._pieces: list[str] = []
        self._marks: list[Mark] = []
        self.length = 0

    def add(self, text: str, page: int | None = None, sheet: str | None = None, row: int | None = None) -> None:
        """Append `text`, which comes from the given place of the source; SourceError beyond `text_chars`."""
        text = clean(text)
        mark = Mark(self.length, page, sheet, row)
        if text and (page or sheet or row):
            self._marks.append(mark)
        self._pieces.append(text)
        self.length += len(text)
        if self.length > self._limit:
            raise SourceError(f"it holds more than {self._limit:,} characters of text; split it into smaller files")

    def finish(
        self, title: str | None = None, metadata: Mapping[str, object] | None = None, warnings: tuple[str, ...] = ()
    ) -> Parsed:
        """The finished content."""
        return Parsed("".join(self._pieces), tuple(self._marks), title, metadata or {}, warnings)


def clean(text: str) -> str:
    r"""One kind of line break (\n); no control characters, lone surrogates or byte-order marks."""
    return _UNWANTED.sub("", _LINE_BREAKS.sub("\n", text))
