"""One pass over judged questions: metrics with intervals, latency per stage, peak memory."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wenyuan.evaluate.beir import Judgements
from wenyuan.evaluate.bootstrap import interval
from wenyuan.evaluate.memory import peak_mb
from wenyuan.evaluate.metrics import Run, Values, measure

METRICS = ("ndcg@10", "mrr@10", "p@5", "p@10", "r@10", "r@100")

Ranker = Callable[[str], tuple[Sequence[str], Mapping[str, float]]]
"""A question → document ids, best first, each once, and the milliseconds that each stage took."""

OnQuestion = Callable[[int, int], None]
"""Told after each question: (questions asked so far, questions in all), so (1, n) first and (n, n) last."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured; `per_query` keeps the values in the order of the judgements, for paired comparison."""

    data: str
    n: int
    metrics: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]  # 95 %, bootstrap over questions
    latency_ms: Mapping[str, Mapping[str, float]]  # stage → {"p50", "p95"}
    peak_mb: int  # of this process so far
    per_query: Mapping[str, Values]
    judgements: Judgements
    run: Run


def sample(judgements: Judgements, limit: int | None, seed: int = 0) -> Judgements:
    """At most `limit` questions, drawn with a fixed seed, so that runs compare."""
    ids = list(judgements.queries)
    if limit is not None and limit < len(ids):
        ids = random.Random(seed).sample(ids, limit)  # noqa: S311 — a sample, not a secret
    return Judgements({i: judgements.queries[i] for i in ids}, {i: judgements.qrels[i] for i in ids})


def evaluate(data: str, judgements: Judgements, search: Ranker, on_question: OnQuestion | None = None) -> Evaluation:
    """Ask every question once, in order."""
    run: dict[str, Sequence[str]] = {}
    timings: dict[str, list[float]] = {}
    for asked, (query, text) in enumerate(judgements.queries.items(), 1):
        run[query], stages = search(text)
        for stage, ms in {**stages, "total": sum(stages.values())}.items():
            timings.setdefault(stage, []).append(ms)
        if on_question is not None:
            on_question(asked, len(judgements.queries))
    values = {name: measure(name, run, judgements.qrels) for name in METRICS}
    intervals = {name: interval(each) for name, each in values.items()}
    return Evaluation(
        data=data,
        n=len(judgements.queries),
        metrics={name: each.mean for name, each in intervals.items()},
        intervals={name: (each.low, each.high) for name, each in intervals.items()},
        latency_ms={stage: percentiles(times) for stage, times in timings.items()},
        peak_mb=peak_mb(),
        per_query=values,
        judgements=judgements,
        run=run,
    )


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """Half and nearly all of the times are below these."""
    p50, p95 = np.percentile(times, (50, 95))
    return {"p50": float(p50), "p95": float(p95)}
