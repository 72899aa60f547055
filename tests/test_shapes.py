"""The JSON that every face speaks: keys are only ever added, and all of it is JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan import shapes
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.way import Result
from wenyuan.evaluate.bootstrap import Difference, Interval
from wenyuan.evaluate.gate import Acceptance
from wenyuan.evaluate.rerankers import Comparison, SystemFigures
from wenyuan.evaluate.tool_bench import TaskOutcome, ToolBench
from wenyuan.evaluate.tool_tasks import ToolTask
from wenyuan.tools.journal import Entry, Key
from wenyuan.trace import Step
from wenyuan.training.data.examples import Example
from wenyuan.types import (
    Answer,
    AnswerEvent,
    Candidate,
    Citation,
    Decision,
    Document,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCalled,
    ToolResult,
    ToolReturned,
    Usage,
)

CALL = ToolCall("1", "stock", "{}")
ANSWER = Answer(Decision.ANSWERED, "", "Seven.", (), 1.0)


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()) as base:
        base.put(Document(f"d{n:02}", "泵", f"# 泵\n\ntoken{n} 泵", "md", str(n), 0.0) for n in range(25))
        yield base


@pytest.fixture
def found(kb: KnowledgeBase) -> Result:
    return kb.search("泵", 25)


def test_a_search_has_its_hits_and_where_it_is_asked_for_their_way(found: Result) -> None:
    plain, explained = shapes.search_shape(found), shapes.search_shape(found, explain=True)
    json.dumps(explained)
    assert len(plain["hits"]) == 25
    for hit, shape in zip(found.hits, plain["hits"], strict=True):
        assert int(shape["chunk"], 16) == hit.chunk.id
        assert (shape["rank"], shape["document"], shape["text"]) == (hit.rank, hit.chunk.document, hit.chunk.text)
        assert set(shape["legs"]) == set(hit.legs)
    assert set(explained) - set(plain) == {"weights", "policy", "stages"}
    assert explained["stages"] == ["fuse", "distinct"]
    assert all(set(more) - set(less) == {"stages"} for more, less in zip(explained["hits"], plain["hits"], strict=True))


def test_the_trace_of_a_judged_question_keeps_the_best_hits_and_those_that_are_judged(found: Result) -> None:
    last = found.hits[-1].chunk.document
    kept = shapes.judged_shape(found, {last: 1, "elsewhere": 1})["hits"]
    assert [hit["rank"] for hit in kept] == [*range(1, 21), 25]
    assert kept[-1]["document"] == last


def test_an_answer_names_its_decision_sources_and_the_functions_that_were_called() -> None:
    called = ToolResult(ToolCall("1", "stock", '{"code": "PX"}'), "7", True, 1.26)
    citation = Citation(1, "docs/a.pdf", 3, "Care", 10, 14, "text")
    answer = Answer(
        Decision.ANSWERED,
        "",
        "Seven [1].",
        (citation,),
        0.123456,
        {"draft": 1.23456},
        ("a note",),
        None,
        "m@u",
        Usage(9, 1),
    )
    shape = shapes.ask_shape(answer)
    assert (shape["decision"], shape["answer"], shape["confidence"]) == ("ANSWERED", "Seven [1].", 0.1235)
    assert (shape["usage"], shape["timings_ms"]) == ({"prompt": 9, "completion": 1}, {"draft": 1.235})
    assert shape["citations"][0]["page"] == 3
    assert shapes.ask_shape(Answer(Decision.ANSWERED, "", "", (), 1.0, tools=(called,)))["tools"] == [
        {"name": "stock", "arguments": '{"code": "PX"}', "result": "7", "ok": True, "executed": True, "ms": 1.3}
    ]
    assert shapes.ask_shape(Answer(Decision.ANSWERED, "", "", (), 1.0))["usage"] is None


def test_why_names_the_stage_and_the_changes(kb: KnowledgeBase) -> None:
    shape = shapes.why_shape(kb.why("token3", "d07", k=1))
    json.dumps(shape)
    assert (shape["question"], shape["document"], shape["stage"]) == ("token3", "d07", "k")
    assert all(set(change) == {"change", "settings", "filter", "without", "rank"} for change in shape["changes"])


def test_a_replay_is_the_same_where_the_order_is() -> None:
    one, two = Candidate(255, 0.5), Candidate(1, 0.12345678)
    shape = shapes.replay_shape([one, two], [one, two])
    assert shape["same"]
    assert shape["hits"][0] == {"rank": 1, "chunk": "00000000000000ff", "score": 0.5}
    assert shape["recorded"][1]["score"] == 0.123457
    assert not shapes.replay_shape([two, one], [one, two])["same"]
    assert shapes.steps_shape({"fuse": Step(2, 0.12345678)}) == {"fuse": {"rank": 2, "score": 0.123457}}


@pytest.mark.parametrize(
    ("event", "name", "data"),
    [
        (TextDelta("泵"), "text", {"text": "泵"}),
        (ReasoningDelta("why"), "reasoning", {"text": "why"}),
        (ToolCalled(CALL), "tool_call", {"id": "1", "name": "stock", "arguments": "{}"}),
        (
            ToolReturned(ToolResult(CALL, "7", True, 1.26)),
            "tool_result",
            {"id": "1", "name": "stock", "arguments": "{}", "result": "7", "ok": True, "executed": True, "ms": 1.3},
        ),
        (ANSWER, "answer", shapes.ask_shape(ANSWER)),
    ],
)
def test_what_happens_while_an_answer_is_written_has_a_name(
    event: AnswerEvent, name: str, data: dict[str, object]
) -> None:
    assert shapes.event_shape(event) == (name, data)
    json.dumps(data)


def test_a_comparison_and_its_verdict_are_rounded_figures() -> None:
    gap = Difference(0.123456, 0.1, 0.2, 0.04999)
    row = SystemFigures(
        "mine", "mine@1", {"ndcg@10": Interval(0.912345, 0.8, 1.0)}, {}, {"p50": 1.23456}, {"ndcg@10": gap}
    )
    compared = Comparison("set", 5, 10, [row])
    shape = shapes.comparison_shape(compared)
    assert (shape["data"], shape["n"], shape["candidates"]) == ("set", 5, 10)
    figures = shape["rows"][0]
    assert (figures["metrics"], figures["intervals"]) == ({"ndcg@10": 0.9123}, {"ndcg@10": [0.8, 1.0]})
    assert (figures["latency_ms"], figures["pairs_per_s"], figures["collapsed"]) == ({"p50": 1.235}, None, False)
    verdict = shapes.verdict_shape(Acceptance(True, "better", [gap]), [compared], "models/mine")
    assert (verdict["accepted"], verdict["installed"]) == (True, "models/mine")
    assert verdict["sets"][0]["difference"] == {"mean": 0.1235, "low": 0.1, "high": 0.2, "p": 0.05}


def test_a_call_in_doubt_says_when_it_was_begun() -> None:
    entry = Entry(Key("run", "pay", "hash", 0), "begun", "id1", '{"to": "a"}', "", 0.0)
    [shape] = shapes.in_doubt_shape([entry])["in_doubt"]
    assert shape["begun"] == "1970-01-01T00:00:00+00:00"
    assert (shape["call"], shape["tool"], shape["run"]) == (entry.key.name, "pay", "run")


def test_a_bench_has_shares_and_mistakes_only() -> None:
    tasks = [ToolTask(str(n), "single", "en", (), (), ()) for n in range(2)]
    right, wrong = TaskOutcome(tasks[0], (), None, 1.0), TaskOutcome(tasks[1], (ToolCall("", "f", "{}"),), "one", 2.0)
    shape = shapes.tool_bench_shape(ToolBench("m@u", "native", Path("tasks"), 0, [right, wrong]))
    assert (shape["data"], shape["seconds"], shape["path"]) == ("tasks", 3.0, "native")
    assert [mistake["id"] for mistake in shape["mistakes"]] == ["1"]
    assert shape["shares"][-1]["right"] == 0.5


def test_examples_are_counted_by_language() -> None:
    examples = [Example("q", ("p",), (), language=language) for language in ("zh", "zh", "en", None)]
    assert shapes.examples_shape(Path("d.jsonl"), examples) == {"file": "d.jsonl", "examples": 4, "zh": 2, "en": 1}
