"""Rules over HTTP before they are written."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from running import Running
from wenyuan.rules import parse_rules

BASE = "/api/knowledge-bases/kb"
RULES = '# ours\n[[rule]]\nname = "pin"\nwhen.all = ["valve"]\npin = ["b.md"]\n'
TESTED = RULES + '[[test]]\nquestion = "Which valve?"\nexpect = ["pin"]\ntop = "{}"\n'
MANY = {
    f"canteen-{n:02}.md": f"# Canteen {n}\n\nThe canteen {n} serves soup at noon, says cook {n}." for n in range(30)
}


@pytest.fixture
def admin(server: Running) -> httpx.Client:
    others = {"a.md": "# A\n\nThe valve is green.", "b.md": "# B\n\nOpen at nine; 阀门在夜间关闭。"}
    server.make("kb", others | MANY)
    made = server.client(server.key("admin"))
    assert made.put(f"{BASE}/rules", json={"toml": RULES}).status_code == 200
    return made


def test_rules_are_checked_and_nothing_is_written(admin: httpx.Client) -> None:
    found = admin.post(f"{BASE}/rules/check", json={"rules": RULES.replace("pin =", "exclude.documents =")}).json()
    assert (found["file"], found["tests"]) == ("rules.toml", 0)
    assert [(each["name"], each["actions"]) for each in found["rules"]] == [("pin", ["exclude document=b.md"])]
    assert admin.get(f"{BASE}/rules").json()["toml"] == RULES


@pytest.mark.parametrize(
    ("toml", "line", "said", "zh"),
    [
        ("[[rule]]\n\nname = 'x'\npinn = ['a.md']\n", "4", "unknown key 'pinn'", "pinn"),
        ("[[rule]]\nname = \n", "2", "not valid TOML", "不是有效的 TOML"),
        ("[[rule]]\nname = 'x'\nwhen.pattern = '('\npin = ['a']", "3", "no regular expression", "正则"),
    ],
)
def test_what_is_not_valid_is_told_with_its_line(admin: httpx.Client, toml: str, line: str, said: str, zh: str) -> None:
    for path in ("check", "test"):
        for language, expected in (("en", said), ("zh", zh)):
            asked = {"headers": {"Accept-Language": language}, "json": {"rules": toml}}
            reply = admin.post(f"{BASE}/rules/{path}", **asked)  # type: ignore[arg-type]
            error = reply.json()["error"]
            assert (reply.status_code, error["code"], error["param"]) == (422, "not_valid", line)
            assert error["message"].startswith("rules.toml")
            assert expected in error["message"]


def test_a_question_is_asked_with_rules_that_are_not_written(admin: httpx.Client) -> None:
    mine = RULES.replace("valve", "soup")
    for rules, fires, first in ((None, False, "canteen"), (mine, True, "b.md")):
        tried = admin.post(f"{BASE}/rules/test", json={"rules": rules, "question": "Where is soup?"}).json()
        assert [each["fires"] for each in tried["rules"]] == [fires]
        assert tried["hits"][0]["document"].startswith(first)


def test_the_tests_of_rules_are_run(admin: httpx.Client) -> None:
    for top, passed in (("b.md", True), ("a.md", False)):
        found = admin.post(f"{BASE}/rules/test", json={"rules": TESTED.format(top)}).json()
        assert [each["passed"] for each in found["tests"]] == [passed]
    none = admin.post(f"{BASE}/rules/test", json={})
    assert (none.status_code, "no tests" in none.text) == (400, True)


@pytest.mark.parametrize(
    ("question", "document"), [("When does the canteen serve soup?", "a.md"), ("食堂几点供应汤？", "b.md")]
)
def test_a_rule_that_is_proposed_brings_the_document_in(admin: httpx.Client, question: str, document: str) -> None:
    asked = {"question": question, "document": document, "k": 3}
    before = admin.post(f"{BASE}/why", json=asked).json()
    assert (before["stage"] != "found", bool(before["changes"])) == (True, True)
    made = admin.post(f"{BASE}/rules/propose", json=asked | {"change": 0}).json()
    assert made["rules"] == f"{RULES}\n{made['toml']}"
    assert made["name"] in made["sentence"]
    assert admin.get(f"{BASE}/rules").json()["toml"] == RULES
    assert admin.put(f"{BASE}/rules", json={"toml": made["rules"]}).status_code == 200
    after = admin.post(f"{BASE}/why", json=asked).json()
    assert (after["stage"], after["rank"]) == ("found", made["rank"])
    again = admin.post(f"{BASE}/rules/propose", json=asked).json()
    assert again["name"] == f"{made['name']} (2)"
    assert admin.post(f"{BASE}/rules/check", json={"rules": again["rules"]}).status_code == 200


def test_the_sentence_is_in_the_callers_language(admin: httpx.Client) -> None:
    asked = {
        "json": {"question": "食堂几点供应汤？", "document": "a.md", "k": 3},
        "headers": {"Accept-Language": "zh-CN"},
    }
    made = admin.post(f"{BASE}/rules/propose", **asked).json()  # type: ignore[arg-type]
    assert made["sentence"].startswith("规则“a.md: 食堂几点供应汤?”")


def test_names_that_toml_has_to_escape_are_written_so_that_they_are_read(server: Running, admin: httpx.Client) -> None:
    odd = "it's \"a\\b.md"
    server.put(server.service.home.place("default", "kb"), {odd: "# Odd\n\nNothing of that."}, {})
    with server.service.shelf.lent("default", "kb") as base:
        base.take(odd)
    asked = {"question": 'Is "soup" \\ in the canteen\'s menu?', "document": odd, "k": 2}
    made = admin.post(f"{BASE}/rules/propose", json=asked).json()
    assert parse_rules(made["toml"], Path("x")).rules[0].pin == (odd,)
    admin.put(f"{BASE}/rules", json={"toml": made["rules"]})
    assert admin.post(f"{BASE}/why", json=asked).json()["stage"] == "found"


def test_where_no_rule_helps_it_is_said_what_does(admin: httpx.Client) -> None:
    asked = {"question": "When does the canteen serve soup?", "document": "a.md", "where": ["type=pdf"]}
    refused = admin.post(f"{BASE}/rules/propose", json=asked)
    assert refused.status_code == 409
    assert "the filter without type=pdf" in refused.json()["error"]["message"]
    shut = RULES + '[[rule]]\nname = "shut"\nexclude.documents = ["a.md"]\n'
    admin.put(f"{BASE}/rules", json={"toml": shut})
    refused = admin.post(f"{BASE}/rules/propose", json=asked | {"where": []})
    assert "the rule 'shut'" in refused.json()["error"]["message"]


def test_who_may_not_write_rules_tries_none(admin: httpx.Client, server: Running) -> None:
    bodies = {"check": {"rules": ""}, "test": {"question": "x"}, "propose": {"question": "x", "document": "a.md"}}
    reader = server.client(server.key("read", "ingest"))
    for path, body in bodies.items():
        assert reader.post(f"{BASE}/rules/{path}", json=body).status_code == 403
        assert admin.post(f"/api/knowledge-bases/nope/rules/{path}", json=body).status_code == 404
    assert admin.post(f"{BASE}/rules/propose", json=bodies["propose"] | {"document": "nope.md"}).status_code == 404
    assert not [each for each in admin.get("/api/audit").json()["entries"] if each["status"] in (200, 409)][1:]
