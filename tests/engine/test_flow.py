"""The question flow: filters, legs, and what a question itself states: conditions, names, sides of a comparison."""

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
from wenyuan.errors import WrongUse
from wenyuan.settings import Settings
from wenyuan.trace import Trace
from wenyuan.types import And, Condition, Decision, Document, Filter, Not, Or

from .house import PUMP, VALVE, ZH, House


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


MARCH_2024 = 1709251200.0


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (None, {ZH, VALVE, PUMP}),
        (Condition("source", "eq", "docs/zh"), {ZH, VALVE}),
        (Condition("source", "eq", "docs/zh/"), {ZH, VALVE}),
        (Condition("source", "in", ("docs/en", VALVE)), {PUMP, VALVE}),
        (Condition("source", "eq", "docs/z"), set()),
        (Condition("type", "eq", "txt"), {VALVE}),
        (Condition("time", "gte", MARCH_2024), {ZH, PUMP}),
        (Condition("time", "gt", MARCH_2024), {PUMP}),
        (Condition("time", "lt", MARCH_2024), {VALVE}),
        (Condition("product", "eq", "X100"), {ZH, PUMP}),
        (Condition("year", "gte", 2024), {ZH}),
        (Condition("tags", "eq", "b"), {PUMP}),
        (Condition("absent", "eq", "b"), set()),
        (Not(Condition("product", "eq", "X100")), {VALVE}),
        (Or((Condition("type", "eq", "txt"), Condition("tags", "eq", "a"))), {VALVE, PUMP}),
        (And((Condition("product", "eq", "X100"), Not(Condition("source", "eq", "docs/en")))), {ZH}),
    ],
)
def test_filters(library: House, filter: Filter | None, expected: set[str]) -> None:
    for legs in (("bm25",), ("dense",), ("bm25", "dense")):
        assert set(library.found("滤芯 filter PPR", filter, legs)) == expected


@pytest.mark.parametrize(
    "filter", [And(()), Condition("time", "gt", "soon"), Condition("year", "gt", "x"), Condition('a"b', "eq", "c")]
)
def test_filters_without_sense_are_wrong_use(library: House, filter: Filter) -> None:
    with pytest.raises(WrongUse):
        library.kb.search("滤芯", filter=filter)


def test_hits_are_ranked_and_say_why(library: House) -> None:
    result = library.kb.search("泵的滤芯型号 ppr9087", 2)
    assert [hit.rank for hit in result.hits] == [1, 2]
    assert result.hits[0].chunk.document == ZH
    assert result.hits[0].score >= result.hits[1].score
    legs = result.hits[0].legs
    assert set(legs) == {"bm25", "dense"}
    assert sum(leg.weight for leg in legs.values()) == pytest.approx(1)
    assert result.hits[0].score == pytest.approx(sum(leg.weight * leg.normalised for leg in legs.values()))
    assert {"encode", "recall", "fuse", "fetch"} <= set(result.timings_ms)


@pytest.mark.parametrize("leg", ["bm25", "dense"])
def test_one_leg_alone_ranks_by_its_own_scores(library: House, leg: str) -> None:
    hits = library.kb.search("滤芯 PPR-9087", legs=(leg,)).hits
    assert [hit.legs[leg].rank for hit in hits] == [1, 2, 3]
    assert all(set(hit.legs) == {leg} for hit in hits)


def test_identical_passages_of_two_documents_are_shown_once(house: House) -> None:
    house.write("a.md", "# Same\n\nThe filter is changed every year by the service team.")
    house.write("b.md", "# Same\n\nThe filter is changed every year by the service team.")
    house.write("c.md", "# Other\n\nThe filter is blue.")
    house.kb.add(house.docs)
    documents = [hit.chunk.document for hit in house.kb.search("filter changed every year").hits]
    assert len(documents) == 2
    assert "docs/c.md" in documents


def test_more_hits_than_candidates_of_a_leg_can_be_asked_for(house: House) -> None:
    for n in range(130):
        house.write(f"{n}.txt", f"common topic{n} " + " ".join(f"w{n * 17 + i}" for i in range(9)))
    house.kb.add(house.docs)
    assert len(house.kb.search("common", 130).hits) == 130


@pytest.mark.parametrize("question", ["", "  \n", "\u200b"])
def test_an_empty_question_is_wrong_use(library: House, question: str) -> None:
    with pytest.raises(WrongUse, match="empty"):
        library.kb.search(question)
    with pytest.raises(WrongUse, match="empty"):
        library.kb.ask(question)


def test_a_very_long_question_is_answered_with_a_note(library: House) -> None:
    question = "泵的滤芯型号是什么？" * 6554
    assert len(question) > 64_000
    result = library.kb.search(question)
    assert result.hits
    assert any("longer" in note for note in result.notes)
    assert library.kb.ask(question).decision is Decision.ANSWERED


def test_a_question_of_emoji_is_noted(library: House) -> None:
    result = library.kb.search("😀🔥")
    assert len(result.notes) == 1
    assert library.kb.search("😀🔥", legs=("bm25",)).hits == []
    assert library.kb.ask("😀🔥").notes


def test_terms_of_the_folder_find_documents_of_the_other_language(tmp_path: Path) -> None:
    with open_kb(tmp_path, recall={"glossary": "none"}) as base:
        assert "docs/service.md" not in documents(base.search("拧紧力矩", legs=("bm25",)))
    (tmp_path / "kb" / "glossary.tsv").write_text("拧紧力矩\ttorque\n", "utf-8")
    with open_kb(tmp_path, recall={"glossary": "none"}) as base:
        assert set(documents(base.search("拧紧力矩是多少", legs=("bm25",)))) == {"docs/install.md", "docs/service.md"}
    (tmp_path / "kb" / "glossary.tsv").write_text("torque\t力矩\n", "utf-8")
    with pytest.raises(WrongUse, match=r"glossary\.tsv, line 1"):
        open_kb(tmp_path)


def test_the_shipped_glossary_finds_documents_of_the_other_language(base: KnowledgeBase) -> None:
    assert documents(base.search("螺丝 手册", legs=("bm25",)))[0] in ("docs/install.md", "docs/service.md")
    assert set(documents(base.search("price announcement", legs=("bm25",)))) >= {"news/2022.md", "news/2025.md"}
