"""The metrics against trec_eval (through ir_measures) on random graded runs, and at the edges."""

from __future__ import annotations

import random

import ir_measures
import numpy as np
import pytest
from ir_measures import AP, RR, P, R, nDCG

from wenyuan.errors import WrongUse
from wenyuan.evaluate.metrics import measure, ranked

ORACLES = {
    "map@100": AP @ 100,
    "map@5": AP @ 5,
    "ndcg@10": nDCG @ 10,
    "ndcg@3": nDCG @ 3,
    "p@5": P @ 5,
    "p@10": P @ 10,
    "r@10": R @ 10,
    "r@100": R @ 100,
}


def random_case(seed: int) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, int]]]:
    draw = random.Random(seed)
    documents = [f"d{i}" for i in range(40)]
    scores: dict[str, dict[str, float]] = {}
    qrels: dict[str, dict[str, int]] = {}
    for i in range(12):
        found = draw.sample(documents, draw.randint(1, 30))
        # Few distinct values: most runs have ties, and all are exact in trec_eval's single precision.
        scores[f"q{i}"] = {document: draw.randint(0, 8) / 4 for document in found}
        qrels[f"q{i}"] = {document: draw.choice([0, 0, 1, 2, 3]) for document in draw.sample(documents, 15)}
    del scores["q3"]  # judged, not answered
    del qrels["q4"]  # answered, not judged
    qrels["q5"] = dict.fromkeys(qrels["q5"], 0)  # nothing relevant
    return scores, qrels


@pytest.mark.parametrize("seed", range(25))
def test_every_metric_agrees_with_trec_eval(seed: int) -> None:
    scores, qrels = random_case(seed)
    run = {query: ranked(found) for query, found in scores.items()}
    expected = {
        (one.measure, one.query_id): one.value
        for one in ir_measures.pytrec_eval.iter_calc(list(ORACLES.values()), qrels, scores)
    }
    for name, oracle in ORACLES.items():
        values = measure(name, run, qrels)
        np.testing.assert_allclose(values, [expected[oracle, query] for query in qrels], atol=1e-12)
        assert values.any()


@pytest.mark.parametrize("seed", range(10))
def test_reciprocal_rank_agrees_with_trec_eval_on_the_first_k(seed: int) -> None:
    scores, qrels = random_case(seed)
    run = {query: ranked(found) for query, found in scores.items()}
    first = {query: {document: scores[query][document] for document in run[query][:3]} for query in run}
    expected = {one.query_id: one.value for one in ir_measures.pytrec_eval.iter_calc([RR], qrels, first)}
    np.testing.assert_allclose(measure("mrr@3", run, qrels), [expected[query] for query in qrels], atol=1e-12)


def test_ties_are_broken_by_falling_id_whatever_the_order_of_arrival() -> None:
    assert ranked({"a": 1.0, "c": 1.0, "b": 1.0, "z": 0.5}) == ["c", "b", "a", "z"]
    assert ranked({"b": 1.0, "z": 0.5, "a": 1.0, "c": 1.0}) == ["c", "b", "a", "z"]


@pytest.mark.parametrize("name", ["ndcg@10", "mrr@10", "p@10", "r@10"])
def test_unanswered_and_unanswerable_queries_count_as_zero(name: str) -> None:
    assert measure(name, {}, {"q": {"d": 1}}).tolist() == [0.0]
    assert measure(name, {"q": ["d"]}, {"q": {"d": 0}}).tolist() == [0.0]
    assert measure(name, {"q": ["d"]}, {"q": {"d": -1}}).tolist() == [0.0]
    assert measure(name, {"q": []}, {"q": {}}).tolist() == [0.0]
    assert measure(name, {"q": ["d"]}, {}).tolist() == []


@pytest.mark.parametrize("name", ["ndcg", "ndcg@", "ndcg@0", "ndcg@-1", "gmap@10", "p@x", ""])
def test_an_unknown_metric_is_refused(name: str) -> None:
    with pytest.raises(WrongUse, match="ndcg@K"):
        measure(name, {}, {})
