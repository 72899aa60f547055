"""Texts that say the same in Chinese and English → what each word is in the other language.

IBM Model 1 (Brown et al. 1993) both ways: which word of one text explains a word of the other is learnt from all pairs
by expectation maximisation; an entry stays where both directions agree. A pair may be a sentence, a paragraph or a
short section; the shorter, the surer.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from wenyuan.errors import WrongUse
from wenyuan.glossary import Entry, written
from wenyuan.jsonl import malformed, read_rows
from wenyuan.text.language import HAN
from wenyuan.text.words import content_words, word_spans, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Weights = NDArray[np.float64]

_ROUNDS = 8
_LONGEST = 100  # different words of a text that are looked at
_AGREED = 0.08  # the least probability each way
_SEEN = 3  # texts that a Chinese word must stand in, at least
_EXPLAINED = 1.5  # times that the word must have explained the other, as expected

_CHINESE = re.compile(f"[{HAN}]{{2,}}")
_ENGLISH = re.compile("[a-z][a-z-]{2,}")


def make_glossary(data: Path, out: Path) -> list[Entry]:
    """Learn from a file of texts side by side, JSONL with `zh` and `en`, and write the entries to `out`.

    Raises:
        WrongUse: there is no such file, its texts teach nothing, or there is something at `out`.
        SourceError: a line has no such texts.
    """
    if out.exists():
        raise WrongUse(f"{out} is there already: name another file, its entries may be corrected by hand.")
    entries = learn_glossary(_texts(data))
    try:
        out.write_text(written(entries), "utf-8")
    except OSError as error:
        raise WrongUse(f"{out} cannot be written ({error}): name another file.") from error
    return entries


def _texts(data: Path) -> Iterator[tuple[str, str]]:
    for number, row in read_rows(data):
        chinese, english = row.get("zh"), row.get("en")
        if not (isinstance(chinese, str) and isinstance(english, str)):
            raise malformed(data, number, "it needs the texts zh and en")
        yield chinese, english


def learn_glossary(pairs: Iterable[tuple[str, str]]) -> list[Entry]:
    """Entries of single words, from (Chinese, English) texts, the surest first; English as it is mostly written.

    Raises:
        WrongUse: the texts are too few for any word to be sure.
    """
    texts = [_paired(*part) for chinese, english in pairs for part in _aligned(chinese, english)]
    surfaces = _surfaces(text for _, _, text in texts)
    seen = _Seen.of([(chinese, english) for chinese, english, _ in texts if chinese and english])
    if not len(seen.texts):
        raise WrongUse("The texts hold no word to learn from: give pairs of Chinese and English that say the same.")
    to, back = _model_1(seen.texts, seen.chinese, seen.english), _model_1(seen.texts, seen.english, seen.chinese)
    found = [
        Entry(seen.chinese_words[c], _written(seen.english_words[e], surfaces), (to[c, e][0] * back[e, c][0]) ** 0.5)
        for c, e in to
        if min(to[c, e][0], back[e, c][0]) > _AGREED
        and to[c, e][1] > _EXPLAINED
        and seen.often[seen.chinese_words[c]] >= _SEEN
    ]
    if not found:
        raise WrongUse("No word stands in enough of the texts to be sure of it: give more pairs.")
    return sorted(found, key=lambda each: (-each.weight, each))


def _aligned(chinese: str, english: str) -> list[tuple[str, str]]:
    """Line by line where both have as many, else the whole."""
    ours, theirs = ([line for line in text.splitlines() if line.strip()] for text in (chinese, english))
    return list(zip(ours, theirs, strict=True)) if len(ours) == len(theirs) else [(chinese, english)]


def _paired(chinese: str, english: str) -> tuple[list[str], list[str], str]:
    """The different words of each; what stands in Latin letters on the Chinese side too is no translation."""
    ours = list(dict.fromkeys(content_words(chinese)))
    theirs = [word for word in dict.fromkeys(content_words(english)) if _ENGLISH.fullmatch(word) and word not in ours]
    return [word for word in ours if _CHINESE.fullmatch(word)][:_LONGEST], theirs[:_LONGEST], english


def _written(stem: str, surfaces: Mapping[str, str]) -> str:
    """How a stem is mostly written; joined words are their own stem."""
    return surfaces.get(stem, stem)


def _surfaces(texts: Iterable[str]) -> dict[str, str]:
    """Stem → the form that it mostly has."""
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        for start, end in word_spans(text):
            stems = words(form := text[start:end].lower())
            if len(stems) == 1:
                forms[stems[0]][form] += 1
    return {stem: min(counts, key=lambda form: (-counts[form], form)) for stem, counts in forms.items()}


@dataclass(frozen=True, slots=True)
class _Seen:
    """Every pair of words that stand in texts which say the same: three parallel columns of numbers."""

    texts: Ids
    chinese: Ids
    english: Ids
    chinese_words: Sequence[str]
    english_words: Sequence[str]
    often: Counter[str]

    @staticmethod
    def of(pairs: Sequence[tuple[list[str], list[str]]]) -> _Seen:
        ours: dict[str, int] = {}
        theirs: dict[str, int] = {}
        columns: list[Ids] = [np.empty((3, 0), np.int64)]
        for n, (chinese, english) in enumerate(pairs):
            c = [ours.setdefault(word, len(ours)) for word in chinese]
            e = [theirs.setdefault(word, len(theirs)) for word in english]
            grid = np.meshgrid(n, c, e, indexing="ij")
            columns.append(np.stack([axis.ravel() for axis in grid]).astype(np.int64))
        texts, c_ids, e_ids = np.concatenate(columns, axis=1)
        often = Counter(word for chinese, _ in pairs for word in chinese)
        return _Seen(texts, c_ids, e_ids, list(ours), list(theirs), often)


def _model_1(texts: Ids, given: Ids, said: Ids) -> dict[tuple[int, int], tuple[float, float]]:
    """(given, said) → how probably the one word means the other, and how often it did; a null word has the rest."""
    width = int(said.max()) + 1
    pairs, pair = np.unique(given * width + said, return_inverse=True)
    places, place = np.unique(texts * width + said, return_inverse=True)  # a word said in a text
    left, right = pairs // width, places % width
    chance: Weights = 1.0 / np.bincount(left)[left]
    null: Weights = np.bincount(right) / len(right)
    explained = chance
    for _ in range(_ROUNDS):
        weight = chance[pair]
        total = np.bincount(place, weight) + null[right]
        explained = np.bincount(pair, weight / total[place]).astype(np.float64)
        chance = explained / np.bincount(left, explained)[left]
        by_null = np.bincount(right, null[right] / total)
        null = by_null / float(by_null.sum())
    columns: Any = zip(left.tolist(), (pairs % width).tolist(), chance.tolist(), explained.tolist(), strict=True)
    return {(a, b): (p, n) for a, b, p, n in columns}
