"""Filters as they are written, and what can be said of them without a store.

That `matches` agrees with the engines is tested with every store (`store/conformance.py`).
"""

from __future__ import annotations

import pytest

from wenyuan.errors import WrongUse
from wenyuan.filters import check, contradiction, every, payload_of, read_test, read_tree, written
from wenyuan.types import And, Condition, Document, Filter, Not, Or


@pytest.mark.parametrize(
    ("test", "filter"),
    [
        ("type=pdf", Condition("type", "eq", "pdf")),
        ("type = pdf, docx", Condition("type", "in", ("pdf", "docx"))),
        ("产品=水泵", Condition("产品", "eq", "水泵")),
        ("type!=pdf", Not(Condition("type", "eq", "pdf"))),
        ("pages>3", Condition("pages", "gt", 3)),
        ("draft=true", Condition("draft", "eq", True)),
        ("time>=1970-01-02", Condition("time", "gte", 86400.0)),
        ("time<1970-01-01T08:00+08:00", Condition("time", "lt", 0.0)),
    ],
)
def test_a_test_is_read_and_written_back(test: str, filter: Filter) -> None:
    assert read_test(test) == filter
    check(filter)
    assert read_test(written(filter)) == filter


def test_a_tree_is_read_and_shown() -> None:
    tree = {"or": [{"field": "type", "op": "eq", "value": "pdf"}, {"not": {"field": "n", "op": "gt", "value": 3}}]}
    read = read_tree({"and": [tree, {"field": "lang", "op": "in", "value": ["zh", "en"]}]})
    assert written(read) == "(type=pdf or not n>3) and lang=zh,en"


@pytest.mark.parametrize(
    "node", [{}, [], "type=pdf", {"and": [], "or": []}, {"field": "a", "op": "like", "value": 1}, {"nor": []}]
)
def test_what_is_no_filter_is_refused_in_one_sentence(node: object) -> None:
    with pytest.raises(WrongUse, match=r"^[^\n]+ is no filter; [^\n]+\.$"):
        read_tree(node)


def test_all_together() -> None:
    one, other = read_test("a=1"), read_test("b=2")
    assert (every([]), every([one]), every([one, other])) == (None, one, And((one, other)))


def test_a_document_is_filtered_by_its_own_fields_first() -> None:
    document = Document("a/b/c.md", "c", "", "md", "", 1.0, metadata={"type": "mine", "lang": "zh"})
    assert payload_of(document) == {
        "document": "a/b/c.md",
        "source": ("a/b/c.md", "a/b", "a"),
        "type": "md",
        "time": 1.0,
        "access": ("everyone",),
        "lang": "zh",
    }


@pytest.mark.parametrize(
    ("tests", "contradicts"),
    [
        (["type=pdf", "type=md"], True),
        (["type=pdf,md", "type=md"], False),
        (["document=a.md", "document=b.md"], True),
        (["time>=2024-01-01", "time<2023-01-01"], True),
        (["pages>3", "pages<=3"], True),
        (["pages>=3", "pages<=3"], False),
        (["pages=2", "pages=3"], True),
        (["lang=zh", "lang!=zh"], True),
        (["tags=a", "tags=b"], False),  # a document may have both
        (["source=docs", "source=docs/zh"], False),
    ],
)
def test_tests_that_cannot_hold_together_are_known(tests: list[str], contradicts: bool) -> None:
    together = every(list(map(read_test, tests)))
    assert together is not None
    assert bool(contradiction(together)) is contradicts
    assert contradiction(Or((together, read_test("lang=en")))) is None
