"""kill -9 at any point of a conversation with effects, and what 1,000 conversations leave behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import anyio
import pytest

from scripted import calls, scripted
from wenyuan.tools import Toolbox, tool
from wenyuan.tools.journal import Journal
from wenyuan.tools.loop import RunOutcome, ToolRun, run
from wenyuan.types import Message, Reply

SCRIPT = Path(__file__).with_name("killed.py")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forked")


def killed(folder: Path, kills: int, *more: str) -> dict[str, int]:
    command = [sys.executable, str(SCRIPT), str(folder), str(kills), "0", *more]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@needs_fork
@pytest.mark.timeout(900)  # on a busy machine
@pytest.mark.parametrize("kills", [12, pytest.param(220, marks=pytest.mark.slow)])
def test_nothing_is_done_twice_wherever_it_is_killed(tmp_path: Path, kills: int) -> None:
    total = killed(tmp_path, kills)
    assert total["killed"] >= kills * 2 // 3
    assert total["lines"] > 300
    assert total.get("twice", 0) == total.get("wrong", 0) == total.get("lost", 0) == 0, total


@needs_fork
def test_without_the_journal_things_are_done_twice(tmp_path: Path) -> None:
    """The test above would see it."""
    assert killed(tmp_path, 8, "without")["twice"] > 0


def left_behind(cycles: int, path: Path) -> tuple[int, int]:
    """Threads and open files more after this many conversations than after the first ones."""

    @tool
    def write(n: int) -> int:
        return n

    @tool(readonly=True)
    def read(n: int) -> int:
        return n

    async def one(n: int, journal: Journal | None) -> None:
        model = scripted(calls(("write", f'{{"n": {n}}}'), ("read", '{"n": 1}'), ("read", '{"n": 2}')), Reply("."))
        events = run(model, [Message("user", "?")], Toolbox([write, read]), journal=journal, run_id=str(n))
        async for event in events:
            if n % 3 == 0:
                break  # a consumer who has seen enough
            if isinstance(event, ToolRun):
                assert event.outcome is RunOutcome.ANSWERED
        await events.aclose()

    async def many() -> tuple[int, int]:
        with Journal(path) as journal:
            for n in range(cycles):
                if n == 20:
                    before = (threading.active_count(), len(os.listdir("/proc/self/fd")))
                await one(n, journal if n % 2 else None)
            after = (threading.active_count(), len(os.listdir("/proc/self/fd")))
        return after[0] - before[0], after[1] - before[1]

    return anyio.run(many)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files cannot be counted here")
@pytest.mark.parametrize("cycles", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_conversations_leave_no_threads_or_files_behind(tmp_path: Path, cycles: int) -> None:
    threads, files = left_behind(cycles, tmp_path / "journal.db")
    assert threads <= 3  # of the pool, which grows to what runs side by side
    assert files <= 0
