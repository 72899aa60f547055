"""The report: one page that needs nothing else, whose numbers are those of run.json; what it must not overwrite."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pages import Reader
from wenyuan.errors import WrongUse
from wenyuan.evaluate.beir import Judgements
from wenyuan.evaluate.record import against, record
from wenyuan.evaluate.report import ReportFolder, page
from wenyuan.evaluate.run import evaluate

HOSTILE = '<script>alert("x")</script>'
QUESTIONS = {"q1": "滤芯多久更换一次？", "q2": f"What is {HOSTILE} & why?", "q3": "nothing is found"}
QRELS = {"q1": {"手册/泵.md": 1}, "q2": {f"a{HOSTILE}.md": 1, "b.md": 0}, "q3": {"c.md": 1}}


def stage(found: dict[str, list[str]], questions=QUESTIONS, qrels=QRELS):
    texts = {text: query for query, text in questions.items()}

    def search(text):
        return found.get(texts[text], []), {"encode": 1.0, "recall": 2.5}

    return evaluate("set", Judgements(questions, qrels), search)


def run():
    first = stage({"q1": ["x.md", "手册/泵.md"], "q2": [f"a{HOSTILE}.md"]})
    last = stage({"q1": ["手册/泵.md", "x.md"], "q2": ["b.md", "x.md", f"a{HOSTILE}.md"]})
    return record({"bm25": first, "fused": last}, "wenyuan eval set --report out")


def test_the_page_refers_to_nothing_but_its_traces(tmp_path: Path) -> None:
    folder = ReportFolder.open(tmp_path / "out")
    for n in (1, 2):
        folder.write_trace(n, {"query": "滤芯"})
    read = Reader(folder.write(run()).read_text("utf-8"))
    assert sorted(read.places) == ["data:,", "traces/1.json", "traces/2.json"]
    text = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert not re.search(r"https?:|@import|url\(", text)
    assert "default-src 'none'" in text, "the browser itself refuses requests"
    assert "滤芯" in (tmp_path / "out" / "traces" / "1.json").read_text("utf-8")
    traces = [row.get("trace") for row in json.loads((tmp_path / "out" / "run.json").read_text("utf-8"))["questions"]]
    assert traces == ["traces/1.json", "traces/2.json", None]


def test_a_page_without_traces_names_none() -> None:
    read = Reader(page(run()))
    assert read.places == ["data:,"]
    assert "trace" not in read.text


def test_the_numbers_of_the_page_are_those_of_the_json(tmp_path: Path) -> None:
    ReportFolder.open(tmp_path).write(run())
    kept = json.loads((tmp_path / "run.json").read_text("utf-8"))
    text = Reader((tmp_path / "index.html").read_text("utf-8")).text
    for each in kept["stages"]:
        for name in ("ndcg@10", "mrr@10", "p@5", "r@10", "r@100"):
            low, high = each["intervals"][name]
            assert f"{each['metrics'][name]:.4f} [{low:.4f}, {high:.4f}]" in text
    assert kept["metrics"] == kept["stages"][-1]["metrics"]
    for row in kept["questions"]:
        before, after = row["first"]["metrics"]["ndcg@10"], row["metrics"]["ndcg@10"]
        assert f"{before:.4f} {after:.4f}" in text
    assert "1 wins, 1 losses, 1 ties" in text
    assert f"p50 {kept['latency_ms']['recall']['p50']:.2f} ms" in text
    for said in (kept["command"], kept["machine"], kept["version"], "3 questions, seed 0"):
        assert said in text


def test_each_stage_has_its_difference_from_the_one_before() -> None:
    made = run()
    gain = made["stages"][1]["gain"]
    assert made["stages"][0]["gain"] is None
    said = f"[{gain['low']:+.4f}, {gain['high']:+.4f}]".replace("-", "−")
    assert said.replace("+0.0000", "0") in Reader(page(made)).text
    earlier = {
        **made,
        "stages": [{key: value for key, value in each.items() if key != "gain"} for each in made["stages"]],
    }
    assert "Δ nDCG@10" in Reader(page(earlier)).text, "a record of before"


def test_the_two_stages_of_reranking_are_steps_of_their_own() -> None:
    made = run()
    times = {"p50": 1.0, "p95": 2.0}
    text = Reader(page(made | {"latency_ms": {"coarse": times, "rerank": times, "total": times}})).text
    assert "coarse p50" in text
    assert "rerank (fine) p50" in text


def test_ranks_are_those_of_the_first_and_the_last_stage_and_losses_come_first() -> None:
    text = Reader(page(run())).text
    assert "手册/泵.md: 2 → 1" in text
    assert f"a{HOSTILE}.md: 1 → 3" in text
    assert "c.md: – → –" in text
    assert text.index("What is") < text.index("滤芯多久更换一次？") < text.index("nothing is found")


def test_hostile_questions_and_documents_stay_text() -> None:
    made = page(run())
    assert HOSTILE not in made
    assert f"What is {HOSTILE} & why?" in Reader(made).text
    assert Reader(made).tags.count("script") == 1


def test_chinese_is_chinese_and_said_to_be() -> None:
    made = page(run())
    assert '<td class="text" lang="zh">滤芯多久更换一次？</td>' in made
    assert '<meta charset="utf-8">' in made


@pytest.mark.parametrize("found", [{}, {"q1": ["d"]}], ids=["without a hit", "found"])
def test_one_question_and_one_stage(found, tmp_path: Path) -> None:
    only = stage(found, {"q1": "only?"}, {"q1": {"d": 1}})
    text = Reader(ReportFolder.open(tmp_path).write(record({"bm25": only}, "x")).read_text("utf-8")).text
    value = "1.0000" if found else "0.0000"
    assert f"1 judged questions, nDCG@10 {value} [{value}, {value}]" in text
    assert "0 wins, 0 losses, 1 ties" in text


def test_an_earlier_run_is_shown_beside() -> None:
    earlier, made = record({"fused": stage({})}, "x"), run()
    compared = against(made, earlier, "old/run.json")
    made["against"] = compared.shape()
    text = Reader(page(made)).text
    gap = compared.differences["ndcg@10"]
    assert f"{gap.mean:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]".replace("+0.0000", "0") in text
    assert f"{gap.p:.4f}" in text
    assert "By nDCG@10: 2 wins, 0 losses, 1 ties." in text
    assert HOSTILE not in page(made)


def test_a_report_takes_the_place_of_a_report_and_of_an_interrupted_one(tmp_path: Path) -> None:
    ReportFolder.open(tmp_path).write_trace(7, {})
    folder = ReportFolder.open(tmp_path)
    assert not list((tmp_path / "traces").iterdir())
    folder.write(run())
    ReportFolder.open(tmp_path).write(run())
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", "run.json", "traces"}
    folder.write(run() | {"kind": "another"}, lambda record: record["kind"])
    assert (tmp_path / "index.html").read_text("utf-8") == "another"
    ReportFolder.open(tmp_path)


@pytest.mark.parametrize("name", ["index.html", "notes.txt", "run.json", "traces/mine.json"])
def test_what_is_no_report_is_not_overwritten(name: str, tmp_path: Path) -> None:
    mine = tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("{}")
    with pytest.raises(WrongUse, match="holds something that is no report"):
        ReportFolder.open(tmp_path)
    assert mine.read_text() == "{}"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(WrongUse, match=r"No report can be written to .*file"):
            ReportFolder.open(place)
