"""What each stage took and noted, and which rules fired, while one question was answered."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fired:
    """One thing that a rule did to a question's hits or answer."""

    rule: str
    action: str  # as in rules.toml: pin, boost, bury, exclude, filter, answer
    effect: str  # what it changed, in words


@dataclass(slots=True)
class Trace:
    """Stages in the order they ran. Not shared between threads: one question, one trace."""

    timings_ms: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # one sentence each: warnings, what was cut
    fired: list[Fired] = field(default_factory=list)  # by rules, in the order it happened

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage; a stage that runs twice adds up."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.timings_ms[name] = self.timings_ms.get(name, 0.0) + (time.perf_counter() - started) * 1000

    def note(self, sentence: str) -> None:
        """Keep a sentence for the reader of the answer."""
        self.notes.append(sentence)

    def fire(self, rule: str, action: str, effect: str) -> None:
        """Keep what a rule did, and say it to the reader."""
        self.fired.append(Fired(rule, action, effect))
        self.note(f"Rule '{rule}', {action}: {effect}.")
