"""What a turn lists, as it was written: "1. A 2. B", "A、B和C", "A, B and C", "A or B"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wenyuan.conversation.lexicon import listed
from wenyuan.conversation.phrases import phrases, simplified
from wenyuan.text.language import HAN
from wenyuan.text.normalise import normalise
from wenyuan.text.segments import tagged

LONGEST = 2_000  # characters of a turn in which a list is looked for
_MOST = 12  # items
_NAME = 40  # characters of an item's name

# A marker stands at the beginning or after a blank or a stop; a version ("8.5") or a time is none.
_MARKS = (
    re.compile(r"(?:(?<=[\s:：;；。.])|^)[(（]?(?P<n>[1-9]|1[0-2])(?:[)）、．]|\.(?!\d))\s*"),
    re.compile(r"(?P<n>[①②③④⑤⑥⑦⑧⑨])\s*"),
    re.compile(r"(?:(?<=[\s:：;；。])|^)(?P<n>[一二三四五六七八九])(?=、)、\s*"),
    re.compile(r"(?:(?<=[\s:：;；。,，])|^)第(?P<n>[一二三四五六七八九])(?:[个种款]?是|[个种款]?[,，:：])\s*"),
    re.compile(r"\b(?P<n>first|second|third|fourth|fifth)(?:ly)?,\s*", re.I),
)
_VALUES = {mark: n for marks in ("①②③④⑤⑥⑦⑧⑨", "一二三四五六七八九") for n, mark in enumerate(marks, 1)} | {
    word: n for n, word in enumerate(("first", "second", "third", "fourth", "fifth"), 1)
}
_BULLET = re.compile(r"(?:^|(?<=\s))[-*•·]\s+")
_HEAD_ENDS = re.compile(r"[:：,，;；。!！?？\n(（]|\.(?:\s|$)|\s[-–—]+\s|——|是指|(?<=\S)\s(?:is|are|which|that|for)\s")

_JOIN_ZH = re.compile(r"^(?:、|和|与|或|或者|以及|及|还是|还有|跟)$")
_JOIN_EN = re.compile(
    r"(?:\s*,\s*(?:(?:and|or|as well as)\s+)?|\s+(?:and|or|versus|vs\.?)\s+)(?:(?:the|an?)\s+)?", re.I
)
_STOPS = frozenset("uprcdmyo")  # first letters of parts of speech that the name of an item does not hold
_SAYS = re.compile(r"\w")
_HAN = re.compile(f"[{HAN}]")
_AND = re.compile(r"\s+(?:and|&)\s+")


def items_of(turn: str) -> list[str]:
    """The items of the last list in a turn, in order: at least two, or none."""
    text = turn[:LONGEST]
    for found in (_numbered(text), _bulleted(text), _joined(text)):
        if 2 <= len(found) <= _MOST:
            return [normalise(item) for item in found]
    return []


def _numbered(text: str) -> list[str]:
    """The last run of at least two markers that count from one."""
    for pattern in _MARKS:
        runs: list[list[tuple[int, int]]] = []
        for mark in pattern.finditer(text):
            n = _value(mark["n"])
            if n == 1:
                runs.append([])
            if runs and n == len(runs[-1]) + 1:
                runs[-1].append(mark.span())
        lists = [run for run in runs if len(run) > 1]
        if lists and (names := _heads(text, lists[-1])):
            return names
    return []


def _value(mark: str) -> int:
    return int(mark) if mark.isdecimal() and mark.isascii() else _VALUES[mark.lower()]


def _bulleted(text: str) -> list[str]:
    return _heads(text, [found.span() for found in _BULLET.finditer(text)])


def _heads(text: str, marks: list[tuple[int, int]]) -> list[str]:
    """What stands after each marker, as far as it names the item."""
    if not marks:
        return []
    ends = [start for start, _ in marks[1:]] + [len(text)]
    heads = [_head(text[begin:end]) for (_, begin), end in zip(marks, ends, strict=True)]
    return heads if all(heads) else []


def _head(item: str) -> str:
    item = item[: 4 * _NAME].strip(" \"'“”`*")
    end = _HEAD_ENDS.search(item)
    head = item[: end.start()] if end else item
    return head.strip(" \"'“”`*;；。.") if len(head) <= _NAME else ""


def _joined(text: str) -> list[str]:
    found = _joined_zh(text) if _HAN.search(text) else []
    return found or _joined_en(text)


def _joined_zh(text: str) -> list[str]:
    """Names on both sides of joining words; the last such run of the turn."""
    runs: list[list[str]] = [[]]
    item, joined = "", False
    for word, tag in _tokens(text):
        if _JOIN_ZH.match(word):
            if item.strip():
                runs[-1].append(item.strip())
                joined = True
            item = ""
        elif tag[0] in _STOPS or not (_SAYS.search(word) or word in " -_./+") or (not joined and tag[0] == "v"):
            if joined and item.strip():
                runs[-1].append(item.strip())
            runs.append([])
            item, joined = "", False
        else:
            item += word
    if joined and item.strip():
        runs[-1].append(item.strip())
    lists = [run for run in runs if len(run) > 1 and all(len(each) <= _NAME for each in run)]
    return _trimmed(lists[-1]) if lists else []


def _trimmed(items: list[str]) -> list[str]:
    """Items without what follows a Latin name in the last one, where the others are Latin names alone."""
    if any(_HAN.search(item) for item in items[:-1]):
        return items
    return [*items[:-1], _HAN.split(items[-1])[0].strip() or items[-1]]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Words as they are written, with the dictionary's part of speech; code and punctuation are "x"."""
    at = 0
    for word, tag in tagged(simplified(text)):
        yield text[at : at + len(word)], tag or "x"
        at += len(word)


def _joined_en(text: str) -> list[str]:
    said = phrases(text)
    lists: list[list[str]] = []
    end = -1
    for phrase in said:
        names = [name for name in _AND.split(phrase.text) if name] if phrase.kind == "name" else [phrase.text]
        if lists and _JOIN_EN.fullmatch(text, end, phrase.start):
            lists[-1] += names
        else:
            lists.append(names)
        end = phrase.end
    full = [names for names in lists if len(names) > 1 and not set(names) & listed("en", "sides")]
    return full[-1] if full else []
