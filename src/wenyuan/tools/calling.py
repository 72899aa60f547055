"""From a call that a model wrote to the result it is told: looked up, checked, approved, run within its time, once."""

from __future__ import annotations

import contextvars
import hashlib
import inspect
import json
import threading
import time
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread
import pydantic_core

from wenyuan.tools.history import clean
from wenyuan.tools.journal import Journal, Key, State
from wenyuan.tools.tool import Tool, Toolbox, ToolError, fingerprint, parsed
from wenyuan.types import Message, Reply, ToolCall, ToolResult

Approve = Callable[[ToolCall], bool | Awaitable[bool]]
"""Asks a person whether this call, with these arguments, may be run."""

_DOUBT = (
    "Not run: an equal call was begun before and its end is not known, so it may already have happened. "
    "Do not call it again; say that a person must check."
)
_T = TypeVar("_T")
_PERHAPS = "It may have happened all the same: do not call it again; say that a person must check."


class _Failure(Exception):
    """What a tool raised, as a typed outcome."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A call that may be run."""

    call: ToolCall
    tool: Tool
    arguments: Mapping[str, Any]
    key: Key


@dataclass(slots=True)
class Caller:
    """Runs the calls of one run; what it keeps is the run's record."""

    toolbox: Toolbox
    run_id: str
    journal: Journal
    approve: Approve | None
    shorten: Callable[[str, int], str]  # (text, tokens) → as much of it as they hold
    parallel: int
    repeats: int
    until: float  # anyio's clock: no function is begun later, and none goes on
    errors: dict[str, str] = field(default_factory=dict)  # call id → traceback
    in_doubt: list[str] = field(default_factory=list)  # ids of calls that may have happened
    before: Counter[tuple[str, str]] = field(default_factory=Counter)  # equal calls in the conversation
    _here: Counter[tuple[str, str]] = field(default_factory=Counter)  # equal calls in this run

    def count(self, shown: ToolCall) -> int:
        """How many calls equal to this one, as it stands in the history, came before; this one is counted too."""
        return self._counted(self._same(shown))

    def look(self, call: ToolCall, shown: ToolCall) -> Ready | ToolResult:
        """Whether a call may be run; else what the model is told instead. `shown` is how it stands in the history."""
        same = self._same(shown)
        occurrence = self._counted(same)
        self._here[same] += 1
        tool = self.toolbox.get(call.name)
        if tool is None:
            names = ", ".join(each.name for each in self.toolbox.schemas) or "none"
            return refused(call, f"There is no function {clean(call.name[:64])!r}; there are: {names}.")
        if self._here[same] > self.repeats:
            return refused(
                call,
                f"Not run: it was called {self.repeats} times with these arguments already. "
                "Use those results, or other arguments.",
            )
        try:
            arguments = tool.validated(call.arguments)
        except ToolError as error:
            return refused(call, str(error))
        return Ready(call, tool, arguments, Key(self.run_id, tool.name, same[1], occurrence))

    async def allowed(self, ready: Ready) -> ToolResult | None:
        """Ask a person where the tool wants it; the refusal, or None. The answer holds for these arguments only."""
        if not ready.tool.approval:
            return None
        journalled = not ready.tool.readonly
        if journalled and await self._kept(lambda: self.journal.approved(ready.key)):
            return None
        if self.approve is None:
            return refused(ready.call, "Not run: it needs a person's approval, and nobody can be asked here.")
        asked = ToolCall(ready.call.id, ready.tool.name, json.dumps(parsed(ready.call.arguments), ensure_ascii=False))
        if not await _asked(self.approve, asked):
            return refused(ready.call, "Not run: a person has refused it. Do not call it again; go on without.")
        if journalled:
            await self._kept(lambda: self.journal.approve(ready.key, asked.id, asked.arguments))
        return None

    async def run(self, calls: Sequence[Ready]) -> list[ToolResult]:
        """The results in the order of the calls: neighbours that change nothing side by side, all others alone."""
        results: list[ToolResult] = []
        at = 0
        while at < len(calls):
            end = at + 1
            while calls[at].tool.readonly and end < len(calls) and calls[end].tool.readonly:
                end += 1
            group = calls[at:end]
            results += [await self._one(group[0])] if len(group) == 1 else await self._together(group)
            at = end
        return results

    async def _together(self, group: Sequence[Ready]) -> list[ToolResult]:
        limiter, found = anyio.CapacityLimiter(self.parallel), dict[int, ToolResult]()

        async def one(at: int) -> None:
            async with limiter:
                found[at] = await self._one(group[at])

        async with anyio.create_task_group() as tasks:
            for at in range(len(group)):
                tasks.start_soon(one, at)
        return [found[at] for at in range(len(group))]

    async def _one(self, ready: Ready) -> ToolResult:
        tool, key = ready.tool, ready.key
        if anyio.current_time() >= self.until:
            return refused(ready.call, "Not run: the time for functions is used up. Answer from what is known.")
        if tool.readonly:
            return await self._timed(ready)
        call = ready.call
        earlier = await self._kept(lambda: self.journal.begin(key, call.id, call.arguments, idempotent=tool.idempotent))
        if earlier and earlier.state is State.STARTED:
            self.in_doubt.append(ready.call.id)
            return refused(ready.call, _DOUBT)
        if earlier:
            return ToolResult(ready.call, earlier.content, earlier.state is State.FINISHED, executed=False)
        result = await self._timed(ready)
        if ready.call.id not in self.in_doubt:
            with anyio.CancelScope(shield=True):  # it has happened: whoever cancels now must not leave it in doubt
                await self._kept(lambda: self.journal.finish(key, result.content, ok=result.ok))
        return result

    async def _timed(self, ready: Ready) -> ToolResult:
        """Run it: a coroutine function is cancelled when its time is up; a thread is left behind."""
        tool, call = ready.tool, ready.call
        seconds = min(tool.seconds, self.until - anyio.current_time())
        content, ok, known, started = "", True, True, time.perf_counter()
        with anyio.move_on_after(seconds) as scope:
            try:
                content = await _called(tool, ready.arguments)
            except ToolError as error:
                content, ok = str(error), False
            except _Failure as failure:
                content, ok, known = str(failure), False, False
                self.errors[call.id] = "".join(traceback.format_exception(failure.__cause__))
        if scope.cancelled_caught:
            content, ok, known = f"Out of time after {seconds:.1f} s.", False, False
        if not known and not tool.readonly and not tool.idempotent:
            self.in_doubt.append(call.id)
            content = f"{content} {_PERHAPS}"
        content = self.shorten(clean(content), tool.result_tokens)
        return ToolResult(call, content, ok, 1000 * (time.perf_counter() - started))

    # --- what the journal keeps

    async def remember(self, messages: Sequence[Message], reply: Reply) -> None:
        """Keep a reply that calls functions, before any of them is run: after a crash it is not asked for again."""
        if self._keeps:
            given = {"text": reply.text, "reasoning": reply.reasoning, "finish": reply.finish}
            said = json.dumps({**given, "calls": [[call.id, call.name, call.arguments] for call in reply.calls]})
            await self._kept(lambda: self.journal.remember(self.run_id, _digest(messages), said))

    async def remembered(self, messages: Sequence[Message]) -> Reply | None:
        """The reply to this conversation that was kept before a crash."""
        said = (
            await self._kept(lambda: self.journal.remembered(self.run_id, _digest(messages))) if self._keeps else None
        )
        if said is None:
            return None
        given = json.loads(said)
        calls = tuple(ToolCall(*call) for call in given["calls"])
        return Reply(given["text"], calls, given["finish"], given["reasoning"])

    @property
    def _keeps(self) -> bool:
        return self.journal.path is not None and not all(tool.readonly for tool in self.toolbox)

    async def _kept(self, work: Callable[[], _T]) -> _T:
        """Off the event loop where it waits for the disk."""
        return work() if self.journal.path is None else await anyio.to_thread.run_sync(work)

    def _counted(self, same: tuple[str, str]) -> int:
        self.before[same] += 1
        return self.before[same] - 1

    def _same(self, shown: ToolCall) -> tuple[str, str]:
        tool = self.toolbox.get(shown.name)
        return (tool.name if tool else shown.name, fingerprint(shown.arguments))


def _digest(messages: Sequence[Message]) -> str:
    """A hash of the conversation but for results: what is read again after a crash may have changed."""
    said = [[each.role, "" if each.role == "tool" else each.content, each.call_id, *each.calls] for each in messages]
    return hashlib.sha256(repr(said).encode("utf-8", "backslashreplace")).hexdigest()


def refused(call: ToolCall, content: str) -> ToolResult:
    """A result of a call for which no function was run."""
    return ToolResult(call, content, ok=False, executed=False)


async def _asked(approve: Approve, call: ToolCall) -> bool:
    if inspect.iscoroutinefunction(approve):
        return bool(await approve(call))
    answer = await in_own_thread(lambda: approve(call))
    return bool(await answer if inspect.isawaitable(answer) else answer)


async def in_own_thread(work: Callable[[], _T]) -> _T:
    """What `work` returns or raises, left behind when cancelled.

    A thread of anyio's pool would be waited for at the end of the process, and one that hangs take another's place.
    """
    token, done = anyio.lowlevel.current_token(), anyio.Event()
    future: Future[_T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # raised where it is waited for
            future.set_exception(error)
            if not isinstance(error, Exception | SystemExit):
                raise
        finally:
            with suppress(anyio.RunFinishedError):
                anyio.from_thread.run_sync(done.set, token=token)

    threading.Thread(target=contextvars.copy_context().run, args=(run,), name="wenyuan function", daemon=True).start()
    await done.wait()
    return future.result()


async def _called(tool: Tool, arguments: Mapping[str, Any]) -> str:
    """The function's result as text.

    Raises:
        ToolError: the function's own word to the model.
        _Failure: anything else it raised, which is the cause; the message is safe to tell.
    """
    try:
        if tool.waits:
            return as_text(await tool.function(**arguments))
        return await in_own_thread(lambda: as_text(tool.function(**arguments)))
    except ToolError:
        raise
    except (Exception, SystemExit) as error:
        raise _Failure(f"{type(error).__name__}: the function failed; what it said is in the run's record.") from error


def as_text(value: object) -> str:
    """What a function returned as the model reads it: a string as it is, anything else as JSON.

    Raises:
        ToolError: JSON cannot hold it.
    """
    if isinstance(value, str):
        return value
    try:
        return json.dumps(pydantic_core.to_jsonable_python(value), ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):  # pydantic's are ValueErrors
        raise ToolError(
            f"The function ran and returned, but its result, a {type(value).__name__}, cannot be shown."
        ) from None
