"""The phrases of a turn that may be what the talk is about: names, codes and nouns in a row."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from wenyuan.conversation.lexicon import characters, listed
from wenyuan.text.language import HAN, language
from wenyuan.text.normalise import simplify
from wenyuan.text.segments import cut, tagged
from wenyuan.text.words import stop_words, words

PhraseKind = Literal["name", "noun", "side"]
"""A "side" names a side of something ("advantages"); it is hardly a topic itself."""

_RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}](?:[^\W{HAN}]|[.+#/'’&-])*(?<![.'’-])|\S")
_IS_HAN = re.compile(f"[{HAN}]")
_ALL_HAN = re.compile(f"[{HAN}]+")
_PAIR = re.compile(f"[{HAN}]{{2}}")
# 你知道 X 吗? What stands there is a name, whatever its words are elsewhere.
_ASKED = re.compile(
    r"[你您]?(?:们)?(?:都|也)?(?:知道|认识|看过|听过|读过|玩过|去过|听说过)"
    r"([^你我他她它的什么谁哪怎,.?!，。？！\s]{2,8}?)[吗么嘛吧不没]*[?？!！]?$"
)
_BREAKS = frozenset("的了是")  # never within what is repeated
_OWNS = ("'s ", "’s ")
_WITHIN_NAMES = (" and ", " of ", " of the ", " & ")
_NAMES = frozenset({"nr", "ns", "nt", "nz", "nrt", "nrfg", "j"})  # of rjieba's parts of speech
_NOUNS = frozenset({"n", "ng", "vn", "an", "s", "b", "i"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of a turn: `text == turn[start:end]`."""

    text: str
    start: int
    end: int
    kind: PhraseKind

    @property
    def chinese(self) -> bool:
        """Whether it is Chinese throughout: its bounds are then a guess of the dictionary's."""
        return _ALL_HAN.fullmatch(self.text) is not None

    @property
    def words(self) -> frozenset[str]:
        """Its content words, as the lexical index holds them."""
        return content(self.text)


@functools.lru_cache(4096)
def content(text: str) -> frozenset[str]:
    """The content words of a text; none where it holds function words only."""
    return frozenset(words(text)) - stop_words()


def simplified(turn: str) -> str:
    """The turn in simplified characters, each in its place."""
    text = simplify(turn)
    return text if len(text) == len(turn) else turn


def is_nominal(tag: str) -> bool:
    """Whether a part of speech of the dictionary is a name or a noun."""
    return tag in _NAMES or tag in _NOUNS


@functools.lru_cache(1024)
def phrases(turn: str) -> tuple[Phrase, ...]:
    """Names and noun phrases of a turn, in order."""
    joined: list[Phrase] = []
    for part in _chinese(turn) if language(turn) == "zh" else _english(turn):
        last = joined[-1] if joined else None
        between = turn[last.end : part.start] if last else ""
        if last and (between in ("", " ", *_OWNS) or (last.kind == part.kind == "name" and between in _WITHIN_NAMES)):
            # "side effects" are a side, a "model railway" is none
            side = part.kind == "side" and last.kind != "name"
            kind: PhraseKind = "side" if side else "name" if "name" in (last.kind, part.kind) else "noun"
            joined[-1] = Phrase(turn[last.start : part.end], last.start, part.end, kind)
        else:
            joined.append(part)
    return tuple(joined)


def repeated(turn: str, others: Sequence[str]) -> list[tuple[int, int]]:
    """Stretches of two and more Chinese characters of a turn that other turns say, too: what both sides speak of."""
    pairs = {pair for other in map(simplified, others) for pair in map("".join, pairwise(other))}
    text = simplified(turn)
    spans: list[tuple[int, int]] = []
    for n in range(len(text) - 1):
        if text[n : n + 2] in pairs and _PAIR.match(text, n) and not _BREAKS.intersection(text[n : n + 2]):
            if spans and spans[-1][1] == n + 1:
                spans[-1] = spans[-1][0], n + 2
            else:
                spans.append((n, n + 2))
    return [kept for start, end in spans if (kept := _trimmed(text, start, end))]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A stretch without the words at its ends that say nothing of a topic; None where less than two characters stay."""
    parts = cut(text[start:end])
    while parts and _idle(parts[0]):
        start += len(parts.pop(0))
    while parts and _idle(parts[-1]):
        end -= len(parts.pop())
    return (start, end) if end - start > 1 else None


def _idle(word: str) -> bool:
    return word in _idle_words() or word in characters("edges")


@functools.cache
def _idle_words() -> frozenset[str]:
    return stop_words() | listed("zh", "light") | listed("zh", "general")


def _chinese(turn: str) -> Iterator[Phrase]:
    text = simplified(turn)
    asked = _ASKED.match(text)
    if asked:
        start, end = asked.span(1)
        yield Phrase(turn[start:end], start, end, "name")
    for run in _RUN.finditer(text, asked.end() if asked else 0):
        if _IS_HAN.match(run[0]):
            yield from _han(turn, run[0], run.start())
        elif run[0][0].isalnum() and not run[0].isdigit():
            yield Phrase(turn[run.start() : run.end()], run.start(), run.end(), "name")


def _han(turn: str, run: str, at: int) -> Iterator[Phrase]:
    """Names and nouns of a run of simplified characters that stands at `at`."""
    for word, tag in tagged(run):
        start, at = at, at + len(word)
        if is_nominal(tag) and word not in listed("zh", "general") and word not in stop_words():
            core = word.strip(characters("edges"))
            if core:
                start += word.index(core)
                end = start + len(core)
                yield Phrase(turn[start:end], start, end, "name" if tag in _NAMES else "noun")


def _english(turn: str) -> Iterator[Phrase]:
    opens = True  # a capital says nothing at the start of a sentence
    end = -2
    for run in _RUN.finditer(turn):
        word = run[0].removesuffix("'s").removesuffix("’s")
        lower = word.lower().replace("’", "'")
        if not word[0].isalnum():
            opens = word in ".?!"
            continue
        capital = word != word.lower() and (not opens or word[1:] != word[1:].lower())
        opens = False
        idle = lower in listed("en", "function") or lower in listed("en", "light") or lower.endswith("ly")
        leads = (
            lower in listed("en", "gerunds") and run.start() > end + 1
        )  # "learning Norwegian", yet "machine learning"
        if lower.isdigit() or ((idle or leads) and not capital):
            continue
        end = run.end()
        named = capital or any(character.isdigit() for character in word)
        kind: PhraseKind = "name" if named else "side" if lower in listed("en", "sides") else "noun"
        yield Phrase(word, run.start(), run.start() + len(word), kind)
