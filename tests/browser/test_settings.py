"""Settings: changed in fields or as text, in effect once saved, refused in the reader's language with nothing lost."""

from __future__ import annotations

import pytest

from running import Running

from .visit import BOTH_LANGUAGES, LOOKS, Locator, Look, Visit, expect, looks

ASKED = {"zh": "水泵的保修期多长？", "en": "How long is the warranty of the pump?"}
ANSWER = {"zh": "24 个月", "en": "24 months"}
DOCUMENT = {"zh": "泵.md", "en": "pump.md"}
TEXT = {
    "zh": "# 水泵\n\n## 保修\n\n水泵的保修期为 24 个月。\n",
    "en": "# Pump\n\n## Warranty\n\nThe warranty of the pump lasts 24 months.\n",
}
BEFORE = "# ours\n[answer]\nsentences = 3\n"
TOO_MUCH = {"zh": "应小于或等于 1", "en": "less than or equal to 1"}
NO_TOML = {"zh": "不是有效的 TOML", "en": "is not valid TOML"}


@pytest.fixture
def pump(server: Running, name: str, look: Look) -> str:
    """A knowledge base of one document."""
    server.make(name, {DOCUMENT[look.language]: TEXT[look.language]})
    return name


def setting(visit: Visit, name: str) -> Locator:
    """The field of a setting, by its name in the file."""
    row = visit.page.locator(".setting-row").filter(has=visit.page.get_by_text(name, exact=True))
    return row.get_by_role("textbox").or_(row.get_by_role("combobox")).first


def bar(visit: Visit) -> Locator:
    """What is to become of the changes."""
    return visit.page.get_by_role("region", name=visit.words("settings.changes"))


def text_of(visit: Visit) -> Locator:
    """The text of wenyuan.toml."""
    return visit.page.get_by_role("textbox", name=visit.words("settings.file"), exact=True)


def save(visit: Visit) -> None:
    """Save the settings, and see that they are."""
    visit.button("shell.save", within=bar(visit)).click()
    expect(visit.page.get_by_text(visit.words("settings.saved"), exact=True).first).to_be_visible()
    expect(bar(visit)).to_have_count(0)


def kept(server: Running, base: str) -> str:
    """The settings that the server has."""
    toml: str = server.client().get(f"/api/knowledge-bases/{base}/settings").json()["toml"]
    return toml


@looks(LOOKS[0])
def test_a_setting_is_in_effect_once_it_is_saved(visit: Visit, server: Running, pump: str) -> None:
    look = visit.look.language
    visit.open(f"/kb/{pump}/ask")
    expect(visit.ask(ASKED[look])).to_contain_text(ANSWER[look])
    visit.link("shell.pages.settings").click()
    setting(visit, "answer.confidence").fill("1")
    expect(bar(visit)).to_contain_text(visit.words("settings.unsaved"))
    assert kept(server, pump) == ""
    save(visit)
    assert kept(server, pump) == "[answer]\nconfidence = 1\n"
    visit.link("shell.pages.ask").click()
    visit.link("ask.fresh").click()
    expect(visit.ask(ASKED[look])).to_contain_text(visit.words("ask.declined"))
    visit.page.go_back()
    visit.link("shell.pages.settings").click()
    visit.page.reload()
    expect(setting(visit, "answer.confidence")).to_have_value("1")
    setting(visit, "answer.confidence").fill("")
    save(visit)
    assert "confidence" not in kept(server, pump)


@looks(*BOTH_LANGUAGES)
def test_a_bad_value_is_told_at_its_field_and_nothing_is_lost(visit: Visit, server: Running, pump: str) -> None:
    visit.allow(r"status of 4\d\d")
    look = visit.look.language
    visit.open(f"/kb/{pump}/settings")
    setting(visit, "answer.sentences").fill("3")
    setting(visit, "answer.confidence").fill("7")
    visit.button("shell.save", within=bar(visit)).click()
    expect(bar(visit).get_by_role("alert")).to_contain_text(TOO_MUCH[look])
    expect(setting(visit, "answer.confidence")).to_have_attribute("aria-invalid", "true")
    expect(setting(visit, "answer.confidence")).to_have_value("7")
    expect(setting(visit, "answer.sentences")).to_have_value("3")
    assert kept(server, pump) == ""
    visit.button("settings.toLine", 3, within=bar(visit)).click()
    expect(text_of(visit)).to_be_focused()
    expect(text_of(visit)).to_have_value("[answer]\nsentences = 3\nconfidence = 7\n")
    text_of(visit).fill("[answer\nsentences = 3\n")
    visit.button("shell.save", within=bar(visit)).click()
    expect(bar(visit).get_by_role("alert")).to_contain_text(NO_TOML[look])
    expect(visit.page.get_by_text(visit.words("settings.wrongLine", 1))).to_be_visible()
    expect(text_of(visit)).to_have_value("[answer\nsentences = 3\n")
    text_of(visit).fill("[answer]\nsentences = 3\n")
    save(visit)
    assert kept(server, pump) == "[answer]\nsentences = 3\n"


@looks(LOOKS[1])
def test_settings_with_which_nothing_can_be_asked_are_taken_back(visit: Visit, server: Running, pump: str) -> None:
    visit.allow(r"status of 4\d\d")
    client = server.client()
    client.put(f"/api/knowledge-bases/{pump}/settings", json={"toml": BEFORE}).raise_for_status()
    visit.open(f"/kb/{pump}/settings")
    setting(visit, "llm.url").fill("nowhere")
    setting(visit, "llm.model").fill("m")
    visit.button("shell.save", within=bar(visit)).click()
    expect(bar(visit).get_by_role("alert")).to_contain_text("http://host:port/v1")
    expect(setting(visit, "llm.url")).to_have_value("nowhere")
    assert client.get(f"/api/knowledge-bases/{pump}").status_code == 400
    visit.button("settings.takeBack", within=bar(visit)).click()
    expect(bar(visit)).to_have_count(0)
    expect(setting(visit, "llm.url")).to_have_value("")
    assert kept(server, pump) == BEFORE
    assert client.get(f"/api/knowledge-bases/{pump}").status_code == 200


@looks(LOOKS[3])
def test_the_parts_have_addresses_and_whoever_leaves_unsaved_is_asked(visit: Visit, pump: str) -> None:
    visit.open(f"/kb/{pump}/settings?part=text")
    text_of(visit).fill("# for a moment\n")
    visit.tab("settings.parts.widget").click()
    expect(setting(visit, "widget.colour")).to_be_visible()
    assert visit.page.url.endswith("part=widget")
    visit.tab("settings.parts.text").click()
    expect(text_of(visit)).to_have_value("# for a moment\n")
    visit.link("shell.pages.library").click()
    dialog = visit.page.get_by_role("dialog", name=visit.words("settings.unsaved"))
    visit.button("settings.stay", within=dialog).click()
    expect(text_of(visit)).to_have_value("# for a moment\n")
    visit.page.evaluate("() => { location.reload(); }")
    expect(text_of(visit)).to_have_value("# for a moment\n")
    assert [each.split(":")[0] for each in visit.seen.dialogs] == ["beforeunload"]
    visit.seen.dialogs.clear()
    visit.button("settings.discard", within=bar(visit)).click()
    expect(text_of(visit)).to_have_value("")
    visit.page.reload()
    expect(text_of(visit)).to_have_value("")
    assert visit.overflow() <= 0


@looks(LOOKS[1])
def test_a_snapshot_is_taken_and_come_back_to(visit: Visit, server: Running, pump: str) -> None:
    visit.allow(r"status of 4\d\d")
    visit.open(f"/kb/{pump}/settings?part=care")
    section = visit.page.get_by_role("region", name=visit.words("settings.snapshots.title"), exact=True)
    named = section.get_by_role("textbox", name=visit.words("settings.snapshots.name"))
    named.fill("a/b")
    visit.button("settings.snapshots.take", within=section).click()
    wrong = section.locator("[class*=error]").filter(visible=True).last
    expect(wrong).to_be_visible()
    assert any("\u4e00" <= sign <= "\u9fff" for sign in wrong.inner_text()) == (visit.look.language == "zh")
    expect(named).to_have_value("a/b")
    named.fill("before")
    named.press("Enter")
    row = section.get_by_role("group", name=visit.words("settings.snapshots.one", "before"), exact=True)
    expect(row).to_be_visible()
    changed = {"toml": "[answer]\nsentences = 2\n"}
    server.client().put(f"/api/knowledge-bases/{pump}/settings", json=changed).raise_for_status()
    visit.button("settings.snapshots.restore", within=row).click()
    visit.button("settings.snapshots.restoreNow").click()
    expect(visit.page.get_by_text(visit.words.like("settings.snapshots.restored")).first).to_be_visible()
    assert kept(server, pump) == ""
    rows = section.get_by_role("group")
    expect(rows).to_have_count(2)  # what it was before the way back is kept, too
    visit.tab("settings.parts.text").click()
    expect(text_of(visit)).to_have_value("")


@looks(LOOKS[2])
def test_a_knowledge_base_is_deleted_by_whoever_types_its_name(visit: Visit, server: Running, pump: str) -> None:
    visit.allow(r"status of 404")
    visit.open(f"/kb/{pump}/settings?part=care")
    visit.button("settings.deletion.open").click()
    dialog = visit.page.get_by_role("dialog", name=visit.words("settings.deletion.one", pump), exact=True)
    now = visit.button("settings.deletion.now", within=dialog)
    dialog.get_by_role("textbox").fill(f"{pump}x")
    dialog.get_by_role("textbox").press("Enter")
    expect(now).to_be_disabled()
    assert server.client().get(f"/api/knowledge-bases/{pump}").status_code == 200
    dialog.get_by_role("textbox").fill(pump)
    now.click()
    expect(visit.page.get_by_text(visit.words("settings.deletion.done", pump))).to_be_visible()
    assert server.client().get(f"/api/knowledge-bases/{pump}").status_code == 404
    visit.open(f"/kb/{pump}/settings")  # an address that was kept
    expect(visit.page.get_by_text(visit.words("shell.noBase.unknown", pump))).to_be_visible()
