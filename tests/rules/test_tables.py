"""What each key of `rules.toml` may hold, and what is made of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import ValidationError

from wenyuan.rules.rule import Curated, Rule, RuleTest, Scale, When
from wenyuan.rules.tables import TABLES, FileTable, RuleTable
from wenyuan.types import And, Condition, Not

DAY = 24 * 60 * 60


def rule(**keys: Any) -> Rule:
    return RuleTable.model_validate({"name": "r", **keys}).made()


def at(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()


def test_a_rule_with_nothing_but_a_name_fires_always_and_does_nothing() -> None:
    assert rule() == Rule("r")
    assert rule().when == When()


def test_one_text_may_be_written_without_brackets() -> None:
    made = rule(pin="a.md", when={"any": "泵", "intent": "howto"})
    assert made.pin == ("a.md",)
    assert (made.when.any, made.when.intents) == (("泵",), ("howto",))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        (date(2026, 1, 31), at(2026, 1, 31)),
        ("2026-01-31", at(2026, 1, 31)),
        (datetime(2026, 1, 31, 8), at(2026, 1, 31, 8)),
        ("2026-01-31T08:00:00+08:00", at(2026, 1, 31)),
        (datetime(2026, 1, 31, 8, tzinfo=timezone(timedelta(hours=8))), at(2026, 1, 31)),
    ],
)
def test_a_day_begins_at_its_beginning_and_ends_at_its_end(written: object, moment: float) -> None:
    made = rule(**{"from": written, "until": written})
    whole = not isinstance(written, datetime) and "T" not in str(written)
    assert (made.starts, made.ends) == (moment, moment + (DAY if whole else 0))


def test_documents_are_chosen_by_all_that_is_given() -> None:
    chosen = {"documents": ["a.md", "b.md"], "source": "docs", "where": "type=pdf", "filter": {"not": {
        "field": "lang", "op": "eq", "value": "zh"}}}  # fmt: skip
    assert rule(exclude=chosen).exclude == And(
        (
            Condition("document", "in", ("a.md", "b.md")),
            Condition("source", "eq", "docs"),
            Condition("type", "eq", "pdf"),
            Not(Condition("lang", "eq", "zh")),
        )
    )


def test_scores_are_scaled_and_buried_ones_go_to_the_end() -> None:
    made = rule(boost={"source": "new", "factor": 2}, bury={"source": "old"})
    assert made.boost == Scale(Condition("source", "eq", "new"), 2.0)
    assert made.bury == Scale(Condition("source", "eq", "old"), 0.0)


def test_an_answer_has_one_source_and_a_last_day() -> None:
    answer = {"text": " Two years. ", "expires": date(2026, 1, 31), "document": "a.md", "quote": "two years"}
    assert rule(answer=answer).answer == Curated("Two years.", at(2026, 2, 1), "a.md", None, "two years")


def test_a_test_expects_rules_or_a_document() -> None:
    made = TABLES["test"].model_validate({"question": "?", "expect": [], "top": "a.md", "at": date(2026, 1, 1)}).made()
    assert made == RuleTest("?", (), "a.md", at(2026, 1, 1))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"pins": "a"}, "Extra inputs"),
        ({"pin": []}, "at least 1"),
        ({"pin": "\u200b"}, "it is empty"),
        ({"until": "soon"}, "it is not a date"),
        ({"when": {"pattern": "("}}, "it is no regular expression"),
        ({"when": {"pattern": 1}}, "it is not a text"),
        ({"boost": {"source": "a", "factor": 1}}, "greater than 1"),
        ({"bury": {"source": "a", "factor": 1}}, "less than 1"),
        ({"exclude": {}}, "it names no documents"),
        ({"exclude": {"where": "type"}}, "type"),
        ({"answer": {"text": "x", "expires": "2026-01-01"}}, "it must have one source"),
        ({"answer": {"text": "x", "expires": "2026-01-01", "url": "a.b"}}, "is no address of a page"),
        ({"answer": {"text": "x", "expires": "2026-01-01", "url": "https://a.b", "quote": "x"}}, "in a document only"),
    ],
)
def test_what_a_key_may_not_hold(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        rule(**keys)


def test_a_test_that_expects_nothing_is_none() -> None:
    with pytest.raises(ValidationError, match="it expects nothing"):
        TABLES["test"].model_validate({"question": "?"})


def test_every_table_of_a_rule_is_known_by_its_name() -> None:
    keys = set(FileTable.model_fields) | {name for name in RuleTable.model_fields if name in TABLES}
    assert keys == set(TABLES)
