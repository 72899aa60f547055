"""A place of a turn where something said before is left out or only pointed at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Number = Literal["one", "many"] | None


@dataclass(frozen=True, slots=True)
class Gap:
    """`turn[start:end]` gives way to `form` with the topic in it."""

    start: int
    end: int
    form: str  # "{}" stands for the topic
    place: bool = False  # "there"
    number: Number = None  # of what its pronoun stands for
    opening: bool = False  # leaves out what the whole conversation is about, rather than what was said last

    def filled(self, turn: str, topic: str) -> str:
        """The turn with this topic."""
        return turn[: self.start] + self.form.replace("{}", topic) + turn[self.end :]
