"""`wenyuan rules`: checking the file, trying a question, running its tests; what other commands show of rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands import run
from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.types import Document

RULES = """
[[rule]]
name = "公告"
when = { any = ["泵", "pump"] }
pin = "notice.md"

[[rule]]
name = "warranty"
until = 2020-01-31
when.language = "en"
exclude = { where = "status=old" }
answer = { text = "Two years.", url = "https://example.com/warranty", expires = 2020-01-31 }
"""
TESTS = """
[[test]]
question = "泵怎么清洗？"
expect = "公告"
top = "notice.md"
"""
FAILING = TESTS + "\n[[test]]\nquestion = 'valve'\nexpect = '公告'\n"


@pytest.fixture(autouse=True)
def kb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A knowledge base with two documents, and the folder `kb` as the current one's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wenyuan.engine.opening.load_encoder", lambda name, threads: word_encoder())
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()) as base:
        base.put(
            [
                Document("pump.md", "Pump", "Clean the pump once a month.", "md", "", 0.0, metadata={"status": "old"}),
                Document("notice.md", "公告", "水泵召回。", "md", "", 0.0),
            ]
        )
    return tmp_path / "kb"


def write(kb: Path, text: str) -> None:
    (kb / "rules.toml").write_text(text, "utf-8")


def as_json(*arguments: str, code: int = 0) -> Any:
    done = run(*arguments, "--json")
    assert done.exit_code == code, done.stderr
    return json.loads(done.stdout)


def test_check_lists_the_rules(kb: Path) -> None:
    write(kb, RULES + TESTS)
    lines = run("rules", "check")
    assert lines.exit_code == 0
    assert "公告: active" in lines.stdout
    assert "any of “泵”, “pump”" in lines.stdout
    assert "pin notice.md" in lines.stdout
    assert "warranty: it ended on 2020-01-31" in lines.stdout
    assert "2 rules and 1 tests, all valid" in lines.stdout
    assert "has expired" in lines.stderr
    shape = as_json("rules", "check")
    assert (shape["file"], shape["tests"]) == ("kb/rules.toml", 1)
    assert [rule["name"] for rule in shape["rules"]] == ["公告", "warranty"]
    assert shape["rules"][1] == {
        "name": "warranty",
        "active": False,
        "why_not": "it ended on 2020-01-31",
        "when": "language en",
        "actions": ["exclude status=old", "answer from https://example.com/warranty, until 2020-01-31"],
        "answer_expired": True,
    }


def test_check_does_not_disturb_who_has_the_knowledge_base_open(kb: Path) -> None:
    write(kb, RULES)
    with KnowledgeBase.open(kb, encoder=word_encoder()):
        assert len(as_json("rules", "check")["rules"]) == 2


def test_without_a_file_there_is_nothing_to_check() -> None:
    done = run("rules", "check")
    assert done.exit_code == 0
    assert "there are no rules" in done.stderr
    assert as_json("rules", "check")["rules"] == []


def test_a_question_is_tried(kb: Path) -> None:
    write(kb, RULES)
    shape = as_json("rules", "test", "How do I clean the pump?")
    assert shape["language"] == "en"
    assert shape["rules"] == [
        {"name": "公告", "fires": True, "why_not": None},
        {"name": "warranty", "fires": False, "why_not": "it ended on 2020-01-31"},
    ]
    assert [(hit["document"], hit["rank"], hit["was"]) for hit in shape["hits"]] == [
        ("notice.md", 1, 2),
        ("pump.md", 2, 1),
    ]
    assert [effect["action"] for effect in shape["effects"]] == ["pin"]
    assert (shape["gone"], shape["answer"]) == ([], None)
    lines = run("rules", "test", "How do I clean the pump?").stdout
    assert "fires      公告" in lines
    assert "does not   warranty: it ended on 2020-01-31" in lines
    assert "was 2" in lines


def test_a_question_is_tried_at_another_time(kb: Path) -> None:
    write(kb, RULES)
    shape = as_json("rules", "test", "pump", "-k", "1", "--at", "2020-01-01", "--where", "type=md")
    assert [rule["fires"] for rule in shape["rules"]] == [True, True]
    assert [hit["document"] for hit in shape["gone"]] == ["pump.md"]
    assert shape["answer"]["curated"] == "warranty"
    lines = run("rules", "test", "pump", "--at", "2020-01-01").stdout
    assert "Two years. [1]" in lines
    assert "is gone" in lines


def test_the_tests_of_the_file_decide_the_exit_code(kb: Path) -> None:
    write(kb, RULES + TESTS)
    assert as_json("rules", "test") == {
        "passed": 1,
        "failed": 0,
        "tests": [{"question": "泵怎么清洗？", "passed": True, "problems": []}],
    }
    write(kb, RULES + FAILING)
    shape = as_json("rules", "test", code=1)
    assert (shape["passed"], shape["failed"]) == (1, 1)
    assert "does not fire" in shape["tests"][1]["problems"][0]
    lines = run("rules", "test")
    assert lines.exit_code == 1
    assert "FAILED  valve" in lines.stdout
    assert "1 passed, 1 failed" in lines.stdout


@pytest.mark.parametrize(
    ("arguments", "rules", "named"),
    [
        (["rules", "check"], "[[rule]]\nname='x'\npinn='y'\n", "line 3: rule 'x' has an unknown key 'pinn'"),
        (["rules", "test", "q"], "[[rule]\n", "not valid TOML"),
        (["search", "q"], "[[rule]\n", "not valid TOML"),
        (["rules", "check", "--kb", "nowhere"], "", "nowhere"),
        (["rules", "test", "q", "--kb", "nowhere"], "", "nowhere"),
        (["rules", "test"], RULES, "no tests"),
        (["rules", "test", "q", "--at", "soon"], RULES, "'soon' is not a date"),
        (["rules", "test", " "], RULES, "empty"),
    ],
)
def test_wrong_use(kb: Path, arguments: list[str], rules: str, named: str) -> None:
    write(kb, rules)
    with pytest.raises(WrongUse) as caught:
        run(*arguments)
    assert named in str(caught.value)


def test_search_and_ask_say_which_rules_fired(kb: Path) -> None:
    write(kb, RULES.replace("2020-01-31", "9999-12-31"))
    found = as_json("search", "pump")
    assert [(fired["rule"], fired["action"]) for fired in found["rules"]] == [("warranty", "exclude"), ("公告", "pin")]
    assert len(found["notes"]) == 2
    answer = as_json("ask", "pump")
    assert (answer["curated"], answer["confidence"], answer["decision"]) == ("warranty", 1.0, "ANSWERED")
    lines = run("ask", "pump").stdout
    assert "Two years. [1]" in lines
    assert "[1] https://example.com/warranty\n" in lines
