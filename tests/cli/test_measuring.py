"""`wenyuan eval` with report, comparison and gates, and `wenyuan eval-make`, with a stand-in for the encoder."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.progress import Progress, TimeRemainingColumn

from commands import Wenyuan
from fakes import word_encoder, word_scorer, write_policy
from judged_sets import write_examples, write_set
from screen import look
from wenyuan.cli import main
from wenyuan.evaluate.run import METRICS

N = 8


class Backwards:
    """A reranker that likes least what has the question's first word in it."""

    id, max_tokens = "backwards@1", 512

    def score(self, query, passages):
        return np.array([-float(query.split()[0] in passage) for passage in passages], np.float32)

    def truncated(self):
        return 0


@pytest.fixture(autouse=True)
def _stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for module in ("wenyuan.engine.opening", "wenyuan.evaluate.judged"):
        monkeypatch.setattr(f"{module}.load_encoder", lambda name, threads: word_encoder())
    monkeypatch.setattr("wenyuan.evaluate.judged.models_of", lambda settings, task: [])


@pytest.fixture
def data(tmp_path: Path) -> str:
    """Questions whose words are in one document each, and one that nothing can answer."""
    texts = {f"d{n}": f"编号{n} token{n}" for n in range(N)}
    questions = {f"q{n}": f"token{n} <b>在哪</b>？" for n in range(N)} | {"none": "none"}
    write_set(tmp_path / "set", texts, questions, {f"q{n}": {f"d{n}": 1} for n in range(N)} | {"none": {"gone": 1}})
    return "set"


def test_a_report_has_every_stage_that_the_settings_have(wenyuan: Wenyuan, data: str, monkeypatch) -> None:
    monkeypatch.setenv("WENYUAN_RERANK__COARSE", "0.5")
    monkeypatch.setenv("WENYUAN_RERANK__MODEL", "backwards")
    monkeypatch.setattr("wenyuan.engine.opening.load_late_interaction", lambda name, encoder: word_scorer(encoder))
    monkeypatch.setattr("wenyuan.engine.opening.load_cross_encoder", lambda *_: Backwards())
    code, out, err = wenyuan("eval", data, "--report", "out", "--json")
    assert (code, err) == (0, "")
    printed, kept = json.loads(out), json.loads(Path("out/run.json").read_text("utf-8"))
    assert [stage["name"] for stage in kept["stages"]] == ["bm25", "dense", "fused", "+ coarse", "+ fine"]
    assert printed["metrics"] == kept["metrics"] == kept["stages"][-1]["metrics"]
    assert kept["command"] == "wenyuan eval set --report out --json"
    assert set(kept["metrics"]) == set(METRICS)
    assert {"coarse", "rerank"} <= set(kept["latency_ms"]), "each reranking stage has a time of its own"
    gains = [stage["gain"] for stage in kept["stages"]]
    assert gains[0] is None
    difference = kept["metrics"]["ndcg@10"] - kept["stages"][3]["metrics"]["ndcg@10"]
    assert gains[4]["mean"] == pytest.approx(difference, abs=1e-3)
    without = json.loads(wenyuan("eval", data, "--json")[1])
    assert without["metrics"] == kept["metrics"]
    assert "stages" not in without
    first_stage = json.loads(wenyuan("eval", data, "--json", "--no-rerank")[1])
    assert first_stage["metrics"] == kept["stages"][2]["metrics"]
    alone = json.loads(wenyuan("eval", data, "--report", "out", "--leg", "bm25", "--json")[1])
    assert ("stages" in alone, alone["metrics"]) == (False, first_stage["metrics"]), "a leg is judged by its own order"
    wenyuan("eval", data, "--report", "out", "--leg", "bm25", "--rerank")
    kept = json.loads(Path("out/run.json").read_text("utf-8"))
    assert [stage["name"] for stage in kept["stages"]] == ["bm25", "+ coarse", "+ fine"]


def test_diversity_is_a_stage_where_it_may_change_hits(wenyuan: Wenyuan, data: str, monkeypatch) -> None:
    def names() -> list[str]:
        wenyuan("eval", data, "--report", "out")
        return [stage["name"] for stage in json.loads(Path("out/run.json").read_text("utf-8"))["stages"]]

    monkeypatch.setenv("WENYUAN_RERANK__MODEL", "none")
    plain = ["bm25", "dense", "fused"]
    assert names() == plain, "no question compares things"
    monkeypatch.setenv("WENYUAN_DIVERSITY__PER_DOCUMENT", "1")
    assert names() == [*plain, "+ diversity"]
    monkeypatch.delenv("WENYUAN_DIVERSITY__PER_DOCUMENT")
    with Path(data, "queries.jsonl").open("a") as file:
        file.write("\n" + json.dumps({"_id": "both", "text": "token1和token2有什么区别？"}))
    with Path(data, "qrels", "test.tsv").open("a") as file:
        file.write("\nboth\td1\t1\nboth\td2\t1")
    assert names() == [*plain, "+ diversity"]
    monkeypatch.setenv("WENYUAN_DIVERSITY__COVERAGE", "false")
    assert names() == plain


def test_a_policy_of_the_weights_is_a_stage_of_its_own(wenyuan: Wenyuan, data: str, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("WENYUAN_FUSE__POLICY", str(write_policy(tmp_path / "mine", (0.5, 0.4), threshold=-9)))
    assert wenyuan("eval", data, "--report", "out", "--leg", "fused")[0] == 0
    kept = json.loads(Path("out/run.json").read_text("utf-8"))
    assert [stage["name"] for stage in kept["stages"]] == ["bm25", "dense", "fused", "fused per query"]
    trace = json.loads(Path("out/traces/1.json").read_text("utf-8"))
    assert trace["hits"][0]["legs"]["dense"]["weight"] == pytest.approx(0.3)


def test_each_question_has_a_trace_with_its_judged_hits(wenyuan: Wenyuan, data: str) -> None:
    assert "out/index.html: the report" in wenyuan("eval", data, "--report", "out")[1]
    questions = json.loads(Path("out/run.json").read_text("utf-8"))["questions"]
    assert [row["trace"] for row in questions] == [f"traces/{n}.json" for n in range(1, N + 2)]
    for row in questions:
        trace = json.loads((Path("out") / row["trace"]).read_text("utf-8"))
        assert trace["query"] == row["question"]
        assert {"hits", "notes", "timings_ms"} <= set(trace)
        ranks = {hit["document"]: hit["rank"] for hit in trace["hits"]}
        assert all(rank is None or ranks[document] == rank for document, rank in row["ranks"].items())
    page = Path("out/index.html").read_text("utf-8")
    assert "&lt;b&gt;在哪&lt;/b&gt;" in page
    assert "<b>" not in page


def test_a_run_is_compared_with_an_earlier_one(wenyuan: Wenyuan, data: str, monkeypatch) -> None:
    Path("before.json").write_text(wenyuan("eval", data, "--json")[1], "utf-8")
    code, out, _ = wenyuan("eval", data, "--against", "before.json", "--fail-if-worse")
    assert code == 0
    assert f"0 wins, 0 losses, {N + 1} ties" in out
    monkeypatch.setenv("WENYUAN_RERANK__MODEL", "backwards")
    monkeypatch.setattr("wenyuan.engine.opening.load_cross_encoder", lambda *_: Backwards())
    code, out, err = wenyuan("eval", data, "--against", "before.json", "--fail-if-worse", "--report", "out", "--json")
    assert code == 1
    assert err.startswith("wenyuan: ndcg@10 is ")
    assert "worse than" in err
    assert "before.json" in err
    assert err.count("\n") == 1
    compared = json.loads(out)["against"]
    assert (compared["losses"], compared["wins"], compared["ties"]) == (N, 0, 1)
    assert json.loads(Path("out/run.json").read_text("utf-8"))["against"] == compared
    assert f"{N} losses, 1 ties" in Path("out/index.html").read_text("utf-8")


def test_a_person_sees_how_much_of_the_corpus_is_encoded(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[Progress] = []

    class Bar(Progress):
        def __init__(self, *columns: Any, **given: Any) -> None:
            super().__init__(*columns, **given)
            bars.append(self)

    monkeypatch.setattr("wenyuan.cli.progress.Progress", Bar)
    screen = look(monkeypatch)
    for more in ((), ("--json",)):
        monkeypatch.setattr(sys, "argv", ["wenyuan", "eval", data, *more])
        with pytest.raises(SystemExit):
            main()
    first, second = ({task.description: (task.completed, task.total) for task in bar.tasks} for bar in bars)
    assert first == {"documents encoded": (N, N), "questions": (N + 1, N + 1)}
    assert second == {"documents encoded": (0, None), "questions": (N + 1, N + 1)}, "from the cache"
    assert any(isinstance(column, TimeRemainingColumn) for column in bars[0].columns)
    assert "questions" in screen.getvalue()


def test_a_metric_below_its_bound_fails(wenyuan: Wenyuan, data: str) -> None:
    assert wenyuan("eval", data, "--fail-under", "ndcg@10=0.5", "--fail-under", "r@100=.5")[0] == 0
    code, out, err = wenyuan("eval", data, "--fail-under", "ndcg@10=0.5", "--fail-under", "mrr@10=0.95")
    assert code == 1
    assert "ndcg@10" in out, "the figures are printed all the same"
    assert err == "wenyuan: mrr@10 is 0.8889, below the bound of 0.95.\n"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--fail-under", "ndcg@10"], "--fail-under"),
        (["--fail-under", "ndcg@7=0.5"], "ndcg@10"),
        (["--fail-under", "ndcg@10=nan"], "METRIC=VALUE"),
        (["--fail-if-worse"], "--against"),
        (["--against", "absent.json"], "absent.json"),
        (["--report", "set"], "set holds something"),
        (["--report", "set/corpus.jsonl"], "corpus.jsonl"),
    ],
)
def test_wrong_use_is_said_before_anything_is_measured(wenyuan: Wenyuan, data: str, arguments, named) -> None:
    code, out, err = wenyuan("eval", data, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert named in err
    assert not Path("cache").exists()


@pytest.fixture
def asked(data: str, tmp_path: Path) -> str:
    """Questions in the words of their documents; one asks for another document than it should be answered from."""
    rows = [
        {"id": f"q{n}", "passage": f"d{n}", "question": f"编号{n} token{n}", "evidence": f"token{n}", "start": 4}
        for n in range(3)
    ]
    rows[2] |= {"passage": "d3", "evidence": "token3", "passage_language": "zh", "style": "why"}
    write_examples(tmp_path / "asked.jsonl", (row | {"unanswerable": "Who invented this machine?"} for row in rows))
    return "asked.jsonl"


def test_answers_are_measured_and_reported(wenyuan: Wenyuan, data: str, asked: str) -> None:
    made = wenyuan("eval", data, "--answers", asked, "--report", "out", "--json").json
    assert (made["n"], made["near_misses"], made["answered"], made["declined"]) == (3, 3, 1.0, 1.0)
    assert (made["evidence"], made["right_document"], made["auroc"]) == (0.6667, 0.6667, pytest.approx(0.5, abs=0.5))
    assert {name: group["evidence"] for name, group in made["by_pair"].items()} == {"en→en": 1.0, "en→zh": 0.0}
    assert set(made["by_style"]) == {"fact", "why"}
    assert made["command"] == "wenyuan eval set --answers asked.jsonl --report out --json"
    wrong = [row for row in made["questions"] if not row["right"]]
    assert [(row["id"], row["quotes"][0]["document"]) for row in wrong] == [("q2", "d2")]
    assert json.loads(Path("out/run.json").read_text("utf-8")) == made
    assert "another document" in Path("out/index.html").read_text("utf-8")
    code, out, err = wenyuan("eval", data, "--answers", asked, "--report", "out", "--limit", "2")
    assert (code, err) == (0, "")
    assert "set, asked.jsonl: 2 questions + 2 near-misses" in out
    assert "out/index.html: the report" in out


@pytest.mark.parametrize(
    ("option", "named"),
    [
        (["--leg", "bm25"], "--leg"),
        (["--rerank"], "--rerank"),
        (["--no-rerank"], "--no-rerank"),
        (["--against", "run.json"], "--against"),
        (["--fail-under", "ndcg@10=0.5"], "--fail-under"),
        (["--fail-if-worse"], "--fail-if-worse"),
    ],
)
def test_options_for_searches_are_refused_with_answers(wenyuan: Wenyuan, data: str, asked: str, option, named) -> None:
    code, out, err = wenyuan("eval", data, "--answers", asked, *option)
    assert (code, out) == (2, "")
    assert err == f"wenyuan: {named} is for measuring the search: leave it out, or leave out --answers.\n"


def test_a_line_that_is_no_example_is_named_before_anything_is_measured(wenyuan: Wenyuan, data: str) -> None:
    Path("bad.jsonl").write_text('{"id": "q1"}\n', "utf-8")
    code, out, err = wenyuan("eval", data, "--answers", "bad.jsonl")
    assert (code, out) == (1, "")
    assert "bad.jsonl, line 1: " in err
    assert not Path("cache").exists()
    assert "absent.jsonl" in wenyuan("eval", data, "--answers", "absent.jsonl").err


def test_questions_are_made_reviewed_and_asked(wenyuan: Wenyuan) -> None:
    docs = Path("docs")
    docs.mkdir()
    (docs / "泵.md").write_text(
        "# 水泵\n\n## 滤芯多久更换一次？\n\n每运行五百小时更换一次滤芯，并清洗滤网。\n", "utf-8"
    )
    answer = "The warranty of the pump lasts for two years from the date of delivery."
    (docs / "pump.md").write_text(f"# Pump\n\n## How long does the warranty last?\n\n{answer}\n", "utf-8")
    assert wenyuan("add", "docs")[0] == 0
    made = json.loads(wenyuan("eval-make", "--out", "mine", "--json")[1])
    assert made["kinds"]["faq"] == 2
    assert set(made["languages"]) == {"zh", "en"}
    assert wenyuan("eval-make", "--out", "mine")[0] == 2
    code, out, _ = wenyuan("eval", "mine", "--kb", "kb", "--json")
    assert code == 0
    judged = json.loads(out)
    assert judged["n"] == made["questions"]
    review = Path("mine/review.csv")
    review.write_text(review.read_text("utf-8").replace("yes,How long", "no,How long"), "utf-8")
    assert json.loads(wenyuan("eval", "mine", "--kb", "kb", "--json")[1])["n"] == judged["n"] - 1
    assert "--kb" in wenyuan("eval", "mine")[2]
    shutil.rmtree("mine")
    assert "review.csv" in wenyuan("eval-make", "--out", "mine", "--limit", "1")[1]


@pytest.mark.parametrize("command", ["eval", "eval-make"])
def test_help_lists_every_option(wenyuan: Wenyuan, command: str) -> None:
    code, out, _ = wenyuan(command, "--help")
    assert code == 0
    options = {
        "eval": ["--report", "--against", "--fail-under", "--fail-if-worse", "--kb", "--answers"],
        "eval-make": ["--seed"],
    }
    assert all(option in out for option in options[command])
