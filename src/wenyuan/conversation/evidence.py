"""Whether a topic that was only guessed belongs to a question: the documents must speak of both in one breath.

"How much leave do I have?" says nothing of the pumps that were talked of before, "How heavy is the seal?" may. Grammar
cannot tell them apart, documents can: some passage names pump and seal, none pump and leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace

from wenyuan.conversation.phrases import content
from wenyuan.conversation.protocol import Guess, Standalone
from wenyuan.text.bm25 import query_vector
from wenyuan.text.normalise import fold
from wenyuan.text.words import words
from wenyuan.types import Filter, View

_PASSAGES = 20  # that are read, the best for the question with its topic and the best without
_KNOWN = 0.6  # of the question's own words: fewer meet by chance
_ABOUT = 0.5  # of the topic's words
_WITHOUT = 2.0  # times as many of its own words as with the topic must stand in some passage without it


def supported(alone: Standalone, view: View, filter: Filter | None = None) -> Standalone:
    """The question as it was typed where the documents that speak of what it names do not speak of its topic.

    Its topic is given up then. Where they hardly know what it names, or not the topic, it stays as typed, but is
    searched with what was said; where they know neither, they may be in another language, and nothing changes.
    """
    guess = alone.guess
    if guess is None or not guess.named:
        return alone
    topic, typed = content(guess.topic), replace(alone, question=guess.typed, guess=None)
    shares = [(_share(topic, text), _share(guess.named, text)) for text in _passages(view, guess, filter)]
    most = max((own for _, own in shares), default=0.0)
    about = [own for of_topic, own in shares if of_topic >= _ABOUT]
    if about and 0 < most <= _WITHOUT * max(about):
        return alone
    if most >= _KNOWN:
        return replace(typed, context="") if about else typed
    return typed if about else alone


def _passages(view: View, guess: Guess, filter: Filter | None) -> Iterator[str]:
    """What the best passages say by words, folded, with the index's words behind."""
    sought = (query_vector(text) for text in (guess.typed, f"{guess.topic} {guess.typed}"))
    found = {each.chunk for terms in sought if terms.indices for each in view.search_sparse(terms, _PASSAGES, filter)}
    for chunk in view.chunks(list(found)).values():
        yield f"{fold(chunk.encoded)} {' '.join(words(chunk.encoded))} "


def _share(asked: Set[str], text: str) -> float:
    """The share of some words that a passage holds: Latin ones as the index has them, Chinese ones however cut."""
    return sum((f" {word} " if word.isascii() else word) in text for word in asked) / max(1, len(asked))
