"""Figures as people read them, and the same as one JSON document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from answered import answer, example
from wenyuan.cli import figures
from wenyuan.evaluate.answers import judge
from wenyuan.evaluate.make import Question
from wenyuan.evaluate.record import answers_record
from wenyuan.evaluate.tool_bench import TaskOutcome, ToolBench
from wenyuan.evaluate.tool_tasks import ToolTask

RECORD: dict[str, Any] = {
    "data": "set",
    "n": 12,
    "metrics": {"ndcg@10": 0.81},
    "intervals": {"ndcg@10": [0.7, 0.9]},
    "latency_ms": {"total": {"p50": 1.5, "p95": 3.0}},
    "peak_mb": 300,
}


def changed(n: int) -> dict[str, Any]:
    return {"before": n / 100, "after": 0.5, "question": f"question\n{n}"}


def test_metrics_have_intervals_and_stages_lines_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    figures.evaluation(RECORD, None, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "set  n = 12",
        "  ndcg@10  0.8100  [0.7000, 0.9000]",
        "  total    p50 1.50 ms, p95 3.00 ms",
        "  peak memory 300 MB",
    ]
    stages = [{"name": "bm25", "metrics": {"ndcg@10": 0.5, "r@10": 0.6}}]
    figures.evaluation(RECORD | {"stages": stages}, Path("out/index.html"), as_json=False)
    *_, title, stage, page = capsys.readouterr().out.splitlines()
    assert (title, stage.split()) == ("stages", ["bm25", "ndcg@10", "0.5000", "r@10", "0.6000"])
    assert page == "out/index.html: the report"


def test_of_many_changed_questions_the_greatest_losses_and_wins_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    against = {
        "run": "before.json",
        "n": 12,
        "left_out": 1,
        "means": {"ndcg@10": [0.7, 0.81]},
        "differences": {"ndcg@10": {"mean": 0.11, "low": 0.01, "high": 0.21, "p": 0.03}},
        "wins": 7,
        "losses": 5,
        "ties": 0,
        "changes": [changed(n) for n in range(12)],
    }
    figures.evaluation(RECORD | {"against": against}, None, as_json=False)
    out = capsys.readouterr().out
    assert "against before.json  n = 12, left out 1" in out
    assert "0.7000 → 0.8100  +0.1100 [+0.0100, +0.2100]  p 0.0300" in out
    assert "7 wins, 5 losses, 0 ties" in out
    assert [line.split()[-1] for line in out.splitlines() if "question" in line] == [
        *map(str, [0, 1, 2, 3, 4, 7, 8, 9, 10, 11])
    ]


def test_as_json_a_record_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    figures.evaluation(RECORD, Path("out/index.html"), as_json=True)
    assert json.loads(capsys.readouterr().out) == RECORD


def test_questions_are_counted_by_kind_and_language_with_the_next_command(capsys: pytest.CaptureFixture[str]) -> None:
    made = [Question(text, "heading", ("d",), "") for text in ("保修期是多久？", "How long is it?", "泵怎么清洗？")]
    figures.questions(Path("mine"), made, Path("kb"), as_json=False)
    first, second = capsys.readouterr().out.splitlines()
    assert first == "mine: 3 questions (3 heading, 2 zh, 1 en)"
    assert second == "Look through mine/review.csv, then: wenyuan eval mine --kb kb"
    figures.questions(Path("mine"), made, Path("kb"), as_json=True)
    assert json.loads(capsys.readouterr().out)["languages"] == {"zh": 2, "en": 1}


def test_a_bench_stands_beside_what_needs_no_model(capsys: pytest.CaptureFixture[str]) -> None:
    task = ToolTask("1", "single", "en", (), (), ())
    bench = ToolBench("m@u", "schema", Path("tasks"), 3, [TaskOutcome(task, (), None, 1.0)])
    figures.tool_bench(bench, as_json=False)
    out = capsys.readouterr().out
    assert out.startswith("m@u, path schema, tasks, seed 3")
    assert all(title in out for title in ("category", "right", "95 % interval", "never calls", "calls the first"))
    figures.tool_bench(bench, as_json=True)
    assert json.loads(capsys.readouterr().out)["shares"][0]["right"] == 1.0


def test_answers_have_a_row_for_all_each_pair_and_each_style(capsys: pytest.CaptureFixture[str]) -> None:
    asked = example("q1", near_miss="who?")
    outcomes = [
        judge(asked, answer(("d1", 0, "the evidence")), {}),
        judge(asked, answer(), {}, near_miss=True),
        judge(example("q2", pair="zh→en", style="why"), answer(("d9", 4, "else")), {}),
    ]
    record = answers_record("set", "asked.jsonl", outcomes, "wenyuan eval set --answers asked.jsonl")
    figures.answers(record, Path("out/index.html"), as_json=False)
    first, heads, *rows, times, page = capsys.readouterr().out.splitlines()
    assert first == "set, asked.jsonl: 2 questions + 1 near-misses"
    expected = "n evidence right document answered declined AUROC given AUROC asked chars words"
    assert " ".join(heads.split()) == expected
    assert [row.split()[0] for row in rows[::2]] == ["all", "en→en", "zh→en", "fact", "why"]
    assert rows[0].split()[:6] == ["all", "2", ".50", ".50", "1.00", "1.00"]
    assert rows[1].split()[:5] == ["+", "1", ".09–.91", ".09–.91", ".34–1.00"]
    assert rows[4].split()[5] == "–", "no near-miss was asked"
    assert "peak memory" in times
    assert page == "out/index.html: the report"
    figures.answers(record, None, as_json=True)
    assert json.loads(capsys.readouterr().out) == record
