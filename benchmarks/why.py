"""Does `why` name the right stage, do its changes help, and what does the trace cost?

    python benchmarks/why.py [--searches N]

The pairs are those of tests/why_cases.py: the stage that loses each document was made to. Every change is
applied again here, in a search of its own. The floor always names the commonest stage. The cost of the trace is CPU
time: searches that record and searches that do not take turns, over 2,000 passages, with an encoder that costs nothing,
so its share of a search with a real model is smaller. The tenth percentile is compared: noise only adds.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from wenyuan.engine import KnowledgeBase
from why_cases import SCENARIOS, TOPICS, Scenario, made, open_scenario, tried_again

SEED = 0


def main() -> None:
    """Print a line a scenario, then the cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", type=int, default=2000)
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, seed {SEED}")
    pairs()
    cost(arguments.searches)


def pairs() -> None:
    right, stages, changes, held, times = 0, Counter(), 0, 0, []
    print(f"\n{'scenario':18}{'pairs':>7}{'right':>7}{'changes':>9}{'held':>7}{'ms':>8}")
    for scenario in SCENARIOS:
        row = judged(scenario)
        stages.update(pair.stage for pair in scenario.pairs)
        right, changes, held = right + row[0], changes + row[1], held + row[2]
        times += row[3]
        print(f"{scenario.name:18}{len(scenario.pairs):7}{row[0]:7}{row[1]:9}{row[2]:7}{np.median(row[3]):8.1f}")
    n, floor = stages.total(), stages.most_common(1)[0]
    print(f"{'all':18}{n:7}{right:7}{changes:9}{held:7}{np.median(times):8.1f}")
    print(f"floor: always '{floor[0]}' is right for {floor[1]} of {n}")


def judged(scenario: Scenario) -> tuple[int, int, int, list[float]]:
    """Pairs judged rightly, changes proposed, changes that held when tried again, CPU milliseconds of each."""
    right, changes, held, times = 0, 0, 0, []
    with tempfile.TemporaryDirectory() as folder, open_scenario(scenario, Path(folder)) as kb:
        for pair in scenario.pairs:
            started = time.process_time()
            why = kb.why(pair.question, pair.document, k=pair.k, filter=pair.filter, ask=pair.ask)
            times.append((time.process_time() - started) * 1000)
            right += why.stage == pair.stage
            changes += len(why.changes)
            held += sum(tried_again(kb, pair, change) for change in why.changes)
    return right, changes, held, times


def cost(searches: int) -> None:
    documents = [made(topic, n, dial=0.95 - n / 1000, tf=n % 40) for topic in TOPICS for n in range(500)]
    with tempfile.TemporaryDirectory() as folder, open_scenario(Scenario("cost", documents, []), Path(folder)) as kb:
        times = np.array([turn(kb, n) for n in range(searches + 200)][200:])  # the first warm up
    drawn = np.random.default_rng(SEED).integers(0, len(times), (1000, len(times)))
    shares = np.divide(*np.quantile(times[drawn], 0.1, axis=1).T) - 1
    low, high = np.percentile(shares, [2.5, 97.5])
    recorded, bare = np.quantile(times, 0.1, axis=0)
    print(f"\ntrace: {recorded:.3f} ms of CPU a search with it, {bare:.3f} without, n = {len(times)} pairs")
    print(f"share {recorded / bare - 1:+.1%}  [{low:+.1%}, {high:+.1%}]")


def turn(kb: KnowledgeBase, n: int) -> tuple[float, float]:
    """CPU milliseconds of one question with the records and without, in turns the one and the other first."""
    question = TOPICS[n // 2 % len(TOPICS)]
    if n % 2:
        recorded = timed(kb, question)
    with unrecorded():
        bare = timed(kb, question)
    if not n % 2:
        recorded = timed(kb, question)
    return recorded, bare


def timed(kb: KnowledgeBase, question: str) -> float:
    started = time.process_time()
    kb.search(question)
    return (time.process_time() - started) * 1000


@contextmanager
def unrecorded() -> Iterator[None]:
    """Searches that make no records; what is left of them is the setting of fields."""
    places = ["wenyuan.engine.flow.Fused", "wenyuan.fuse.Distinct", "wenyuan.engine.flow.Flow._asked"]
    with mock.patch(places[0], nothing), mock.patch(places[1], nothing), mock.patch(places[2], nothing):
        yield


def nothing(*_: object) -> None:
    return None


if __name__ == "__main__":
    main()
