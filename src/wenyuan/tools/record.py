"""What a run of the loop may take, and what is left of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from wenyuan.errors import WrongUse
from wenyuan.types import (
    Message,
    ReasoningDelta,
    Reply,
    TextDelta,
    ToolCall,
    ToolCalled,
    ToolResult,
    ToolReturned,
    Usage,
)

Budget = Literal["rounds", "calls", "seconds", "tokens", "window", "mistakes"]


@dataclass(frozen=True, slots=True)
class RunLimits:
    """What a run may take at most."""

    rounds: int = 6  # requests in which functions may be called; the last one, without, comes on top
    calls: int = 16  # calls looked at, run or not
    parallel: int = 4  # functions at the same time
    seconds: float = 120.0  # of the whole run, waiting for a person's approval left out
    repeats: int = 2  # equal calls that are run; further ones get an error
    tokens: int | None = None  # of all requests and replies together
    mistakes: int = 3  # rounds in a row in which no call could be run

    def __post_init__(self) -> None:
        given = (self.rounds, self.calls, self.parallel, self.seconds, self.repeats, self.mistakes)
        if min(given) <= 0 or (self.tokens is not None and self.tokens <= 0):
            raise WrongUse(f"Every limit of a run must be above 0, but they are {self}.")

    @property
    def reserve(self) -> float:
        """Seconds kept for the last request: functions stop so long before the end."""
        return min(30.0, self.seconds / 4)


class RunOutcome(StrEnum):
    """How a run ended; only what was `answered` is an answer."""

    ANSWERED = "answered"
    BUDGET = "budget"  # used up, and the last request brought no answer either
    LENGTH = "length"  # the reply is cut off
    CONTENT_FILTER = "content_filter"
    EMPTY = "empty"  # the model said nothing
    HANDED = "handed"  # it called functions that are not run here


@dataclass(frozen=True, slots=True)
class ToolRun:
    """A run that has ended, with its record."""

    id: str
    outcome: RunOutcome
    reply: Reply | None  # the last one; None where time ran out before it was complete
    messages: tuple[Message, ...]  # the conversation, to go on from
    results: tuple[ToolResult, ...]  # in the order of the calls
    usage: Usage
    rounds: int  # requests made
    spent: Budget | None = None  # the budget that was used up
    notes: tuple[str, ...] = ()  # what was odd on the way, one sentence each
    errors: dict[str, str] = field(default_factory=dict, repr=False)  # call id → traceback; may hold secrets
    in_doubt: tuple[str, ...] = ()  # ids of calls that may have happened: a person must look (`Journal.in_doubt`)
    calls: tuple[ToolCall, ...] = ()  # handed over: whoever runs them goes on with `messages` and their results


RunEvent = TextDelta | ReasoningDelta | ToolCalled | ToolReturned | ToolRun
