"""The grammar of follow-ups in a turn's language."""

from __future__ import annotations

from typing import Protocol

from wenyuan.conversation import chinese, english
from wenyuan.conversation.gaps import Gap
from wenyuan.text.language import language


class Grammar(Protocol):
    """What one language knows of turns that lean on others."""

    def gap(self, turn: str) -> Gap | None:
        """What must be known to understand the turn; None where it stands alone."""
        ...

    def swapped(self, turn: str) -> str | None:
        """X of "what about X?"."""
        ...

    def continues(self, turn: str) -> bool:
        """Whether the turn says itself that it goes on from what was said ("so …", "那…")."""
        ...

    def introduced(self, turn: str) -> str | None:
        """X of "what is X?"."""
        ...

    def named(self, turn: str) -> frozenset[str]:
        """What the turn itself speaks of, in the words of the lexical index."""
        ...


def grammar_of(turn: str) -> Grammar:
    """The grammar for the language of a turn."""
    return chinese if language(turn) == "zh" else english
