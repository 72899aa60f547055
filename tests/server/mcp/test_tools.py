"""The tools at desks that stand in for knowledge bases: what they take, what they give."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from wenyuan.errors import WenyuanError, WrongUse
from wenyuan.server.mcp.desks import Desks
from wenyuan.server.mcp.tools import TOOLS, Call

from .standing import PATIENCE, FakeDesk, FakeDesks, Slow, answer, citation, desks, hit, iter_of, listed, why

FIELDS = {"product": ["X1", "X2"], "price": 1.5, "draft": False}
FULL = {"page": 3, "sheet": "Prices", "row": 12}
CHANGES = [{"change": "k from 8 to 12", "settings": {"k": 12}, "filter": None, "without": {}, "rank": 9}]
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("search", {"question": "q"}, {"search": {"query": "q", "hits": [], "notes": []}}),
    ("search", {"question": "q"}, {"search": {"query": "q", "hits": [hit(), hit(**FULL)], "notes": ["Odd."]}}),
    ("ask", {"question": "q"}, {"ask": answer()}),
    ("ask", {"question": "q"}, {"ask": answer(model="m", citations=[citation(**FULL)], notes=["Odd."])}),
    ("ask", {"question": "q"}, {"ask": answer(decision="ABSTAINED", citations=[], confidence=0.0)}),
    ("ask", {"question": "hi"}, {"ask": answer(decision="REPLIED", citations=[], confidence=1)}),
    ("read_span", {"document": "a/b.md"}, {}),
    ("read_span", {"document": "a/b.md", "start": 3, "end": 4}, {}),
    ("read_span", {"document": "a/b.md", "start": 1 << 53}, {}),
    ("why", {"question": "q", "document": "a/b.md"}, {"why": why()}),
    ("why", {"question": "q", "document": "x"}, {"why": why(rank=None, stage="unknown", near=["a/b.md"])}),
    ("why", {"question": "q", "document": "x"}, {"why": why(rank=None, duplicate_of="c", changes=CHANGES)}),
    ("list_documents", {}, {"documents": {"documents": []}}),
    ("list_documents", {"limit": 1}, {"documents": {"documents": [listed("a", metadata=FIELDS), listed("b")]}}),
    ("list_knowledge_bases", {}, {"documents": {"documents": [listed("a")]}}),
]  # fmt: skip


def call(name: str, given: dict[str, Any], asked: Desks) -> Any:
    return TOOLS[name].run(Call(asked, "en"), given).model_dump(mode="json")


@pytest.mark.parametrize(("name", "given", "replies"), CASES)
def test_every_result_is_as_its_schema_says_nulls_included(name: str, given: Any, replies: Any) -> None:
    schema = TOOLS[name].output_schema()
    result = call(name, given, desks(**replies))
    Draft202012Validator(schema).validate(result)
    assert set(result) == set(schema["properties"]) == set(schema["required"])


@pytest.mark.parametrize("tool", TOOLS.values(), ids=lambda tool: tool.name)
def test_every_schema_is_closed_described_and_bounded(tool: Any) -> None:
    takes, gives = tool.input_schema(), tool.output_schema()
    for schema in (takes, gives):
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
    for name, each in takes["properties"].items():
        assert each["description"], name
        parts = each.get("anyOf", [each])
        for part in parts:
            bounds = {"string": "maxLength", "integer": "maximum", "array": "maxItems"}
            assert part["type"] == "null" or bounds[part["type"]] in part, name


def test_conditions_and_limits_reach_the_desk() -> None:
    desk = FakeDesk(search={"query": "q", "hits": [], "notes": []})
    call("search", {"question": "q", "limit": 3, "where": ["type=pdf"]}, FakeDesks(desk, "kb"))
    [(_, given)] = desk.asked
    assert given["k"] == 3
    assert given["filter"] is not None


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("search", {"question": "q", "where": ["type"]}, "'type' is not a test"),
        ("search", {"question": "q", "where": ["time=soon"]}, "'soon' is not a date"),
        ("search", {"question": "q", "knowledge_base": "other"}, "There is nothing of this name"),
        ("read_span", {"document": "a/b.md", "start": 5, "end": 5}, "let `end` be more than `start`"),
        ("read_span", {"document": "hidden.md"}, "There is nothing of this name"),
    ],
)
def test_what_makes_no_sense_or_is_not_there_is_one_sentence(name: str, given: Any, said: str) -> None:
    with pytest.raises(WenyuanError, match=said):
        call(name, given, desks(search={}))


def test_of_several_knowledge_bases_one_is_to_be_named() -> None:
    several = desks("one", "two", documents={"documents": []})
    with pytest.raises(WrongUse, match="There are several knowledge bases: one, two; name one in `knowledge_base`"):
        call("list_documents", {}, several)
    assert call("list_documents", {"knowledge_base": "two"}, several)["knowledge_base"] == "two"
    with pytest.raises(WrongUse, match="There is no knowledge base that this key may ask"):
        call("list_documents", {}, FakeDesks(FakeDesk()))


def test_a_stretch_has_a_largest_length() -> None:
    class Long(FakeDesk):
        def document(self, name: str) -> dict[str, Any]:
            return {"id": name, "title": "", "text": "x" * 50_000}

    long = FakeDesks(Long(), "kb")
    assert len(call("read_span", {"document": "d"}, long)["text"]) == 4_000
    whole = call("read_span", {"document": "d", "start": 10, "end": 50_000}, long)
    assert (len(whole["text"]), whole["next"]) == (20_000, 20_010)


def test_an_answer_is_given_up_while_it_is_written() -> None:
    slow = Slow()
    given = Call(desks(ask=lambda: slow), "en")
    raised: list[BaseException] = []

    def run() -> None:
        try:
            TOOLS["ask"].run(given, {"question": "q"})
        except WrongUse as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert slow.begun.wait(PATIENCE)
    given.give_up()
    thread.join(PATIENCE)
    assert "given up" in str(raised[0])


def test_what_was_given_up_before_it_began_is_not_begun() -> None:
    slow = Slow()
    given = Call(desks(ask=lambda: slow), "en")
    given.give_up()
    with pytest.raises(WrongUse, match="given up"):
        TOOLS["ask"].run(given, {"question": "q"})


def test_a_generator_may_be_given_up_too() -> None:
    given = Call(desks(), "en")
    events = iter_of(answer())
    assert given.last(events)["decision"] == "ANSWERED"
    given.give_up()
