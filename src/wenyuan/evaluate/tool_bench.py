"""How often a language model calls the right functions with the right arguments, by category and language."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from wenyuan.engine.endpoints import make_endpoint
from wenyuan.errors import EndpointError
from wenyuan.evaluate.bootstrap import wilson
from wenyuan.evaluate.tool_calls import mistake
from wenyuan.evaluate.tool_tasks import ToolTask, read_tasks
from wenyuan.settings import EndpointSettings, LlmSettings
from wenyuan.types import ChatModel, Reply, Request, ToolCall, Usage

OnTask = Callable[[int, int], None]  # tasks done, all tasks
ToolPath = Literal["native", "schema"]
"""The endpoint's own function calling, or calls as JSON that fits a schema."""

_REPLY_TOKENS = 512
_OF_THE_TASK = ("rejected", "server", "protocol", "truncated")  # faults that another request need not meet


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """What the model did with a task; `mistake` is None where it was right."""

    task: ToolTask
    calls: tuple[ToolCall, ...]
    mistake: str | None
    seconds: float
    usage: Usage | None = None


class Tally(NamedTuple):
    """Shares of tasks that are right: the model's with its Wilson interval, and those of two that need no model."""

    category: str
    language: str
    n: int
    right: float
    low: float
    high: float
    never: float  # calls nothing, ever
    first: float  # calls the first function without arguments, always


@dataclass(frozen=True, slots=True)
class ToolBench:
    """A model measured: which, how, on what, and what it did with each task."""

    model: str  # with its URL, as it may be shown
    path: ToolPath
    data: Path
    seed: int
    outcomes: Sequence[TaskOutcome]

    @property
    def tallies(self) -> list[Tally]:
        """Shares by category and language."""
        return tally(self.outcomes)


def measure_tools(
    data: Path,
    settings: EndpointSettings,
    path: ToolPath = "native",
    *,
    limit: int | None = None,
    seed: int = 0,
    seconds: float = 300.0,
    on_task: OnTask | None = None,
) -> ToolBench:
    """Ask the model at an endpoint the tasks of a file or folder, at most `limit` of each category and language.

    Raises:
        WrongUse: there are no tasks, or the endpoint's URL is none.
        SourceError: a line is no task.
        EndpointError: the endpoint does not reply at all.
    """
    import anyio

    from wenyuan.tools.schema_tools import SchemaTools

    drawn = draw(read_tasks(data), limit, seed)
    patience = LlmSettings(first_seconds=seconds, between_seconds=seconds, total_seconds=seconds, retries=0)
    endpoint = make_endpoint(settings.url, settings.model, settings.key, patience)
    model: ChatModel = SchemaTools(endpoint) if path == "schema" else endpoint

    async def run() -> list[TaskOutcome]:
        try:
            return await ask_all(model, drawn, on_task)
        finally:
            await endpoint.aclose()

    return ToolBench(endpoint.id, path, data, seed, anyio.run(run))


def draw(tasks: Sequence[ToolTask], limit: int | None, seed: int = 0) -> list[ToolTask]:
    """At most `limit` tasks of each category and language, in order; the same for the same seed."""
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, task in enumerate(tasks):
        groups[task.category, task.language].append(place)
    kept: set[int] = set()
    for group in groups.values():
        few = limit is not None and limit < len(group)
        kept.update(random.Random(seed).sample(group, limit) if few and limit is not None else group)  # noqa: S311
    return [tasks[place] for place in sorted(kept)]


async def ask_all(model: ChatModel, tasks: Sequence[ToolTask], on_task: OnTask | None = None) -> list[TaskOutcome]:
    """Ask the model each task once, one after the other. A reply that cannot be used is a mistake.

    Raises:
        EndpointError: the endpoint does not reply at all.
    """
    outcomes = []
    for done, task in enumerate(tasks, 1):
        begun = time.perf_counter()
        try:
            reply = await _reply(model, Request(task.messages, task.tools, max_tokens=_REPLY_TOKENS))
        except EndpointError as error:
            if error.fault not in _OF_THE_TASK:
                raise
            outcomes.append(TaskOutcome(task, (), str(error), time.perf_counter() - begun))
        else:
            wrong = judge_calls(task, reply.calls)
            if reply.finish == "length":
                wrong = "the reply is cut off"
            outcomes.append(TaskOutcome(task, reply.calls, wrong, time.perf_counter() - begun, reply.usage))
        if on_task is not None:
            on_task(done, len(tasks))
    return outcomes


def judge_calls(task: ToolTask, calls: Sequence[ToolCall]) -> str | None:
    """What is wrong with the calls for the task; None where they are right."""
    if task.expected is None:
        return None if calls else "no call where one is right"
    return mistake(calls, task.expected, task.tools)


def tally(outcomes: Sequence[TaskOutcome]) -> list[Tally]:
    """One line a category and language, then one a language over all its tasks, named "all"."""
    groups: defaultdict[tuple[str, str], list[TaskOutcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.task.category, outcome.task.language].append(outcome)
    languages = sorted({outcome.task.language for outcome in outcomes})
    totals = [("all", each, [one for one in outcomes if one.task.language == each]) for each in languages]
    return [_tally(*key, group) for key, group in groups.items()] + [_tally(*each) for each in totals]


def _tally(category: str, language: str, outcomes: Sequence[TaskOutcome]) -> Tally:
    n, right = len(outcomes), sum(outcome.mistake is None for outcome in outcomes)
    never = sum(judge_calls(outcome.task, ()) is None for outcome in outcomes)
    first = sum(judge_calls(outcome.task, _first(outcome.task)) is None for outcome in outcomes)
    return Tally(category, language, n, right / n, *wilson(right, n), never / n, first / n)


def _first(task: ToolTask) -> tuple[ToolCall, ...]:
    return tuple(ToolCall("", tool.name, "{}") for tool in task.tools[:1])


async def _reply(model: ChatModel, request: Request) -> Reply:
    async with aclosing(model.stream(request)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Reply):
                return piece
    raise EndpointError(f"{model.id} ended without a reply; ask again.", "protocol", retryable=True)
