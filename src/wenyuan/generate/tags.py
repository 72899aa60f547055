"""What models write between tags inside their text (`<think>…</think>`), told apart while it streams."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "reasoning", "call", "stray"]


@dataclass(frozen=True, slots=True)
class Tag:
    """An opening and a closing mark, and what stands between them."""

    opening: str
    closing: str
    kind: Literal["reasoning", "call"] = "reasoning"


THINK = (
    Tag("<think>", "</think>"),
    Tag("<thinking>", "</thinking>"),
    Tag("[THINK]", "[/THINK]"),  # Magistral
    Tag("◁think▷", "◁/think▷"),  # Kimi
)
CALL = Tag("<tool_call>", "</tool_call>", "call")  # Qwen and Hermes, where the server runs without a tool-call parser


class TagFilter:
    """Sorts a text that arrives in any pieces into text, reasoning and calls; the sum does not depend on the pieces.

    An opening mark counts only where its line is blank before it and no code fence is open, so an answer may speak of
    `<think>`. A closing mark without an opening one (templates that open the thinking in the prompt) counts at the
    beginning or the end of a line and yields ("stray", ""): what came before it was reasoning. White space after
    reasoning is dropped. `opened`: the text begins inside of the first tag.
    """

    def __init__(self, tags: Sequence[Tag] = THINK, *, opened: bool = False) -> None:
        self._opens = {tag.opening: tag for tag in tags}
        self._closes = {tag.closing for tag in tags if tag.kind == "reasoning"}
        marks = [*self._opens, *self._closes]
        self._marks = marks
        self._pattern = re.compile("|".join(map(re.escape, marks)) or r"(?!)")
        self.inside: Tag | None = tags[0] if opened and tags else None  # at the end: the tag that was never closed
        self._held = ""
        self._text: list[str] = []
        self._blank = True  # the line so far
        self._skip = opened  # white space that comes next

    def skip_space(self) -> None:
        """Reasoning has come by another way: white space before the text is dropped."""
        self._skip = self._skip or not self._text

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """What `text` decides, in order."""
        return self._read(text, final=False)

    def finish(self) -> list[tuple[Kind, str]]:
        """What was held back because it might have become a mark."""
        return self._read("", final=True)

    def _read(self, text: str, *, final: bool) -> list[tuple[Kind, str]]:
        data, self._held = self._held + text, ""
        found: list[tuple[Kind, str]] = []
        while data:
            data = self._outside(data, found, final) if self.inside is None else self._within(data, found, final)
        return found

    def _within(self, data: str, found: list[tuple[Kind, str]], final: bool) -> str:
        assert self.inside is not None
        tag = self.inside
        before, closing, after = data.partition(tag.closing)
        if not closing and not final:
            before, self._held = _hold(data, (tag.closing,))
        if closing and tag.kind == "call":
            before += closing  # calls that follow one another stay apart
        if before:
            found.append((tag.kind, before))
        if closing:
            self.inside = None
            self._blank, self._skip = True, True
        return after

    def _outside(self, data: str, found: list[tuple[Kind, str]], final: bool) -> str:
        if self._skip:
            data = data.lstrip()
            self._skip = not data
        if not self._text and data.isspace():  # it goes if a mark comes next
            self._held = "" if final else data
            return ""
        for match in self._pattern.finditer(data):
            start, end = match.span()
            blank = self._blank_before(data[:start])
            if not blank and (match[0] in self._opens or data[end : end + 1] not in ("", "\r", "\n")):
                continue
            if self._fenced(data[:start]):
                continue
            self._emit(data[:start], found)
            if not blank and end == len(data) and not final:  # what comes next decides
                self._held = data[start:]
                return ""
            if match[0] in self._closes:
                found.append(("stray", ""))
                self._blank, self._skip = True, True
            else:
                self.inside = self._opens[match[0]]
            return data[end:]
        now, self._held = (data, "") if final else _hold(data, self._marks)
        if not self._text and now.isspace():
            self._held = now + self._held
        self._emit(now, found)
        return ""

    def _emit(self, text: str, found: list[tuple[Kind, str]]) -> None:
        if not text or (not self._text and text.isspace()):
            return
        found.append(("text", text))
        self._text.append(text)
        self._blank = self._blank_before(text)

    def _blank_before(self, text: str) -> bool:
        _, newline, line = text.rpartition("\n")
        return not line.strip() and (bool(newline) or self._blank)

    def _fenced(self, text: str) -> bool:
        return ("".join(self._text) + text).count("```") % 2 == 1


def _hold(data: str, marks: Sequence[str]) -> tuple[str, str]:
    """`data` without, and only, the longest end that may be the beginning of a mark."""
    for length in range(min(len(data), max(map(len, marks), default=1) - 1), 0, -1):
        if any(mark.startswith(data[-length:]) for mark in marks):
            return data[:-length], data[-length:]
    return data, ""
