"""`glossary.tsv`: what terms of a house are called in the other language, a Chinese and an English one a line."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from wenyuan.errors import WrongUse
from wenyuan.text.language import HAN
from wenyuan.text.normalise import fold
from wenyuan.text.words import content_words, words

FILE_NAME = "glossary.tsv"

_HAN = re.compile(f"[{HAN}]")


class Entry(NamedTuple):
    """A Chinese term and an English one that mean the same; the weight says how surely."""

    chinese: str
    english: str
    weight: float = 1.0


def read_entries(path: Path) -> list[Entry]:
    """The entries of a file; none where there is no such file.

    A line is `Chinese TAB English`, or these and a weight (0–1); empty lines and those that begin with # are left out.

    Raises:
        WrongUse: it is not UTF-8, or a line is no entry.
    """
    if not path.is_file():
        return []
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise WrongUse(f"{path} is not UTF-8 ({error}): save it as UTF-8.") from error
    return [_entry(path, n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]


def written(entries: Sequence[Entry]) -> str:
    """The text of a file of these entries."""
    return "".join(f"{each.chinese}\t{each.english}\t{each.weight:.2f}\n" for each in entries)


class OwnGlossary:
    """A `wenyuan.types.Glossary` of a house's own terms, of one word or several."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._chinese, self._english = defaultdict[str, list[Entry]](list), defaultdict[str, list[Entry]](list)
        for entry in entries:
            self._chinese[fold(entry.chinese)].append(entry)
            self._english[_stems(entry.english)].append(entry)

    def translations(self, text: str) -> Mapping[str, float]:
        """The words of each term whose counterpart stands in the text."""
        found: dict[str, float] = {}
        folded, stems = fold(text), _stems(text)
        meant = [(each.english, each.weight) for term, same in self._chinese.items() if term in folded for each in same]
        meant += [(each.chinese, each.weight) for term, same in self._english.items() if term in stems for each in same]
        for term, weight in meant:
            found |= {word: max(weight, found.get(word, 0.0)) for word in content_words(term)}
        return found


def _entry(path: Path, n: int, line: str) -> Entry:
    fields = [field.strip() for field in line.split("\t")]
    mend = "write a Chinese term, a tab, an English term, and after another tab a weight from 0 to 1 if you wish"
    if not 2 <= len(fields) <= 3 or not all(fields):
        raise WrongUse(f"{path}, line {n}, is no entry: {mend}.")
    chinese, english, *rest = fields
    if not _HAN.search(chinese) or _HAN.search(english) or not words(english):
        raise WrongUse(f"{path}, line {n}: '{chinese}' is not Chinese, or '{english}' not English: {mend}.")
    try:
        weight = float(rest[0]) if rest else 1.0
    except ValueError:
        weight = -1.0
    if not 0 < weight <= 1:
        raise WrongUse(f"{path}, line {n}: '{rest[0]}' is no weight: {mend}.")
    return Entry(chinese, english, weight)


def _stems(text: str) -> str:
    """The words of a text between spaces, so that one text stands in another only word by word."""
    return f" {' '.join(words(text))} "
