"""Rules: written and checked on the way, tried and tested before they are saved, and in effect from then on."""

from __future__ import annotations

import pytest

from running import Running

from .visit import BOTH_LANGUAGES, LOOKS, Locator, Look, Visit, expect, looks

ASKED = {"zh": "水泵的保修期多长？", "en": "How long is the pump guaranteed?"}
WORD = {"zh": "保修期", "en": "guaranteed"}
FIRST, OTHER = {"zh": "水泵.md", "en": "pump.md"}, {"zh": "条款.md", "en": "terms.md"}
DOCUMENTS = {
    "zh": {
        "水泵.md": "# 水泵 PX-200\n\n## 保修\n\n水泵 PX-200 的保修期为 24 个月，自交货之日起计算。\n",
        "条款.md": "# 销售条款\n\n## 交货\n\n货物在十天内发出。质量保证见合同。\n",
    },
    "en": {
        "pump.md": "# Pump PX-200\n\n## Warranty\n\nThe pump PX-200 is guaranteed for 24 months from delivery.\n",
        "terms.md": "# Terms of sale\n\n## Delivery\n\nGoods are sent within ten days. The contract names the rest.\n",
    },
}
SAYS = {"zh": "有不存在的键“whem”", "en": "has an unknown key 'whem'"}


def rule(look: Look, when: str = "when") -> str:
    """A rule that puts the other document first, with a test that holds by it alone."""
    word, other, asked = (each[look.language] for each in (WORD, OTHER, ASKED))
    return (
        f'[[rule]]\nname = "terms"\n{when} = {{any = ["{word}"]}}\npin = ["{other}"]\n\n'
        f'[[test]]\nquestion = "{asked}"\nexpect = ["terms"]\ntop = "{other}"\n'
    )


@pytest.fixture
def ruled(server: Running, name: str, look: Look) -> str:
    """A knowledge base whose terms come second."""
    server.make(name, DOCUMENTS[look.language])
    return name


def editor(visit: Visit) -> Locator:
    """Where the rules are written."""
    return visit.page.get_by_role("textbox", name=visit.words("rules.editor"), exact=True)


def best(server: Running, base: str, look: Look) -> str:
    """The document that comes first."""
    answer = server.client().post(f"/api/knowledge-bases/{base}/search", json={"question": ASKED[look.language]})
    document: str = answer.json()["hits"][0]["document"]
    return document


def kept(server: Running, base: str) -> str:
    """The rules that the server has."""
    toml: str = server.client().get(f"/api/knowledge-bases/{base}/rules").json()["toml"]
    return toml


@looks(*BOTH_LANGUAGES)
def test_a_bad_rule_is_told_with_its_line_and_nothing_typed_is_lost(visit: Visit, server: Running, ruled: str) -> None:
    visit.allow(r"status of 422")
    visit.open(f"/kb/{ruled}/rules")
    bad = rule(visit.look, "whem")
    editor(visit).fill(bad)
    told = visit.page.get_by_text(SAYS[visit.look.language])
    expect(told).to_be_visible()
    expect(visit.button("rules.save")).to_be_disabled()
    expect(visit.button("rules.tests.run")).to_be_disabled()
    editor(visit).press("Control+s")
    visit.button("rules.toLine", 3).click()
    expect(editor(visit)).to_be_focused()
    assert visit.page.evaluate("getSelection().toString()").startswith("whem")
    assert kept(server, ruled) == ""
    other = {"zh": "EN", "en": "中文"}[visit.look.language]
    visit.page.get_by_role("radiogroup", name=visit.words("shell.language")).get_by_text(other).click()
    expect(visit.page.get_by_text(SAYS["en" if visit.look.language == "zh" else "zh"])).to_be_visible()
    assert visit.page.get_by_role("textbox").first.input_value() == bad


@looks(LOOKS[2])
def test_rules_are_tried_tested_saved_and_taken_back(visit: Visit, server: Running, ruled: str) -> None:
    look, asked = visit.look, ASKED[visit.look.language]
    assert best(server, ruled, look) == FIRST[look.language]
    visit.open(f"/kb/{ruled}/rules")
    expect(visit.button("rules.save")).to_be_disabled()
    editor(visit).fill(rule(look))
    expect(visit.button("rules.save")).to_be_enabled()
    trial = visit.page.get_by_role("region", name=visit.words("rules.trial.title"))
    visit.button("rules.trial.run", within=trial).click()
    expect(trial.get_by_text(visit.words("rules.trial.needed"))).to_be_visible()
    trial.get_by_role("textbox").fill(asked)
    trial.get_by_role("textbox").press("Enter")
    expect(trial.get_by_text(visit.words("rules.trial.fires"), exact=True)).to_be_visible()
    expect(trial.get_by_role("listitem").filter(has_text=visit.words("rules.trial.was", 2))).to_contain_text(
        OTHER[look.language]
    )
    tests = visit.page.get_by_role("region", name=visit.words("rules.tests.title"))
    visit.button("rules.tests.run", within=tests).click()
    expect(tests.get_by_role("status").get_by_text(visit.words("rules.tests.passed"), exact=True)).to_be_visible()
    assert best(server, ruled, look) == FIRST[look.language]  # nothing is saved so far
    visit.button("rules.save").click()
    expect(visit.page.get_by_text(visit.words("rules.saved"))).to_be_visible()
    assert best(server, ruled, look) == OTHER[look.language]
    visit.page.reload()
    expect(editor(visit)).to_have_value(rule(look))
    editor(visit).fill(rule(look).replace(f'top = "{OTHER[look.language]}"', f'top = "{FIRST[look.language]}"'))
    visit.button("rules.tests.run", within=tests).click()
    expect(tests.get_by_role("status").get_by_text(visit.words("rules.tests.failed"), exact=True)).to_be_visible()
    visit.button("rules.discard").click()
    expect(editor(visit)).to_have_value(rule(look))
    editor(visit).fill("")
    expect(visit.button("rules.save")).to_be_enabled()
    editor(visit).press("Control+s")
    expect(visit.page.get_by_text(visit.words("rules.saved"))).to_be_visible()
    assert best(server, ruled, look) == FIRST[look.language]
    visit.button("shell.undo").click()
    expect(visit.page.get_by_text(visit.words("rules.undone"))).to_be_visible()
    expect(editor(visit)).to_have_value(rule(look))
    assert best(server, ruled, look) == OTHER[look.language]


@looks(LOOKS[3])
def test_whoever_leaves_with_rules_unsaved_is_asked(visit: Visit, ruled: str) -> None:
    visit.open(f"/kb/{ruled}/library")
    visit.link("shell.pages.rules").click()
    editor(visit).fill(rule(visit.look))
    visit.page.go_back()
    dialog = visit.page.get_by_role("dialog", name=visit.words("rules.leave.title"))
    visit.button("rules.leave.stay", within=dialog).click()
    expect(dialog).to_have_count(0)
    expect(editor(visit)).to_have_value(rule(visit.look))
    visit.page.evaluate("() => { location.reload(); }")
    expect(editor(visit)).to_have_value(rule(visit.look))
    assert [each.split(":")[0] for each in visit.seen.dialogs] == ["beforeunload"]
    visit.seen.dialogs.clear()
    visit.page.go_back()
    visit.button("rules.leave.go", within=dialog).click()
    expect(visit.page.get_by_role("heading", level=1, name=visit.words("library.title"))).to_be_visible()
    visit.link("shell.pages.rules").click()
    expect(editor(visit)).to_have_value("")


@looks(LOOKS[0])
def test_rules_that_somebody_else_changed_meanwhile_are_not_written_over(
    visit: Visit, server: Running, ruled: str
) -> None:
    visit.open(f"/kb/{ruled}/rules")
    editor(visit).fill(rule(visit.look))
    theirs = '[[rule]]\nname = "theirs"\nwhen = {any = ["x"]}\npin = ["x.md"]\n'
    server.client().put(f"/api/knowledge-bases/{ruled}/rules", json={"toml": theirs}).raise_for_status()
    visit.button("rules.save").click()
    expect(visit.page.get_by_role("alert")).to_contain_text(visit.words("rules.overtaken"))
    expect(editor(visit)).to_have_value(rule(visit.look))
    assert kept(server, ruled) == theirs
    visit.button("rules.loadTheirs").click()
    expect(editor(visit)).to_have_value(theirs)
    expect(visit.page.get_by_role("alert")).to_have_count(0)


@looks(LOOKS[1])
def test_an_example_is_there_for_whoever_has_no_rule(visit: Visit, ruled: str) -> None:
    visit.open(f"/kb/{ruled}/rules")
    visit.button("rules.example").click()
    listed = visit.page.get_by_role("region", name=visit.words("rules.list.title"))
    expect(listed.get_by_text("warranty", exact=True)).to_be_visible()
    expect(visit.button("rules.save")).to_be_enabled()
    expect(visit.button("rules.example")).to_have_count(0)
