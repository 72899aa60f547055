"""Sources: a folder of the server that is kept in step with, and what is said where one cannot be had."""

from __future__ import annotations

from pathlib import Path

from .visit import BOTH_LANGUAGES, BOTH_WIDTHS, Visit, expect, looks


def propose(visit: Visit, base: str, kind: str, location: str) -> None:
    """Fill the form for a new source and send it."""
    visit.open(f"/kb/{base}/sources")
    visit.button("sources.add").click()
    dialog = visit.page.get_by_role("dialog")
    dialog.get_by_label(visit.words("sources.fields.kind")).first.click()
    visit.page.get_by_role("option", name=visit.words(f"sources.kinds.{kind}"), exact=True).click()
    label = visit.words("sources.fields.folder" if kind == "folder" else "sources.fields.location")
    dialog.get_by_role("textbox", name=label, exact=True).fill(location)
    visit.button("sources.fields.save", within=dialog).click()


@looks(*BOTH_WIDTHS)
def test_a_folder_is_followed_and_removed_with_its_documents(visit: Visit, base: str, tmp_path: Path) -> None:
    folder = tmp_path / "handbook"
    folder.mkdir()
    (folder / "a.md").write_text("# A\n\nThe valve is red.\n", "utf-8")
    propose(visit, base, "folder", str(folder))
    card = visit.page.get_by_role("region", name=visit.words("sources.more", "handbook"))
    expect(card.get_by_text(visit.words("sources.states.waiting"), exact=True)).to_be_visible()
    expect(card.get_by_text(visit.words.like("sources.documents", whole=True))).to_contain_text("1")
    visit.button("sources.pause", within=card).click()
    expect(card.get_by_text(visit.words("sources.states.paused"), exact=True)).to_be_visible()
    visit.button("sources.remove", within=card).click()
    dialog = visit.page.get_by_role("dialog")
    dialog.get_by_role("button", name=visit.words.like("sources.removing.drop")).click()
    expect(card).to_have_count(0)
    visit.open(f"/kb/{base}/library")
    expect(visit.page.get_by_text(visit.words("library.empty"))).to_be_visible()


@looks(*BOTH_LANGUAGES)
def test_a_source_that_cannot_be_is_said_at_its_field(visit: Visit, base: str) -> None:
    visit.allow(r"status of 4\d\d")
    propose(visit, base, "site", "")
    dialog = visit.page.get_by_role("dialog")
    expect(dialog.get_by_text(visit.words("sources.needLocation"))).to_be_visible()
    dialog.get_by_role("textbox", name=visit.words("sources.fields.location"), exact=True).fill("javascript:canary(1)")
    dialog.get_by_role("textbox", name=visit.words("sources.fields.name"), exact=True).fill("x")
    visit.button("sources.fields.save", within=dialog).click()
    wrong = dialog.locator("[class*=error], [role=alert]").filter(visible=True).last
    expect(wrong).to_be_visible()
    chinese = any("\u4e00" <= sign <= "\u9fff" for sign in wrong.inner_text())
    assert chinese == (visit.look.language == "zh")
