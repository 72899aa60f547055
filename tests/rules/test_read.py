"""`rules.toml`: what it may say, and the one sentence for everything it may not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from wenyuan.errors import WrongUse
from wenyuan.filters import read_test
from wenyuan.rules import Rules, RuleTest, read_rules
from wenyuan.trace import Trace
from wenyuan.types import And, Condition, Not, Or
from wenyuan.understand import understand

WHOLE = r"""
[[rule]]
name = "召回公告"
from = 2026-01-01
until = 2026-12-31
when = { any = ["E-102", "召回"], pattern = 'e-?\d+', intent = "policy", language = "zh" }
pin = ["docs/recall.md", "docs/b.md"]
boost = { source = "docs/zh", factor = 2 }
exclude = { where = ["status=old", "time<2020-01-01"] }

[[rule]]
name = "warranty"
[rule.when]
all = "warranty"
[rule.bury]
documents = ["a.md", "b.md"]
[rule.filter.filter]
or = [{ field = "type", op = "eq", value = "md" }, { field = "time", op = "gte", value = 1970-01-02 }]
[rule.answer]
text = " Two years. "
document = "docs/warranty.md"
quote = "two years"
expires = 2026-12-31

[[test]]
question = "E-102 是什么？"
expect = ["召回公告"]
at = 2026-05-01

[[test]]
question = "warranty"
expect = []
top = "docs/warranty.md"
"""


def write(folder: Path, content: str) -> Path:
    path = folder / "rules.toml"
    path.write_text(content, "utf-8")
    return path


def at(year: int, month: int, day: int) -> float:
    return datetime(year, month, day, tzinfo=UTC).timestamp()


def test_without_a_file_there_are_no_rules(tmp_path: Path) -> None:
    assert read_rules(tmp_path / "rules.toml") == Rules()
    assert read_rules(write(tmp_path, "")) == Rules()


def test_everything_a_file_may_say(tmp_path: Path) -> None:
    rules = read_rules(write(tmp_path, WHOLE))
    recall, warranty = rules.rules
    assert recall.name == "召回公告"
    assert (recall.starts, recall.ends) == (at(2026, 1, 1), at(2027, 1, 1))
    assert (recall.when.any, recall.when.intents, recall.when.language) == (("E-102", "召回"), ("policy",), "zh")
    assert recall.pin == ("docs/recall.md", "docs/b.md")
    assert recall.boost is not None
    assert (recall.boost.documents, recall.boost.factor) == (Condition("source", "eq", "docs/zh"), 2)
    assert recall.exclude == And((read_test("status=old"), read_test("time<2020-01-01")))
    assert recall.actions == ("pin", "boost", "exclude")
    assert warranty.when.all == ("warranty",)
    assert warranty.bury is not None
    assert (warranty.bury.documents, warranty.bury.factor) == (Condition("document", "in", ("a.md", "b.md")), 0)
    assert warranty.filter == Or((Condition("type", "eq", "md"), Condition("time", "gte", 86400)))
    assert warranty.answer is not None
    assert (warranty.answer.text, warranty.answer.document) == ("Two years.", "docs/warranty.md")
    assert (warranty.answer.quote, warranty.answer.expires) == ("two years", at(2027, 1, 1))
    assert rules.tests == (
        RuleTest("E-102 是什么？", ("召回公告",), None, at(2026, 5, 1)),
        RuleTest("warranty", (), "docs/warranty.md"),
    )
    assert list(recall.described()) == [
        "pin docs/recall.md, docs/b.md",
        "boost source=docs/zh by 2",
        "exclude status=old and time<2020-01-01",
    ]
    assert recall.when.described() == "any of “E-102”, “召回”; pattern “e-?\\d+”; intent policy; language zh"


def test_what_chooses_documents_must_hold_together(tmp_path: Path) -> None:
    content = "[[rule]]\nname='x'\nexclude = { source = ['a', 'b'], where = 'type!=pdf' }"
    (rule,) = read_rules(write(tmp_path, content)).rules
    assert rule.exclude == And((Condition("source", "in", ("a", "b")), Not(Condition("type", "eq", "pdf"))))


RULE = '[[rule]]\nname = "one"\npin = "a.md"\n\n[[rule]]\nname = "two"\n'  # the second rule's keys begin in line 7


@pytest.mark.parametrize(
    ("keys", "line", "named"),
    [
        ("pinn = 'a.md'", 7, "unknown key 'pinn'; its keys are name, from, until"),
        ("pin = 'a'\n[rule.when]\nphrase = 'x'", 9, "unknown key 'phrase'; its keys are all, any, pattern"),
        ("boost = { source = 'x', factr = 2 }", 7, "unknown key 'factr'"),
        ("boost = { source = 'x' }", 7, "lacks the key 'boost.factor'"),
        ("boost = { source = 'x', factor = 1 }", 7, "greater than 1"),
        ("boost = { source = 'x', factor = '2' }", 7, "boost.factor"),
        ("bury = { source = 'x', factor = 2 }", 7, "less than 1"),
        ("bury = { factor = 0.5 }", 7, "names no documents"),
        ("exclude = {}", 7, "names no documents"),
        ("exclude = 'docs'", 7, "no table"),
        ("pin = []", 7, "'pin'"),
        ("pin = 3", 7, "'pin'"),
        ("pin = ['a', ' ']", 7, "is empty"),
        ("pin = ['a', 'b', 'a']", 7, "twice"),
        ("", 6, "does nothing"),
        ("pin = 'a'\nfrom = 'soon'", 8, "not a date"),
        ("pin = 'a'\nfrom = 3", 8, "not a date"),
        ("pin = 'a'\nuntil = 08:00:00", 8, "not a date"),
        ("pin = 'a'\nfrom = 2026-02-02\nuntil = 2026-02-01", 9, "ends before it begins"),
        ("pin = 'a'\nwhen.pattern = '(x'", 8, "no regular expression"),
        ("pin = 'a'\nwhen.pattern = 3", 8, "not a text"),
        ("pin = 'a'\nwhen.any = ['\u200b']", 8, "is empty"),
        ("pin = 'a'\nwhen.intent = 'question'", 8, "'troubleshooting'"),
        ("pin = 'a'\nwhen.language = 'fr'", 8, "'zh' or 'en'"),
        ("exclude = { where = ['type'] }", 7, "'type' is not a test"),
        ("exclude = { where = ['type>3'] }", 7, "holds text"),
        ("exclude = { where = ['time>soon'] }", 7, "not a date"),
        ("exclude = { filter = { and = [] } }", 7, "empty"),
        ("exclude = { filter = { like = 'x' } }", 7, "no filter"),
        # what contradicts itself
        ("boost = { source = 'x', factor = 2 }\nbury = { source = 'x' }", 8, "boost and bury for the same documents"),
        ("filter = { where = 'a=1' }\nexclude = { where = 'a=1' }", 8, "filter and exclude for the same"),
        ("filter = { where = ['type=pdf', 'type=md'] }", 7, "type=pdf and type=md cannot hold together"),
        ("filter = { where = ['time>2026-01-01', 'time<2025-01-01'] }", 7, "cannot hold together"),
        ("exclude = { where = ['lang=zh', 'lang!=zh'] }", 7, "cannot both hold"),
        ("pin = 'docs/a.md'\nexclude = { source = 'docs' }", 8, "leaves out docs/a.md"),
        ("pin = 'docs/a.md'\nfilter = { source = 'faq' }", 8, "leaves out docs/a.md"),
        # answers
        ("answer = { text = 'x', expires = 2026-01-01 }", 7, "either document or url"),
        ("answer = { text = 'x', document = 'a', url = 'https://x', expires = 2026-01-01 }", 7, "either"),
        ("answer = { text = 'x', document = 'a' }", 7, "lacks the key 'answer.expires'"),
        ("answer = { text = '', document = 'a', expires = 2026-01-01 }", 7, "is empty"),
        ("answer = { text = 'x', url = 'javascript:x', expires = 2026-01-01 }", 7, "no address"),
        ("answer = { text = 'x', url = 'https://x', quote = 'q', expires = 2026-01-01 }", 7, "quote"),
        ("from = 2026-01-01\nanswer = { text = 'x', url = 'https://x', expires = 2025-01-01 }", 8, "expires before"),
    ],
)
def test_a_wrong_rule_is_one_sentence_with_file_line_and_name(tmp_path: Path, keys: str, line: int, named: str) -> None:
    path = write(tmp_path, RULE + keys + "\n\n[[test]]\nquestion = 'q'\nexpect = []\n")
    with pytest.raises(WrongUse) as caught:
        read_rules(path)
    sentence = str(caught.value)
    assert sentence.startswith(f"{path}, line {line}: rule 'two' ")
    assert named in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "_" not in sentence.removeprefix(str(path)), "no name of ours"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("[[rule]\n", "not valid TOML"),
        ("[[rule]]\nname = 'a'\nname = 'b'\n", "line 3"),
        ("[[rules]]\nname = 'a'\n", "line 1: the file has an unknown key 'rules'; its keys are rule, test"),
        ("rule = 3\n", "'rule'"),
        ("rule = [3]\n", "rule 1"),
        ("rule = [{ name = 'x', pinn = 'y' }]\n", "rule 'x' has an unknown key 'pinn'"),
        ("[[rule]]\npin = 'a'\n", "line 1: rule 1 lacks the key 'name'"),
        ("[[rule]]\nname = 3\npin = 'a'\n", "line 2: rule 1 has 'name' that does not fit"),
        ("[[rule]]\nname = 'x'\npin = 'a'\n[[rule]]\nname = 'x'\npin = 'b'\n", "name of another rule"),
        ("[[test]]\nquestion = 'q'\n", "test 1 has 'test' that does not fit: it expects nothing"),
        ("[[test]]\nquestion = ''\ntop = 'x'\n", "test 1"),
        ("[[test]]\nquestion = 'q'\n\nexpect = 'x'\n", "line 4: test 1 expects 'x', which is the name of no rule"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, content: str, named: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(WrongUse) as caught:
        read_rules(path)
    sentence = str(caught.value)
    assert str(path) in sentence
    assert named in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WrongUse, match="not valid TOML"):
        read_rules(tmp_path / "rules.toml")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_example_of_the_manual_is_valid(tmp_path: Path, language: str) -> None:
    manual = Path(__file__).parents[2] / "docs" / language / "rules.md"
    example = manual.read_text("utf-8").split("```toml\n")[1].split("```")[0]
    rules = read_rules(write(tmp_path, example))
    assert [rule.actions for rule in rules.rules] == [("pin",), ("exclude",), ("answer",)]
    (test,) = rules.tests
    fired = rules.fire(understand(test.question), at(2026, 6, 1), Trace())
    assert tuple(rule.name for rule in fired) == test.expect
