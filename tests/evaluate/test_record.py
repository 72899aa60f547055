"""The record of a run, and two runs side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from answered import answer, example
from wenyuan.errors import SourceError, WrongUse
from wenyuan.evaluate.answers import judge
from wenyuan.evaluate.beir import Judgements
from wenyuan.evaluate.bootstrap import difference
from wenyuan.evaluate.gate import shortfall, worsening
from wenyuan.evaluate.record import against, answers_record, read_record, record
from wenyuan.evaluate.run import METRICS, evaluate

N = 40


def run(ranks: dict[int, int], n: int = N, wording: str = "question"):
    """A run that finds the right document of question i at rank ranks[i], or else first."""
    judgements = Judgements({f"q{i}": f"{wording} {i}" for i in range(n)}, {f"q{i}": {"right": 1} for i in range(n)})

    def search(text):
        rank = ranks.get(int(text.split()[-1]), 1)
        return [*(f"w{k}" for k in range(rank - 1)), "right"], {"recall": 1.0}

    evaluation = evaluate("set", judgements, search)
    return evaluation, record({"fused": evaluation}, "wenyuan eval set")


def test_a_record_holds_what_a_question_got() -> None:
    evaluation, made = run({3: 2, 4: 200})
    assert set(made["metrics"]) == set(METRICS)
    assert "stages" not in made
    assert made["questions"][3]["ranks"] == {"right": 2}
    assert made["questions"][4]["ranks"] == {"right": 200}
    assert made["questions"][4]["metrics"]["r@100"] == 0.0
    assert made["metrics"]["ndcg@10"] == round(evaluation.metrics["ndcg@10"], 4)
    assert json.loads(json.dumps(made)) == made


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(run({})[1]), "utf-8")
    assert read_record(path) == run({})[1]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"questions": []}', '{"questions": [{"id": "1"}]}', '{"n": NaN'])
def test_what_is_no_record_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(SourceError, match=r"run\.json"):
        read_record(path)
    with pytest.raises(WrongUse, match="absent"):
        read_record(tmp_path / "absent.json")


def test_runs_are_compared_in_pairs() -> None:
    (old, before), (new, now) = run({1: 2, 2: 3}), run({2: 1, 5: 4})
    compared = against(now, before, "old.json")
    assert (compared.n, compared.left_out, compared.wins, compared.losses) == (N, 0, 2, 1)
    assert [change.id for change in compared.changes] == ["q5", "q1", "q2"], "the greatest loss first"
    for name in METRICS:
        expected = difference(new.per_query[name], old.per_query[name])
        assert compared.differences[name].mean == pytest.approx(expected.mean, abs=1e-6)
        assert compared.means[name][1] == pytest.approx(new.metrics[name], abs=1e-6)


def test_questions_of_one_run_only_and_in_other_words_are_left_out() -> None:
    compared = against(run({}, n=10)[1], run({}, n=4)[1], "old.json")
    assert (compared.n, compared.left_out) == (4, 6)
    with pytest.raises(WrongUse, match="none of these questions"):
        against(run({})[1], run({}, wording="other words")[1], "old.json")


def test_a_run_without_a_metric_of_today_is_compared_by_the_others() -> None:
    earlier = run({1: 2})[1]
    for row in earlier["questions"]:
        del row["metrics"]["p@5"]
    assert set(against(run({})[1], earlier, "old.json").differences) == set(METRICS) - {"p@5"}


def test_the_first_metric_below_its_bound_is_named() -> None:
    metrics = {"ndcg@10": 0.75, "mrr@10": 0.8}
    assert shortfall(metrics, {}) is None
    assert shortfall(metrics, {"ndcg@10": 0.75, "mrr@10": 0.8}) is None
    said = shortfall(metrics, {"mrr@10": 0.1, "ndcg@10": 0.8})
    assert said == "ndcg@10 is 0.7500, below the bound of 0.8."
    assert shortfall({"ndcg@10": float("nan")}, {"ndcg@10": 0.0})


def test_worse_is_worse_only_beyond_chance() -> None:
    good, bad = run({})[1], run(dict.fromkeys(range(20), 5))[1]
    one = run({1: 2})[1]
    said = worsening(against(bad, good, "old.json"))
    assert said
    assert "old.json" in said
    assert "p 0.00" in said
    assert worsening(against(good, bad, "old.json")) is None
    assert worsening(against(one, good, "old.json")) is None


def test_a_record_of_answers_holds_figures_by_pair_and_style_and_what_was_quoted(tmp_path: Path) -> None:
    asked = example("q1", near_miss="who?")
    outcomes = [
        judge(asked, answer(("d1", 0, "the evidence")), {}),
        judge(asked, answer(), {}, near_miss=True),
        judge(example("q2", pair="zh→en", style="why"), answer(("d2", 4, "else")), {}),
    ]
    made = answers_record("set", "dev.jsonl", outcomes, "wenyuan eval set --answers dev.jsonl")
    assert json.loads(json.dumps(made)) == made
    assert (made["n"], made["near_misses"], made["evidence"], made["declined"]) == (2, 1, 0.5, 1.0)
    assert made["intervals"]["declined"] == pytest.approx([0.2065, 1.0])
    assert made["counts"]["auroc"] == 2
    assert set(made["by_pair"]) == {"en→en", "zh→en"}
    assert (made["by_style"]["why"]["n"], made["by_style"]["why"]["evidence"]) == (1, 0.0)
    assert (made["by_style"]["why"]["auroc"], made["by_style"]["why"]["intervals"]["auroc"]) == (None, None)
    assert made["latency_ms"]["total"]["p50"] == 3.0
    assert {"command", "version", "seed", "peak_mb", "machine", "commit"} <= made.keys()
    first, second, third = made["questions"]
    assert first["quotes"] == [{"document": "d1", "start": 0, "end": 12, "quote": "the evidence"}]
    assert (first["holds_evidence"], first["names_document"], first["right"], first["near_miss"]) == (True,) * 3 + (
        False,
    )
    assert (second["question"], second["evidence"], second["right"]) == ("who?", None, True)
    assert (third["pair"], third["right"]) == ("zh→en", False)
    path = tmp_path / "run.json"
    path.write_text(json.dumps(made), "utf-8")
    with pytest.raises(SourceError, match="is no record of a run"):
        read_record(path)
