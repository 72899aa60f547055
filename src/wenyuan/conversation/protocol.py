"""What a rewriter is asked and what it answers: by rules, or later by a language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from wenyuan.types import Message


@dataclass(frozen=True, slots=True)
class Guess:
    """A topic put into a turn that does not point at one, and what the turn names itself."""

    topic: str
    named: frozenset[str]  # words
    typed: str  # the turn without the topic


@dataclass(frozen=True, slots=True)
class Standalone:
    """The last turn of a conversation as a question that can be understood without it."""

    question: str  # in normal form
    context: str = ""  # earlier turns to search with, where the question alone may not say enough
    guess: Guess | None = None  # where only the documents can say whether the topic belongs there


class Rewriter(Protocol):
    """Makes the last turn of a conversation stand alone; any thread may call it."""

    def rewrite(self, question: str, history: Sequence[Message]) -> Standalone:
        """The question with what `history`, oldest turn first, adds to it; as it is where nothing fits."""
        ...
