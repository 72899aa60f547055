"""What the loop of calls adds to a round, beyond the model's time and the function's.

    python benchmarks/tool_loop.py [--runs 200]

A scripted model answers at once: five rounds with one call (or four), then the answer. The floor, in the same run and
interleaved with it, is the same pieces iterated and the same function awaited, with nothing around them.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from scripted import calls, scripted
from wenyuan.tools import Tool, Toolbox, tool
from wenyuan.tools.journal import Journal
from wenyuan.tools.loop import RunLimits, RunOutcome, ToolRun, run
from wenyuan.types import Message, Reply, Request

ROUNDS = 5
LIMITS = RunLimits(rounds=ROUNDS + 1, calls=4 * ROUNDS + 1)
ASKED = (Message("system", "你是助手。" * 100), Message("user", "问题 " * 20))


async def look(n: int) -> dict[str, int]:
    return {"n": n}


def look_in_a_thread(n: int) -> dict[str, int]:
    return {"n": n}


def rounds(name: str, side_by_side: int) -> list[Reply]:
    asked = [
        calls(*[(name, json.dumps({"n": 10 * at + n}), f"{at}.{n}") for n in range(side_by_side)], text="查一下" * 10)
        for at in range(ROUNDS)
    ]
    return [*asked, Reply("答案是七。" * 20)]


async def floor(side_by_side: int) -> None:
    model = scripted(*rounds("look", side_by_side))
    for at in range(ROUNDS + 1):
        async for piece in model.stream(Request(ASKED)):
            if isinstance(piece, Reply):
                for n in range(len(piece.calls)):
                    await look(10 * at + n)


async def looped(made: Tool, side_by_side: int, journal: Journal | None, run_id: str) -> None:
    model = scripted(*rounds(made.name, side_by_side))
    toolbox = Toolbox([made])
    async for event in run(model, ASKED, toolbox, limits=LIMITS, journal=journal, run_id=run_id):
        if isinstance(event, ToolRun):
            assert event.outcome is RunOutcome.ANSWERED
            assert all(result.executed and result.ok for result in event.results)
            assert event.rounds == ROUNDS + 1


async def timed(work: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await work()
    return 1000 * (time.perf_counter() - started) / (ROUNDS + 1)


async def measure(runs: int, folder: Path) -> None:
    waiting, threaded = tool(name="look", readonly=True)(look), tool(name="look", readonly=True)(look_in_a_thread)
    writing = tool(name="look")(look)
    with Journal(folder / "journal.db") as journal:
        cases: list[tuple[str, Tool, int, Journal | None]] = [
            ("1 coroutine", waiting, 1, None),
            ("4 coroutines side by side", waiting, 4, None),
            ("1 function in a thread", threaded, 1, None),
            ("4 in threads side by side", threaded, 4, None),
            ("1 with effects, journal in memory", writing, 1, None),
            ("1 with effects, journal on disk", writing, 1, journal),
        ]
        print("| calls a round | n | floor p50 ms | loop p50 ms | beyond the floor: p50 ms | p95 ms | CPU p50 ms |")
        print("|---|---|---|---|---|---|---|")
        for name, made, side_by_side, kept in cases:
            below, above, busy = [], [], []
            for n in range(runs + 5):
                id_ = f"{name} {n}"
                bare = await timed(lambda count=side_by_side: floor(count))
                cpu = time.process_time()  # of all threads: what a busy machine does not change
                whole = await timed(lambda id_=id_, at=(made, side_by_side, kept): looped(*at, id_))
                cpu = 1000 * (time.process_time() - cpu) / (ROUNDS + 1)
                if n >= 5:  # the first ones import and fill pools
                    below.append(bare)
                    above.append(whole)
                    busy.append(cpu)
            beyond = sorted(one - other for one, other in zip(above, below, strict=True))
            middle = [statistics.median(each) for each in (below, above, beyond, busy)]
            p95 = beyond[int(0.95 * len(beyond))]
            wall = f"{middle[0]:.3f} | {middle[1]:.3f} | {middle[2]:.3f} | {p95:.3f}"
            print(f"| {name} | {runs} | {wall} | {middle[3]:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    print(
        f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {ROUNDS + 1} rounds a run"
    )
    gc.freeze()
    with tempfile.TemporaryDirectory() as folder:
        anyio.run(measure, runs, Path(folder))
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
