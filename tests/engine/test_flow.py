"""What a question itself states, in a knowledge base: conditions, names of documents, sides of a comparison."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.diagnose.replay import recorded, replay
from wenyuan.settings import Settings
from wenyuan.trace import Trace
from wenyuan.types import Document


def document(name: str, title: str, text: str, year: int) -> Document:
    return Document(name, title, text, "md", name, datetime(year, 6, 1, tzinfo=UTC).timestamp())


DOCUMENTS = [
    document("news/2022.md", "公告一", "价格 公告 调整 涨价 百分之五", 2022),
    document("news/2025.md", "公告二", "价格 公告 调整 降价", 2025),
    document("docs/install.md", "Installation manual", "Tighten the screws of the cover: torque 5 Nm.", 2023),
    document("docs/service.md", "Service manual", "The torque of the screws of the cover is checked yearly.", 2023),
    document("basic.md", "Basic plan", "The basic plan costs 5 euros.", 2023),
    *(
        document(f"pro{n}.md", f"Pro plan {n}", f"The pro plan number {n} costs difference 9{n} euros.", 2023)
        for n in range(6)
    ),
]


def open_kb(folder: Path, rules: str = "", **sections: object) -> KnowledgeBase:
    (folder / "kb").mkdir(exist_ok=True)
    (folder / "kb" / "rules.toml").write_text(rules, "utf-8")
    settings = Settings.model_validate({"answer": {"confidence": 0.0}, **sections})
    base = KnowledgeBase.open(folder / "kb", settings=settings, encoder=word_encoder())
    if not base.documents():
        base.put(DOCUMENTS)
    return base


@pytest.fixture
def base(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_kb(tmp_path) as made:
        yield made


def documents(result) -> list[str]:
    return [hit.chunk.document for hit in result.hits]


def test_a_date_of_documents_is_a_filter_that_is_said(base):
    result = base.search("2024年以来的价格公告", 5)
    assert documents(result) == ["news/2025.md"]
    assert '"2024年以来"' in result.notes[0]
    assert result.query.constraints[0].phrase == "2024年以来"
    answer = base.ask("2024年以来的价格公告")
    assert {citation.document for citation in answer.citations} <= {"news/2025.md"}


def test_it_can_be_taken_away(base):
    query = base.understand("2024年以来的价格公告")
    result = base.search(replace(query, constraints=()), 5)
    assert {"news/2022.md", "news/2025.md"} <= set(documents(result))
    assert result.notes == []


def test_it_is_dropped_where_nothing_fits(base):
    result = base.search("2026年以来的价格公告", 5)
    assert {"news/2022.md", "news/2025.md"} <= set(documents(result))
    assert "No document fits" in result.notes[0]


def test_a_document_is_meant_by_its_name(base):
    found = base.search("What is the torque of the screws in the installation manual?", 5)
    assert documents(found) == ["docs/install.md"]
    assert "docs/service.md" in documents(base.search("What is the torque of the screws in the repair manual?", 5))
    base.put([document("docs/repair.md", "Repair manual", "No torque of the screws here.", 2023)])
    assert documents(base.search("What is the torque of the screws in the repair manual?", 5)) == ["docs/repair.md"]


def test_settings_switch_conditions_off(tmp_path):
    with open_kb(tmp_path, understand={"constraints": False}) as base:
        assert base.search("2024年以来的价格公告", 5).query.constraints == ()


def test_each_side_of_a_comparison_is_found(tmp_path):
    question = "What is the difference between the pro plan and the basic plan?"
    with open_kb(tmp_path) as base:
        found = base.search(question, 3)
        assert "basic.md" in documents(found)
        assert "the basic plan" in found.notes[-1]
    with open_kb(tmp_path, diversity={"coverage": False}) as base:
        assert base.search(question, 3).notes == []


def test_a_document_has_only_so_many_hits(tmp_path):
    long = "\n\n".join(f"# Part {n}\n\nThe valve number {n} is green and opens at {n} bar." for n in range(8))
    with open_kb(tmp_path, diversity={"per_document": 2}) as base:
        base.put([document("long.md", "Valves", long, 2023), document("short.md", "Valve", "A green valve.", 2023)])
        found = documents(base.search("green valve", 4))
        assert found.count("long.md") == 2
        assert "short.md" in found
        plain = documents(base.without("diversity").search("green valve", 4))
        assert plain.count("long.md") > 2, "the order of reranking"


RULES = """
[[rule]]
name = "no manuals"
exclude = { source = "docs" }

[[rule]]
name = "old news first"
pin = ["news/2022.md", "pro3.md"]
"""
SINCE_2024 = {"field": "time", "op": "gte", "value": datetime(2024, 1, 1, tzinfo=UTC).timestamp()}
NO_MANUALS = {"not": {"field": "source", "op": "eq", "value": "docs"}}


def test_the_trace_tells_conditions_and_rules(tmp_path):
    with open_kb(tmp_path, RULES) as base:
        result = base.search("2024年以来的价格公告", 5)
    record = json.loads(json.dumps(result.trace.as_json(), allow_nan=False))
    assert record["query"]["constraints"] == [{"phrase": "2024年以来", "filter": SINCE_2024}]
    assert (record["query"]["filter"], record["query"]["intent"], record["query"]["parts"]) == (None, None, [])
    assert record["recall"]["filter"] == {"and": [NO_MANUALS, SINCE_2024]}
    assert [(fired["rule"], fired["action"]) for fired in record["fired"]] == [("no manuals", "exclude")]
    assert result.fired == result.trace.fired
    assert replay(record) == recorded(record)


def test_a_pin_does_not_widen_what_the_question_asks_for(tmp_path):
    with open_kb(tmp_path, RULES) as base:
        within = base.search("2024年以来的价格公告", 5)
        assert documents(within) == ["news/2025.md"]
        assert "Rule 'old news first' pins a document that a filter leaves out." in within.notes
        dropped = base.search("2026年以来的价格公告", 5)  # no document is so new: the condition goes, the pins come
        assert documents(dropped)[:2] == ["news/2022.md", "pro3.md"]
        record = dropped.trace.as_json()
        assert record["recall"]["filter"] == NO_MANUALS
        assert [hit["chunk"] for hit in record["rearranged"]["rules"][:5]] == [hit["chunk"] for hit in record["hits"]]
        assert replay(record) == recorded(record) != recorded(record | {"rearranged": {}})


def test_searches_for_the_sides_leave_the_trace_alone(tmp_path):
    question = "What is the difference between the pro plan and the basic plan?"
    with open_kb(tmp_path) as base:
        result = base.search(question, 3)
        alone = base.search(replace(result.query, parts=()), 3)
    assert result.trace.recalled == alone.trace.recalled
    assert result.trace.searched == result.query
    assert result.trace.as_json()["query"]["parts"] == list(result.query.parts) != []
    assert list(result.trace.rearranged["diversify"]) == result.hits
    assert replay(result.trace.as_json()) == recorded(result.trace.as_json())


def test_an_answer_and_why_go_the_way_of_the_rules(tmp_path):
    answered = "[[rule]]\nname = 'written'\nanswer = { text = 'So.', url = 'https://a.b', expires = 2999-01-01 }\n"
    with open_kb(tmp_path, RULES + answered) as base:
        trace = Trace()
        assert base.ask("torque of the cover", trace=trace).curated == "written"
        assert [fired.action for fired in trace.fired] == ["answer"]
        assert trace.query
        why = base.why("torque of the cover", "docs/service.md", ask=True)
        assert why.stage == "filtered"
        assert why.sentence == "docs/service.md is filtered out: it does not fulfil source!=docs (rule 'no manuals')."
        assert why.changes[0].sentence.startswith("search without the rule 'no manuals'")
        assert why.changes[0].rules == ("no manuals",)


def test_why_names_the_words_of_the_question_that_are_in_the_way(base):
    why = base.why("2024年以来的价格公告", "news/2022.md")
    said = "it does not fulfil time>=2024-01-01 (“2024年以来” in the question)"
    assert (why.stage, why.sentence) == ("filtered", f"news/2022.md is filtered out: {said}.")
    change = why.changes[0]
    assert change.sentence == "search without the condition '2024年以来' of the question"
    assert (change.phrases, change.filter, dict(change.settings)) == (("2024年以来",), None, {})
    free = replace(base.understand("2024年以来的价格公告"), constraints=())
    assert base.why(free, "news/2022.md").rank == change.rank
