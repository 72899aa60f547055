"""What models write between tags inside their text (`<think>…</think>`), told apart while it streams."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

PieceKind = Literal["text", "reasoning", "stray"]


@dataclass(frozen=True, slots=True)
class Tag:
    """The marks that reasoning stands between."""

    opening: str
    closing: str


THINK = (
    Tag("<think>", "</think>"),
    Tag("<thinking>", "</thinking>"),
    Tag("[THINK]", "[/THINK]"),  # Magistral
    Tag("◁think▷", "◁/think▷"),  # Kimi
)
_SPACE = re.compile(r"\s*")


class TagFilter:
    """Sorts a text that arrives in any pieces into text and reasoning; the sum does not depend on the pieces.

    An opening mark counts only where its line is blank before it and no code fence is open, so an answer may speak of
    `<think>`. A closing mark without an opening one (templates that open the thinking in the prompt) counts at the
    beginning or the end of a line and yields ("stray", ""): what came before it was reasoning. White space after
    reasoning is dropped. `opened`: the text begins inside of the first tag.
    """

    def __init__(self, tags: Sequence[Tag] = THINK, *, opened: bool = False) -> None:
        self._opens = {tag.opening: tag for tag in tags}
        self._closes = {tag.closing for tag in tags}
        self._marks = [*self._opens, *self._closes]
        self._pattern = re.compile("|".join(map(re.escape, self._marks)) or r"(?!)")
        self.inside: Tag | None = tags[0] if opened and tags else None  # at the end: the tag that was never closed
        self._held = ""
        self._begun = False  # there was text
        self._skip = opened  # white space that comes next
        self._blank = True  # the line so far
        self._fences = 0  # code fences so far
        self._ticks = ""  # backticks at the end that may become one

    def skip_space(self) -> None:
        """Reasoning has come by another way: white space before the text is dropped."""
        self._skip = self._skip or not self._begun

    def feed(self, text: str) -> list[tuple[PieceKind, str]]:
        """What `text` decides, in order."""
        return self._read(text, final=False)

    def finish(self) -> list[tuple[PieceKind, str]]:
        """What was held back because it might have become a mark."""
        return self._read("", final=True)

    def _read(self, text: str, *, final: bool) -> list[tuple[PieceKind, str]]:
        data, self._held = self._held + text, ""
        found: list[tuple[PieceKind, str]] = []
        at = 0
        while at < len(data):
            at = self._outside(data, at, found, final) if self.inside is None else self._within(data, at, found, final)
        return found

    def _within(self, data: str, at: int, found: list[tuple[PieceKind, str]], final: bool) -> int:
        """Reads up to the closing mark; where the reading goes on."""
        assert self.inside is not None
        tag = self.inside
        end = data.find(tag.closing, at)
        if end < 0:
            part, self._held = (data[at:], "") if final else _hold(data[at:], (tag.closing,))
        else:
            part = data[at:end]
            self.inside = None
            self._blank = self._skip = True
        if part:
            found.append(("reasoning", part))
        return len(data) if end < 0 else end + len(tag.closing)

    def _outside(self, data: str, at: int, found: list[tuple[PieceKind, str]], final: bool) -> int:
        """Reads up to a mark that counts; where the reading goes on."""
        if self._skip:
            at = next(_SPACE.finditer(data, at)).end()
            self._skip = at == len(data)
        seen = at
        for match in self._pattern.finditer(data, at):
            start, end = match.span()
            self._see(data[seen:start])
            seen = start
            blank, closes = self._blank, match[0] in self._closes
            if not blank and not (closes and data[end : end + 1] in ("", "\r", "\n")):
                continue
            if self._fences % 2:
                continue
            self._emit(data[at:start], found)
            if not blank and end == len(data) and not final:  # what comes next decides
                self._held = data[start:]
                return len(data)
            if closes:
                found.append(("stray", ""))
                self._blank = self._skip = True
            else:
                self.inside = self._opens[match[0]]
            return end
        now, self._held = (data[at:], "") if final else _hold(data[at:], self._marks)
        if not self._begun and (not now or now.isspace()):  # it goes if a mark comes next
            self._held = "" if final else now + self._held
            return len(data)
        self._see(data[seen : at + len(now)])
        self._emit(now, found)
        return len(data)

    def _emit(self, text: str, found: list[tuple[PieceKind, str]]) -> None:
        if text and (self._begun or not text.isspace()):
            found.append(("text", text))
            self._begun = True

    def _see(self, text: str) -> None:
        """Keeps account of blank lines and code fences."""
        _, newline, line = text.rpartition("\n")
        self._blank = not line.strip() and (bool(newline) or self._blank)
        text = self._ticks + text
        self._fences += text.count("```")
        self._ticks = "`" * ((len(text) - len(text.rstrip("`"))) % 3)


def _hold(data: str, marks: Sequence[str]) -> tuple[str, str]:
    """`data` without, and only, the longest end that may be the beginning of a mark."""
    for length in range(min(len(data), max(map(len, marks), default=1) - 1), 0, -1):
        if any(mark.startswith(data[-length:]) for mark in marks):
            return data[:-length], data[-length:]
    return data, ""
