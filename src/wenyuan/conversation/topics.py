"""What a conversation is about: its phrases by salience (after Lappin & Leass 1994).

Each mention adds to the salience of a phrase: a name more than a noun, the user's more than the assistant's, what opens
the conversation, what a turn is only there to introduce, what both sides say. Each turn that brings something new makes
what came before it fade; a turn that only asks on does not, and its own words weigh little.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wenyuan.conversation.grammar import grammar_of
from wenyuan.conversation.lexicon import listed
from wenyuan.conversation.phrases import Phrase, content, phrases, repeated
from wenyuan.text.language import language
from wenyuan.types import Message

# Set by hand on the development halves of the data (docs/results.md); each changes little within a factor of 1.5.
_KINDS = {"name": 1.6, "noun": 1.0, "side": 0.3}
_ASSISTANT = 0.7
_FIRST = 1.2  # of its turn
_REPEATED = 1.5
_INTRODUCED = 3.0
_COMMENT = 0.1
_FADE = 0.6
_OPENS = 1.2  # the conversation
FLOOR = 0.5  # below which the turn that opened it does not fade
_AT = re.compile(r"(?:\b(?:in|at|to|near|around|visit)(?: the)? |[在去到])$", re.I)
_NEAR = 2  # turns within which a repetition counts


@dataclass(frozen=True, slots=True)
class Topic:
    """A phrase with its salience."""

    phrase: Phrase
    salience: float
    place: bool = False  # named as one: "in …", "去…"


def topics(history: Sequence[Message], floor: float = FLOOR) -> list[Topic]:
    """Phrases of a history, most salient first, each once, in its latest form.

    What opened the conversation keeps at least `floor` of its weight.
    """
    first = next((n for n, message in enumerate(history) if message.role == "user"), 0)
    found: list[Topic] = []
    weight = 1.0
    for turn in reversed(range(len(history))):
        message = history[turn]
        own = message.role == "user"
        asks_on = own and turn > first and grammar_of(message.content).gap(message.content) is not None
        others = [
            other.content for n, other in enumerate(history) if other.role != message.role and abs(n - turn) <= _NEAR
        ]
        scale = max(weight, floor) * _OPENS if turn == first else weight
        scale *= (1.0 if own else _ASSISTANT) * (_COMMENT if asks_on else 1.0)
        found += [replace(topic, salience=topic.salience * scale) for topic in _of_turn(message.content, others)]
        weight *= _FADE if own and not asks_on else 1.0
    return sorted(_merged(found), key=lambda topic: -topic.salience)


def _of_turn(turn: str, others: Sequence[str]) -> list[Topic]:
    new = grammar_of(turn).introduced(turn)
    found: list[Topic] = []
    for n, (phrase, shared) in enumerate(_candidates(turn, others)):
        salience = _KINDS[phrase.kind] * (_FIRST if n == 0 else 1.0) * (_REPEATED if shared else 1.0)
        salience *= _INTRODUCED if phrase.text == new else 1.0
        at = _AT.search(turn, max(0, phrase.start - 12), phrase.start)
        found.append(Topic(phrase, salience, place=at is not None))
    return found


def _candidates(turn: str, others: Sequence[str]) -> list[tuple[Phrase, bool]]:
    """The phrases of a turn; where a part of a Chinese one is repeated elsewhere, that part."""
    if language(turn) != "zh":
        return [(phrase, False) for phrase in phrases(turn)]
    stretches = [span for span in repeated(turn, others) if _says(turn[slice(*span)])]
    out: list[tuple[Phrase, bool]] = []
    taken: set[tuple[int, int]] = set()
    for phrase in phrases(turn):
        inside = [(s, e) for s, e in stretches if s < phrase.end and e > phrase.start]
        if not inside or not phrase.chinese:
            out.append((phrase, bool(inside)))
            taken.update(inside)
            continue
        for start, end in inside:
            if (start, end) not in taken:
                taken.add((start, end))
                out.append((replace(phrase, text=turn[start:end], start=start, end=end), True))
    out += [(Phrase(turn[s:e], s, e, "noun"), True) for s, e in stretches if (s, e) not in taken]
    return sorted(out, key=lambda pair: pair[0].start)


def _says(text: str) -> bool:
    said = content(text)
    return bool(said) and not said <= listed("zh", "light") | listed("zh", "general")


def _merged(found: Sequence[Topic]) -> list[Topic]:
    """Topics of equal words made one, saliences added.

    A part stands for the whole where words have clear bounds ("the College").
    """
    merged: dict[frozenset[str], Topic] = {}
    for topic in found:
        if key := topic.phrase.words:
            known = merged.get(key)
            merged[key] = replace(known, salience=known.salience + topic.salience) if known else topic
    for key, topic in list(merged.items()):
        longer = [words for words in merged if key < words]
        if longer and topic.phrase.text.isascii():
            whole = max(longer, key=lambda words: merged[words].salience)
            merged[whole] = replace(merged[whole], salience=merged[whole].salience + topic.salience)
            del merged[key]
    return list(merged.values())
