"""Runs a conversation that pays three people, killed at many points and run again: how often was each of them paid?

    python killed.py FOLDER KILLS SEED [without]

Half of the kills come at a chosen line of the loop, the journal or the tool, in whatever thread it is; the other half
at a moment, which may be within a write of the database. One line of JSON is printed. `without` runs with no journal.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import anyio

import wenyuan.tools.loop as loop_module
from scripted import calls, scripted
from wenyuan.tools import Toolbox, tool
from wenyuan.tools.journal import Journal
from wenyuan.tools.loop import RunOutcome, ToolRun, run
from wenyuan.types import Message, Reply, Request

NAMES = ("Anna", "伯纳德", "Clara")
TRACED = (str(Path(loop_module.__file__).parent), __file__)


def converse(folder: Path, journalled: bool, stop: int | None = None) -> tuple[ToolRun, int]:
    """The run, and how many lines it took where they are counted."""

    @tool
    def pay(to: str, note: str) -> str:
        with open(folder / "paid", "a", encoding="utf-8") as file:
            file.write(to + "\n")
        return f"paid {to}"

    @tool(readonly=True)
    async def balance() -> int:
        return 7

    def fresh() -> str:  # a model that is asked again gives other ids, and other arguments
        return uuid.uuid4().hex

    def payment(to: str) -> tuple[str, str, str]:
        return "pay", json.dumps({"to": to, "note": fresh()}, ensure_ascii=False), fresh()

    first, *others = NAMES
    model = scripted(
        calls(("balance", "", fresh()), payment(first)),
        calls(*map(payment, others)),
        Reply("付清了。"),
    )
    script = model.rounds

    def next_round(request: Request) -> Reply:  # a round is known by its place in the conversation
        reply = script[sum(message.role == "assistant" for message in request.messages)]
        assert isinstance(reply, Reply)
        return reply

    model.rounds = (next_round,)

    async def go() -> tuple[ToolRun, int]:
        seen = count_lines(stop) if stop is not None else [0]
        journal = Journal(folder / "journal.db") if journalled else None
        async for event in run(model, [Message("user", "付钱")], Toolbox([pay, balance]), journal=journal, run_id="r"):
            if isinstance(event, ToolRun):
                return event, seen[0]
        raise AssertionError

    return anyio.run(go)


def count_lines(stop: int) -> list[int]:
    """Count the lines that run from now on, in all threads, and die at line number `stop`."""
    seen, lock = [0], threading.Lock()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(TRACED):
            return None
        if event == "line":
            with lock:
                seen[0] += 1
                if seen[0] == stop:
                    os.kill(os.getpid(), signal.SIGKILL)
        return trace

    threading.settrace(trace)
    sys.settrace(trace)
    return seen


def child(folder: Path, journalled: bool, stop: int | None, after: float | None) -> bool:
    """Whether the conversation came to its end in a process that is killed at a line, after a time, or not at all."""
    pid = os.fork()
    if pid == 0:
        found, lines = converse(folder, journalled, stop)
        results = [[each.call.name, each.call.arguments, each.content, each.ok] for each in found.results]
        told = {"lines": lines, "results": results, "outcome": found.outcome, "doubt": len(found.in_doubt)}
        (folder / "run").write_text(json.dumps(told), "utf-8")
        os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1] == 0


def paid(folder: Path) -> Counter[str]:
    file = folder / "paid"
    return Counter(file.read_text("utf-8").splitlines() if file.exists() else [])


def main() -> None:
    root, kills, dice = Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    journalled = "without" not in sys.argv
    (root / "warm").mkdir()
    converse(root / "warm", journalled)  # what is imported on the way is there for every child
    while threading.active_count() > 1:  # a fork takes no threads along, but may take their locks
        time.sleep(0.01)
    (root / "whole").mkdir()
    assert child(root / "whole", journalled, 0, None)
    lines = json.loads((root / "whole" / "run").read_text("utf-8"))["lines"]
    started = time.perf_counter()
    (root / "timed").mkdir()
    child(root / "timed", journalled, None, None)
    took = time.perf_counter() - started
    total: Counter[str] = Counter(lines=lines)
    for kill in range(kills):
        folder = root / str(kill)
        folder.mkdir()
        for _ in range(dice.choice((1, 1, 2))):  # now and then the second attempt dies too
            at_line = kill % 2 == 0
            stop = 1 + (kill * lines // kills + dice.randrange(max(lines // kills, 1))) if at_line else None
            ended = child(folder, journalled, stop, None if at_line else dice.uniform(0, took))
            total["killed"] += not ended
        assert child(folder, journalled, None, None)
        found, times = json.loads((folder / "run").read_text("utf-8")), paid(folder)
        assert found["outcome"] == RunOutcome.ANSWERED
        total["twice"] += sum(count > 1 for count in times.values())
        total["doubt"] += found["doubt"]
        for name, arguments, content, ok in found["results"]:
            if name == "pay":
                to = json.loads(arguments)["to"]
                total["wrong"] += ok != (content == f"paid {to}") or (ok and times[to] < 1)
                total["lost"] += not ok and "may already have happened" not in content
    print(json.dumps(total))


if __name__ == "__main__":
    main()
