"""What a language model's text is marked with: the numbers of the passages it cites, and that they do not suffice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wenyuan.text.language import HAN

INSUFFICIENT = "INSUFFICIENT"
"""What a model is told to write, alone, where its sources do not suffice: the same word in every language."""

_LONGEST_RANGE = 50  # numbers that [1-50] may stand for

_DIGITS = "[0-9０-９]{1,3}+"  # four are a year
_MARKER = re.compile(
    rf"""(?P<open>[\[［【])\^?+[ ]?+
         (?P<numbers>{_DIGITS}(?:[ ]?+[-–—~～至,，、;；][ ]?+\^?+{_DIGITS}){{0,40}}+)
         (?:[:：]{_DIGITS})?+(?:†[^\]】\n]{{0,80}}+)?+
         [ ]?+[\]］】]""",
    re.VERBOSE,
)
_NUMBER = re.compile(rf"({_DIGITS})(?:[ ]?[-–—~～至][ ]?\^?({_DIGITS}))?")

_FENCE = re.compile(r"^[ ]{0,3}(`{3,}|~{3,})", re.MULTILINE)
_TICKS = re.compile(r"`+")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_DEFINITION = re.compile(r"^[ ]{0,3}\[\^?(\d{1,3})\]:[^\S\n]*(?:<|https?://|/|\.{1,2}/|mailto:|#)", re.MULTILINE)

_BEFORE = 48  # characters that say whether a bracket is an index
_PLAIN_WORD = re.compile(
    r"(?:^|[^A-Za-z0-9_.$@])(?:[A-Z]?[a-z]{3,}|[A-Z]{2,}|[\w.]*-[\w.-]*\w|\d+(?:[.,]\d+)*|\d\s?[A-Za-z]{1,3})$"
)
_ARRAY = re.compile(r"\b(?:arg[sv]|arrs?|arrays?|dicts?|items?|lists?|str|tuples?|vec|vectors?|matrix)$")
_CALL = re.compile(r"\w\([^()]{0,40}\)$")
_CODE_AFTER = re.compile(r"[ ]?(?:[=<>]|[+*/%-]=|\+\+|--)|\.\w|[({\w]")
_OPENS = re.compile(r"(?:\A|\n)[ \t]*(?:[-*+>•]|\d{1,2}[.)、])?[ \t]*\**$")  # the line, but for the mark of a list


@dataclass(frozen=True, slots=True)
class Marker:
    """A citation as written: `text[start:end]`, the numbers it names in order, and whether it opens its line."""

    start: int
    end: int
    numbers: tuple[int, ...]
    leads: bool = False  # what it proves stands after it: "[1] says that …"


def markers(text: str) -> list[Marker]:
    """The citations of a text in order: `[1]`, `[1][2]`, `[1,2]`, `[1-3]`, `[^1]`, `【1】`, `［１］`, `【1†source】`.

    Not one: what stands in code, an index ("a[1]"), a link ("[1](http…)", "[a][1]" with its definition), a group with
    the number 0, a number of four digits. Linear in the text.
    """
    found: list[Marker] = []
    skipped = iter(code_spans(text))
    defined = {int(match[1]) for match in _DEFINITION.finditer(text)}
    nothing = (len(text), len(text))
    begins, ends = next(skipped, nothing)
    for match in _MARKER.finditer(text):
        while match.start() >= ends and ends < len(text):
            begins, ends = next(skipped, nothing)
        if begins <= match.start() < ends:
            continue
        numbers = _numbers(match["numbers"])
        follows = bool(found) and found[-1].end == match.start()
        if 0 in numbers or not (follows or _cites(text, match)) or (not follows and _links(text, match, defined)):
            continue
        opens = _OPENS.search(text, max(0, match.start() - 8), match.start()) is not None
        rest = text[match.end() : match.end() + 200].partition("\n")[0]
        leads = found[-1].leads if follows else opens and any(map(str.isalnum, _MARKER.sub("", rest)))
        found.append(Marker(match.start(), match.end(), numbers, leads))
    return found


def without_markers(text: str) -> str:
    """The text without its citations and the white space that stood before them."""
    kept: list[str] = []
    last = 0
    for marker in markers(text):
        kept.append(text[last : marker.start] if marker.leads else text[last : marker.start].rstrip(" \t"))
        last = marker.end
        while marker.leads and text.startswith(" ", last):
            last += 1
    return "".join((*kept, text[last:]))


def _numbers(written: str) -> tuple[int, ...]:
    """Every number named, once; a range stands for all its numbers, unless it is too long to be meant."""
    numbers: list[int] = []
    for match in _NUMBER.finditer(written):
        first, last = int(match[1]), int(match[2] or match[1])
        low, high = min(first, last), max(first, last)
        numbers += range(low, high + 1) if high - low < _LONGEST_RANGE else (first, last)
    return tuple(dict.fromkeys(numbers))


def _cites(text: str, match: re.Match[str]) -> bool:
    """Whether a bracket after what is written before it cites, and is no index: a word[1], 字[1], but not a[1]."""
    at = match.start()
    previous = text[at - 1 : at]
    if match["open"] != "[" or not previous or not (previous.isalnum() or previous in "_])$"):
        return True
    if re.match(f"[{HAN}]", previous) or not previous.isascii():
        return True
    before = text[max(0, at - _BEFORE) : at]
    if previous == ")":
        return _CALL.search(before) is None
    if previous == "]":  # not a citation's, else it would follow one
        return re.search(r"\w\[[^\]]*\]$", before) is None
    if _ARRAY.search(before) or _PLAIN_WORD.search(before) is None:
        return False
    return _CODE_AFTER.match(text[match.end() : match.end() + 4]) is None


def _links(text: str, match: re.Match[str], defined: set[int]) -> bool:
    """Whether it is a link's: "[1](http…)", the definition "[1]: http…", or "[words][1]" that uses it."""
    if match["open"] != "[":
        return False
    if text.startswith("(", match.end()) or _DEFINITION.match(text, text.rfind("\n", 0, match.start()) + 1):
        return True
    return text[match.start() - 1 : match.start()] == "]" and not defined.isdisjoint(_numbers(match["numbers"]))


def code_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where code stands, in order: fenced blocks (to the end where one is not closed) and spans in back-ticks."""
    at = 0
    while opened := _FENCE.search(text, at):
        yield from _inline(text, at, opened.start())
        fence = opened[1]
        closing = re.compile(rf"^[ ]{{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[^\S\n]*$", re.MULTILINE)
        closed = closing.search(text, opened.end())
        end = closed.end() if closed else len(text)
        yield opened.start(), end
        at = end
        if not closed:
            return
    yield from _inline(text, at, len(text))


def _inline(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Code spans between two runs of as many back-ticks, within a paragraph."""
    edges = [*(match.start() for match in _PARAGRAPH.finditer(text, start, end)), end]
    last = start
    for edge in edges:
        runs = [(match.start(), match.end()) for match in _TICKS.finditer(text, last, edge)]
        closers: dict[int, list[int]] = {}
        for n, (left, right) in enumerate(runs):
            closers.setdefault(right - left, []).append(n)
        n = 0
        while n < len(runs):
            left, right = runs[n]
            same = closers[right - left]
            while same and same[0] <= n:
                same.pop(0)
            if same:
                yield left, runs[same[0]][1]
                n = same[0]
            n += 1
        last = edge
