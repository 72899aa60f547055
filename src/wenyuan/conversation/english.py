"""What an English turn points at or leaves out."""

from __future__ import annotations

import functools
import re
from itertools import pairwise

from wenyuan.conversation.gaps import Gap, Number
from wenyuan.conversation.lexicon import listed
from wenyuan.conversation.phrases import content, phrases

_EXISTS = re.compile(r"\b(?:(?:is|are|was|were)(?:n't)? there|there(?:'s| is| are| was| were))\b", re.I)
_DUMMY = re.compile(r"\bit (?:possible|necessary|true|worth|advisable|ok|okay|safe to|better to|best to)\b", re.I)
_ABOUT = re.compile(
    r"(?:(?:and|but|so|ok|okay|well),? +)*"
    r"(?:(?:what|how) about|and(?! (?:what|why|how|when|where|who|which)\b)) +(.+?)[?.! ]*$",
    re.I,
)
_INTRODUCES = re.compile(
    r"(?:(?:please|can you|could you) )?"
    r"(?:tell me (?:more |something )?about|(?:what|who)(?: is|'s| are| was| were)|describe|explain|introduce)\s+"
    r"(?:(?P<article>an?|the)\s+)?(?P<new>[^?.,;!]+?)[?.! ]*$",
    re.I,
)
_ASKING = "what|why|how|where|when|who|which|is|are|was|were|does|do|did|can|will|should"
_CLAUSE = re.compile(rf"(?:,|;| and| or| but) (?:and |so )?(?:{_ASKING})\b", re.I)
_BACK = re.compile(r"(?:so|and|but|then|now|still|also|back to|as for|once|going back)\b", re.I)
_POSSESSIVE = re.compile(r"\b(?:its|their|his|her(?= \w))\b", re.I)
_THERE = re.compile(r"\bthere\b", re.I)
_POINTING = re.compile(r"\b(?:this|that|these|those|such)(?= (?:kind|sort|type|one|two|three|[a-z]{3,})\b)", re.I)
_PRONOUN = re.compile(r"\b(?:it|they|them|he|she|him|these|those|this|that)\b(?!['’](?!s\b))", re.I)
_ANOTHER = re.compile(r"\b(?:ones?|others|(?<=the )other(?! \w))\b", re.I)
_OF = re.compile(r" (?:of|for)(?: an?| [a-z]+ing)? ")
_COMPARES = re.compile(r"(?:please )?(?:compare|contrast)\b", re.I)
_THAT = re.compile(r"(?<=\w )that (?=[a-z])", re.I)  # mostly a conjunction
_DEFINITE = re.compile(r"\b(?:the|other|else)\b", re.I)
_POINTERS = ((_POSSESSIVE, "{}'s"), (_THERE, "in {}"), (_PRONOUN, "{}"), (_ANOTHER, "{}"))
_VERB_NEXT = re.compile(
    r"\b(?:i|you|we|they|he|she|it|who|to|can|could|do|does|did|will|would|should|must|may) $", re.I
)
_END = re.compile(r"[?.!\s]*$")


def swapped(turn: str) -> str | None:
    """X of "what about X?"."""
    found = _ABOUT.match(turn)
    return found[1] if found else None


def introduced(turn: str) -> str | None:
    """X of "what is X?", "tell me about X" and "what is the history of X?"."""
    said = phrases(turn)
    for one, two in pairwise(said):
        if one.kind == "side" and two.kind != "side" and _OF.fullmatch(turn, one.end, two.start):
            return two.text
    found = _INTRODUCES.match(turn)
    if not found:
        return None
    new = _CLAUSE.split(found["new"], maxsplit=1)[0]
    known = found["article"] == "the" and any(each.kind == "noun" and each.text == new for each in said)
    return None if known else new


def continues(turn: str) -> bool:
    """Whether the turn says itself that it goes on from what was said."""
    return _BACK.match(turn) is not None


def gap(turn: str) -> Gap | None:
    """What must be known to understand the turn; None where it stands alone."""
    text = _masked(turn)
    for pattern, form in _POINTERS:
        found = pattern.search(text)
        if found and not _bound(text, found.start()):
            if found[0].lower() in ("this", "that", "these", "those") and _POINTING.match(text, found.start()):
                return Gap(found.start(), found.end(), f"{found[0]} {{}}")
            return Gap(found.start(), found.end(), form, place=pattern is _THERE, number=_number(found[0]))
    said = phrases(turn)
    new = introduced(turn)
    if _COMPARES.match(turn) and sum(phrase.kind != "side" for phrase in said) > 1:
        return None
    if any(phrase.kind == "name" or (phrase.kind == "noun" and phrase.text == new) for phrase in said):
        return None
    end = _END.search(turn)
    at = end.start() if end else len(turn)
    form = " of {}" if said and said[-1].end == at else " for {}"
    return Gap(at, at, form, opening=not _DEFINITE.search(turn))


def named(turn: str) -> frozenset[str]:
    """What the turn itself speaks of, in stems; none where it only asks for what any thing has."""
    nouns = (phrase for phrase in phrases(turn) if " " in phrase.text or not _VERB_NEXT.search(turn, 0, phrase.start))
    spoken = (word for phrase in nouns for word in phrase.text.split())
    return content(" ".join(word for word in spoken if word.lower() not in _says_little()))


@functools.cache
def _says_little() -> frozenset[str]:
    return frozenset().union(*(listed("en", name) for name in ("properties", "degrees", "sides", "light", "function")))


def _number(pronoun: str) -> Number:
    word = pronoun.lower()
    return "many" if word in ("they", "them", "their") else "one" if word in ("it", "its") else None


def _masked(turn: str) -> str:
    """The turn without the words that only look like pronouns, every other character in its place."""
    for pattern in (_EXISTS, _DUMMY, _THAT):
        turn = pattern.sub(lambda found: "." * len(found[0]), turn)
    return turn


def _bound(turn: str, at: int) -> bool:
    """Whether the pronoun at `at` stands for something of an earlier clause of the same turn."""
    clause = next((found.start() for found in _CLAUSE.finditer(turn) if found.start() < at), None)
    return clause is not None and any(phrase.kind != "side" for phrase in phrases(turn[:clause]))
