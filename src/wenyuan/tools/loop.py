"""The conversation between a model and the functions it may call, as a state machine that always ends.

    ask the model → text: done
                  → calls of functions that are not run here: done, they are handed over
                  → calls: look at each → ask a person where wanted → run → append the results → ask the model …

Only functions of the toolbox are run, and only for calls in a reply of the model: what a function returns is data, and
a call written in it calls nothing. Every request keeps the order that endpoints demand (`history`); every budget is
finite, and when one is used up the model is asked once more, without functions, to answer from what is known.

A consumer shows text as it streams; text that is followed by `ToolCalled` was a word on the way ("let me look…"), not
the answer. The answer is the text of `ToolRun.reply`, and only where the outcome is `answered`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import anyio

from wenyuan.errors import EndpointError
from wenyuan.tools.calling import Approve, Caller, Ready, refused
from wenyuan.tools.history import check_history, clean, fit, sendable, unanswered, with_own_ids
from wenyuan.tools.journal import Journal
from wenyuan.tools.record import Budget, RunEvent, RunLimits, RunOutcome, ToolRun
from wenyuan.tools.tool import Toolbox
from wenyuan.types import (
    ChatModel,
    Message,
    ReasoningDelta,
    Reply,
    Request,
    TextDelta,
    ToolCall,
    ToolCalled,
    ToolResult,
    ToolReturned,
    Usage,
)

__all__ = ["Budget", "RunEvent", "RunLimits", "RunOutcome", "ToolRun", "run"]

_OVERHEAD = 8  # tokens of a message beyond its text, estimated from above
_LEAST = 64  # tokens of a result, below which showing it is of no use


async def run(  # the flow in one piece: it reads as the machine in the module's docstring
    model: ChatModel,
    messages: Sequence[Message],
    toolbox: Toolbox,
    *,
    limits: RunLimits | None = None,
    journal: Journal | None = None,
    approve: Approve | None = None,
    run_id: str | None = None,
    max_tokens: int | None = None,
) -> AsyncGenerator[RunEvent, None]:
    """Converse until there is an answer or a budget is used up; `ToolRun` comes last. Closing the iterator cancels.

    `journal` and `run_id` make calls with effects exactly-once over crashes: run again with the same id and messages
    (or those and what had been appended), and what was done is not done again; rounds that the journal holds are not
    asked of the model again, which might now write other arguments. Without a journal this holds within
    the run only. `approve` is asked before tools with `approval`; without it they are refused. It may take its time.
    A call of a function that the toolbox only hands over ends the run, and so is left to whoever reads `ToolRun.calls`.
    `max_tokens` bounds each reply; it is doubled once where calls are cut off by it.

    A coroutine function that is out of time is cancelled. Any other runs in a thread, which cannot be: it is left
    behind and its result dropped, and ends with the process.

    Raises:
        WrongUse: the messages are out of order.
        EndpointError: the model did not reply; what has been run is in the journal.
    """
    machine = _Machine(model, list(messages), toolbox, limits or RunLimits(), max_tokens)
    pending = unanswered(messages)
    held = journal or Journal()
    try:
        caller = machine.caller(run_id or uuid.uuid4().hex, held, approve)
        while True:
            if pending:
                for call in pending:
                    yield ToolCalled(call)
                for result in await machine.answer(caller, pending):
                    yield ToolReturned(result)
            reply = None
            async with aclosing(machine.ask(caller)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Reply):
                        reply = piece
                    else:
                        yield piece
            outcome = machine.judge(reply)
            if outcome or reply is None:
                for call in machine.calls:
                    yield ToolCalled(call)
                yield machine.ended(caller, outcome or RunOutcome.BUDGET, reply)
                return
            await caller.remember(machine.messages, reply)
            pending = machine.heard(reply)
    finally:
        if journal is None:
            held.close()


@dataclass(slots=True)
class _Machine:
    model: ChatModel
    messages: list[Message]
    toolbox: Toolbox
    limits: RunLimits
    max_tokens: int | None
    results: list[ToolResult] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    spent: Budget | None = None
    calls: tuple[ToolCall, ...] = ()  # handed over
    rounds: int = 0  # requests
    tool_rounds: int = 0
    mistakes: int = 0
    tokens: int = 0  # of all requests and replies
    deadline: float = field(init=False)
    whole: bool = True  # the calls that wait are of a reply that was not cut off
    _counted: int = 0  # messages whose tokens are counted
    _history: int = 0  # tokens of those
    _schemas: int = 0  # tokens of the tools' schemas

    def __post_init__(self) -> None:
        self.deadline = anyio.current_time() + self.limits.seconds
        if self.toolbox.schemas:
            told = [each.name + each.description + json.dumps(each.parameters) for each in self.toolbox.schemas]
            self._schemas = sum(self.model.count_tokens(told))

    def caller(self, run_id: str, journal: Journal, approve: Approve | None) -> Caller:
        """One that knows which calls the conversation holds already, those that wait left out."""
        until = self.deadline - self.limits.reserve
        limits, shorten = self.limits, partial(fit, count=self.model.count_tokens)
        caller = Caller(self.toolbox, run_id, journal, approve, shorten, limits.parallel, limits.repeats, until)
        waiting = {call.id for call in unanswered(self.messages)}
        for call in (call for message in self.messages for call in message.calls if call.id not in waiting):
            caller.count(call)
        return caller

    # --- asking

    async def ask(self, caller: Caller) -> AsyncGenerator[TextDelta | ReasoningDelta | Reply, None]:
        """One round: pieces, then the reply, missing where time runs out. Cut-off calls are asked for once again."""
        self._check_budgets(caller)
        self.tool_rounds += 1
        known = None if self.spent else await caller.remembered(self.messages)
        if known:
            self.notes.append("A round was taken from the journal: the run had been interrupted after it.")
            yield known
            return
        room = self.max_tokens
        for last in (False, True):
            reply = None
            async with aclosing(self._pieces(room)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Reply):
                        reply = piece
                    else:
                        yield piece
            if reply is None:
                return
            self._account(reply)
            more = self._more(room)
            if last or more is None or reply.finish != "length" or (reply.text.strip() and not reply.calls):
                yield reply
                return
            self.notes.append(f"A reply was cut off before its end; it was asked for again with {more} tokens.")
            room = more

    async def _pieces(self, room: int | None) -> AsyncGenerator[TextDelta | ReasoningDelta | Reply, None]:
        check_history(self.messages)
        tools = () if self.spent else self.toolbox.schemas
        choice: Literal["none", "required", "auto"] = (
            "none" if self.spent else "required" if self.toolbox.demanded else "auto"
        )
        request = Request(tuple(self.messages), tools, choice, max_tokens=room)
        self.rounds += 1
        pieces = self.model.stream(request)
        try:
            while True:
                # The scope ends before the piece is handed on: one that is open while a generator waits breaks others.
                with anyio.CancelScope(deadline=self.deadline) as scope:
                    piece = await anext(pieces, None)
                if scope.cancelled_caught:
                    self.spent = "seconds"
                    self.notes.append(f"The run was ended after {self.limits.seconds:g} s, in the middle of a reply.")
                    return
                if piece is None:
                    raise EndpointError(f"The reply of {self.model.id} has no end; ask again.", "protocol")
                yield piece
                if isinstance(piece, Reply):
                    return
        finally:
            with anyio.move_on_after(1, shield=True):
                await pieces.aclose()

    def _more(self, room: int | None) -> int | None:
        """A higher limit of a reply, as far as the window allows; None where there is none."""
        free = self.model.window - self._prompt_tokens()
        wanted = min(2 * room if room else max(4096, self.model.window // 2), free)
        return wanted if wanted > (room or _LEAST) else None

    def _account(self, reply: Reply) -> None:
        self.usage += reply.usage
        self.notes += reply.notes
        written = reply.usage.completion
        if written is None:
            parts = [reply.text, reply.reasoning or "", *(call.arguments for call in reply.calls)]
            written = sum(self.model.count_tokens(parts))
        self.tokens += written + (reply.usage.prompt or self._prompt_tokens())

    def _prompt_tokens(self) -> int:
        new = self.messages[self._counted :]
        if new:
            parts = [
                "\n".join((each.content, each.reasoning or "", *(call.name + call.arguments for call in each.calls)))
                for each in new
            ]
            self._history += sum(self.model.count_tokens(parts)) + _OVERHEAD * len(new)
            self._counted = len(self.messages)
        return self._history + self._schemas

    def _check_budgets(self, caller: Caller) -> None:
        limits = self.limits
        used: dict[Budget, bool] = {
            "rounds": self.tool_rounds >= limits.rounds,
            "calls": len(self.results) >= limits.calls,
            "seconds": anyio.current_time() >= caller.until,
            "tokens": limits.tokens is not None and self.tokens >= limits.tokens,
            "mistakes": self.mistakes >= limits.mistakes,
        }
        self.spent = self.spent or next((name for name, spent in used.items() if spent), None)
        if self.spent:
            self.notes.append(
                f"The budget of {self.spent} is used up; the model was asked to answer without functions."
            )

    # --- what it says

    def judge(self, reply: Reply | None) -> RunOutcome | None:
        """How the run ends with this reply; None where it goes on."""
        if reply is None:
            return RunOutcome.BUDGET
        if reply.finish == "content_filter":
            return RunOutcome.CONTENT_FILTER
        if reply.calls:
            if self.spent:
                self.notes.append("The model called functions where it had none; what it wrote is not an answer.")
            if self.spent:
                return RunOutcome.BUDGET
            self.calls = self._handed(reply)
            return RunOutcome.HANDED if self.calls else None
        if reply.finish == "length":
            return RunOutcome.LENGTH
        silent = RunOutcome.BUDGET if self.spent else RunOutcome.EMPTY
        return RunOutcome.ANSWERED if reply.text.strip() else silent

    def _handed(self, reply: Reply) -> tuple[ToolCall, ...]:
        """Its calls that are run elsewhere, with ids that no other run has, since they are sent back in a later one."""
        theirs = [call for call in reply.calls if self.toolbox.hands(call.name)]
        if not theirs or reply.finish == "length":  # the last of them is cut off
            return ()
        if len(theirs) < len(reply.calls):
            self.notes.append("Functions of both sides were called at once; only the asker's calls count.")
        return tuple(ToolCall(f"call_{uuid.uuid4().hex}", call.name, call.arguments or "{}") for call in theirs)

    def heard(self, reply: Reply) -> tuple[ToolCall, ...]:
        """Append a reply that calls functions; its calls, with ids of their own, otherwise as the model wrote them."""
        used = {call.id for message in self.messages for call in message.calls}
        calls = with_own_ids(reply.calls, used)
        self.whole = reply.finish != "length"
        shown = tuple(sendable(call, whole=self.whole) for call in calls)
        thought = None if reply.reasoning is None else clean(reply.reasoning)
        self.messages.append(Message("assistant", clean(reply.text), shown, reasoning=thought))
        return calls

    async def answer(self, caller: Caller, calls: Sequence[ToolCall]) -> list[ToolResult]:
        """Run what may be run and append one result for each call, in their order."""
        shown = {call.id: call for call in unanswered(self.messages)}
        looked: list[Ready | ToolResult] = []
        for call in calls:
            if len(self.results) + len(looked) >= self.limits.calls:
                caller.count(shown[call.id])
                looked.append(refused(call, "Not run: no more calls are allowed. Answer from what is known."))
            elif not self.whole:
                caller.count(shown[call.id])
                looked.append(refused(call, "Not run: the reply was cut off before its end. Write it again, shorter."))
            else:
                looked.append(caller.look(call, shown[call.id]))
        asked = anyio.current_time()
        for at, each in enumerate(looked):
            if isinstance(each, Ready):
                looked[at] = await caller.allowed(each) or each
        waited = anyio.current_time() - asked  # a person's time is not the run's
        self.deadline += waited
        caller.until += waited
        done = {result.call.id: result for result in await caller.run([r for r in looked if isinstance(r, Ready)])}
        results = [done[each.call.id] if isinstance(each, Ready) else each for each in looked]
        self.mistakes = 0 if done else self.mistakes + 1
        self.whole = True
        return self._append(results)

    def _append(self, results: Sequence[ToolResult]) -> list[ToolResult]:
        reserve = self.max_tokens or self.model.window // 4
        room = self.model.window - self._prompt_tokens() - reserve - _OVERHEAD * len(results)
        share = room // len(results)
        if share < _LEAST:
            self.spent = self.spent or "window"
            share = _LEAST
        told = []
        for result in results:
            content = fit(result.content, share, self.model.count_tokens)
            told.append(ToolResult(result.call, content, result.ok, result.ms, result.executed))
            self.messages.append(Message("tool", content, call_id=result.call.id))
        self.results += told
        return told

    def ended(self, caller: Caller, outcome: RunOutcome, reply: Reply | None) -> ToolRun:
        """The record."""
        if reply and outcome in (RunOutcome.ANSWERED, RunOutcome.LENGTH, RunOutcome.HANDED):
            calls = tuple(sendable(call, whole=True) for call in self.calls)
            self.messages.append(Message("assistant", clean(reply.text), calls, reasoning=reply.reasoning))
        return ToolRun(
            caller.run_id,
            outcome,
            reply,
            tuple(self.messages),
            tuple(self.results),
            self.usage,
            self.rounds,
            self.spent,
            tuple(self.notes),
            caller.errors,
            tuple(caller.in_doubt),
            self.calls,
        )
