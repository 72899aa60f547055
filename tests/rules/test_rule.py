"""When a rule fires, in both languages, and what it says when it does not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from wenyuan.rules import Rule, When, read_rules
from wenyuan.trace import Trace
from wenyuan.types import Query
from wenyuan.understand import understand

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC).timestamp()


def rule(folder: Path, when: str) -> Rule:
    """The rule with this table of conditions."""
    path = folder / "rules.toml"
    path.write_text(f"[[rule]]\nname = 'it'\npin = 'a.md'\n{when}\n", "utf-8")
    (made,) = read_rules(path).rules
    return made


@pytest.mark.parametrize(
    ("when", "question", "fires"),
    [
        ("when.any = '保修'", "水泵的保修期多长？", True),
        ("when.any = '保修'", "水泵多久保养一次？", False),
        ("when.any = ['保修', '质保']", "质保几年", True),
        ("when.all = ['保修', 'PX-200']", "ＰＸ-２００ 的保修期", True),
        ("when.all = ['保修', 'PX-200']", "PX-300 的保修期", False),
        ("when.any = '软件'", "這個軟件怎麼裝？", True),
        ("when.any = '軟件'", "这个软件怎么装？", True),
        ("when.any = 'Warranty'", "How long is the WARRANTY?", True),
        ("when.any = 'art'", "How do I start it?", False),
        ("when.any = 'art'", "Is it art?", True),
        ("when.any = 'PX-20'", "Is there a PX-200?", False),
        ("when.any = 'px‐200'", "PX-200水泵多少钱", True),  # a typographer's hyphen, a neighbour in Chinese
        ("when.any = 'return  policy'", "the return policy, please", True),
        ("when.all = 'warranty'\nwhen.any = ['pump', '泵']", "warranty of the valve", False),
        (r"when.pattern = 'ppr-?\d{4}'", "Where is PPR9087?", True),
        (r"when.pattern = 'ppr-?\d{4}'", "Where is PPR-98?", False),
        ("when.pattern = '^软件'", "軟件在哪裡", True),
        ("when.pattern = '軟件'", "軟件在哪裡", True),
        ("when.language = 'zh'", "保修多久", True),
        ("when.language = 'zh'", "warranty", False),
        ("", "anything at all", True),
    ],
)
def test_conditions(tmp_path: Path, when: str, question: str, fires: bool) -> None:
    reason = rule(tmp_path, when).why_not(understand(question), NOON)
    assert (reason is None) is fires, reason


@pytest.mark.parametrize(("intent", "fires"), [("policy", True), ("howto", True), ("lookup", False), (None, False)])
def test_intent(tmp_path: Path, intent: str | None, fires: bool) -> None:
    made = rule(tmp_path, "when.intent = ['policy', 'howto']")
    assert (made.why_not(Query("q", "en", "q", intent=intent), NOON) is None) is fires


@pytest.mark.parametrize(
    ("window", "fires"),
    [
        ("from = 2026-06-15", True),
        ("from = 2026-06-16", False),
        ("until = 2026-06-15", True),  # to its end
        ("until = 2026-06-14", False),
        ("from = '2026-06-15'\nuntil = '2026-06-15'", True),
        ("until = 2026-06-15T12:00:00", False),  # UTC
        ("until = 2026-06-15T12:00:01Z", True),
        ("from = 2026-06-15T20:00:00+08:00", True),
        ("from = '2026-06-15T20:00:01+08:00'", False),
        ("until = 9999-12-31", True),
    ],
)
def test_time(tmp_path: Path, window: str, fires: bool) -> None:
    made = rule(tmp_path, window)
    assert (made.why_not(understand("q"), NOON) is None) is fires


def test_why_not_is_said_in_words(tmp_path: Path) -> None:
    def why(when: str) -> str | None:
        return rule(tmp_path, when).why_not(understand("保修多久"), NOON)

    assert why("from = 2027-01-01") == "it begins on 2027-01-01"
    assert why("until = 2026-01-31") == "it ended on 2026-01-31"
    assert why("when.all = ['保修', '水泵']") == "the question does not hold “水泵”"
    assert why("when.any = ['a', 'b']") == "the question holds none of “a”, “b”"
    assert why("when.language = 'en'") == "the question's language is zh, not en"
    assert why("when.intent = 'policy'") == "the question's intent is not known, not policy"
    assert why("when.pattern = 'x+'") == "the pattern “x+” does not fit the question"


def test_a_pattern_that_would_never_end_is_given_up_and_noted(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text("[[rule]]\nname = 'slow'\npin = 'a.md'\nwhen.pattern = '(a+)+$'\n")
    trace = Trace()
    assert read_rules(path).fire(understand("a" * 500 + "b"), NOON, trace) == ()
    assert "'slow' did not fire" in trace.notes[0]


def test_only_the_beginning_of_an_endless_question_is_compared() -> None:
    when = When(any=("needle",))
    assert when.why_not(understand("needle " + "hay " * 10_000)) is None
    assert when.why_not(understand("hay " * 10_000 + "needle")) is not None


def test_rules_are_judged_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        "[[rule]]\nname='b'\npin='x'\n[[rule]]\nname='a'\npin='x'\nwhen.any='no'\n[[rule]]\nname='c'\npin='y'"
    )
    rules, query = read_rules(path), understand("q")
    assert [(verdict.rule.name, verdict.fires) for verdict in rules.judge(query, NOON)] == [
        ("b", True),
        ("a", False),
        ("c", True),
    ]
    assert [made.name for made in rules.fire(query, NOON, Trace())] == ["b", "c"]
