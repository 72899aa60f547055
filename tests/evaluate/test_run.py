"""One pass over judged questions."""

from __future__ import annotations

import pytest

from wenyuan.evaluate.beir import Judgements
from wenyuan.evaluate.run import METRICS, evaluate, percentiles, sample

N = 20
JUDGED = Judgements({f"q{n}": f"question {n}" for n in range(N)}, {f"q{n}": {f"d{n}": 1} for n in range(N)})


def test_every_question_is_asked_once_in_order_and_measured() -> None:
    asked: list[str] = []
    told: list[tuple[int, int]] = []

    def search(text: str) -> tuple[list[str], dict[str, float]]:
        asked.append(text)
        n = int(text.rsplit(maxsplit=1)[-1])
        return ([f"d{n}"] if n % 2 else ["wrong", f"d{n}"]), {"recall": 1.0 + n, "fuse": 1.0}

    found = evaluate("set", JUDGED, search, lambda *progress: told.append(progress))
    assert asked == [*JUDGED.queries.values()]
    assert told == [(n, N) for n in range(1, N + 1)]
    assert (found.data, found.n) == ("set", N)
    assert found.metrics.keys() == found.intervals.keys() == set(METRICS)
    assert found.metrics["mrr@10"] == pytest.approx(0.75)
    low, high = found.intervals["mrr@10"]
    assert low < 0.75 < high
    assert found.latency_ms["fuse"] == {"p50": 1.0, "p95": 1.0}
    assert found.latency_ms["total"]["p50"] == pytest.approx(1 + 1 + 9.5)
    assert list(found.run) == list(JUDGED.queries)
    assert found.peak_mb > 0


def test_a_sample_is_the_same_for_a_seed_and_keeps_its_judgements() -> None:
    some = sample(JUDGED, 5, seed=1)
    assert some == sample(JUDGED, 5, seed=1) != sample(JUDGED, 5, seed=2)
    assert len(some.queries) == 5
    assert all(some.queries[q] == JUDGED.queries[q] and some.qrels[q] == JUDGED.qrels[q] for q in some.queries)


@pytest.mark.parametrize("limit", [None, N, N + 1])
def test_a_sample_of_all_is_all_in_order(limit: int | None) -> None:
    assert list(sample(JUDGED, limit).queries) == list(JUDGED.queries)


def test_percentiles() -> None:
    assert percentiles([float(n) for n in range(101)]) == {"p50": 50.0, "p95": 95.0}
