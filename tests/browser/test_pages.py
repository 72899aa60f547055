"""Every page there is: who cannot see well can use it, nothing comes from elsewhere, and it fits a phone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from running import Running

from .visit import BASE, BOTH_WIDTHS, LOOKS, Look, Visit, Visiting, address, expect, looks

ROUTES = Path(__file__).resolve().parents[2] / "web" / "src" / "routes.ts"
GUIDE, MANUAL = "manuals/CW-40 booster pump guide.md", "manuals/CW-300 operating manual.pdf"


@dataclass(frozen=True)
class Place:
    """A page, and the words that its heading says."""

    path: str
    heading: str


# One line a page; a page of several views has a line for each.
PLACES = {
    "ask": Place(f"/kb/{BASE}/ask", "ask.title"),
    "library": Place(f"/kb/{BASE}/library", "library.title"),
    "library/document": Place(f"/kb/{BASE}/library/{GUIDE}", ""),
    "library/document/fields": Place(f"/kb/{BASE}/library/{GUIDE}?view=fields", ""),
    "library/notes": Place(f"/kb/{BASE}/library?tab=notes", "library.title"),
    "library/jobs": Place(f"/kb/{BASE}/library?tab=jobs", "library.title"),
    "inbox": Place(f"/kb/{BASE}/inbox", "inbox.title"),
    "sources": Place(f"/kb/{BASE}/sources", "sources.title"),
    "why": Place(f"/kb/{BASE}/why", "why.title"),
    "rules": Place(f"/kb/{BASE}/rules", "rules.title"),
    "curated": Place(f"/kb/{BASE}/curated", "curated.title"),
    "evaluation": Place(f"/kb/{BASE}/evaluation", "evaluation.title"),
    "settings": Place(f"/kb/{BASE}/settings", "settings.title"),
    "keys": Place("/keys", "keys.title"),
    "training": Place("/training", "training.title"),
    "document": Place(address(GUIDE, 10, 200), ""),
    "document/pdf": Place(address(MANUAL), ""),
    "document/passages": Place(f"{address(GUIDE)}?view=passages", ""),
    "no page": Place("/nowhere", "shell.failure.noPage"),
}


@cache
def axe() -> Any:
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


def faults(visit: Visit) -> list[str]:
    """What axe-core holds for serious or critical, with the elements."""
    found = axe().run(visit.page, options={"resultTypes": ["violations"]}).response["violations"]
    bad = [each for each in found if each["impact"] in ("serious", "critical")]
    return [f"{each['id']}: {each['help']}: {[node['html'] for node in each['nodes']][:3]}" for each in bad]


def arrive(visit: Visit, place: Place) -> None:
    """Open a page and wait until what it is about is there."""
    visit.open(place.path)
    if place.heading.startswith("shell."):
        expect(visit.page.get_by_text(visit.words(place.heading))).to_be_visible()
    else:
        named = {"name": visit.words(place.heading)} if place.heading else {}
        expect(visit.page.get_by_role("heading", level=1, **named).first).to_be_attached()
    expect(visit.page.get_by_text(visit.words("shell.loading"), exact=True)).to_have_count(0)


def test_every_page_of_the_routes_is_looked_at() -> None:
    named = set(re.findall(r'name: "(\w+)", path:', ROUTES.read_text("utf-8")))
    assert named - {place.split("/")[0] for place in PLACES} == set(), "add a line to PLACES for each"


@looks()
@pytest.mark.parametrize("place", PLACES)
def test_a_page_can_be_used_by_everyone_and_fits(visit: Visit, place: str) -> None:
    arrive(visit, PLACES[place])
    assert faults(visit) == []
    assert visit.overflow() <= 0
    assert visit.page.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[visit.look.language]


@looks()
def test_an_answer_beside_its_document_can_be_used_by_everyone(visit: Visit) -> None:
    visit.open(f"/kb/{BASE}/ask")
    turn = visit.ask(
        {"zh": "你们的泵能抽海水吗？", "en": "How long does the warranty last for export customers?"}[
            visit.look.language
        ]
    )
    assert faults(visit) == []
    assert visit.overflow() <= 0
    turn.get_by_role("region", name=visit.words("ask.sources")).get_by_role("link").first.click()
    expect(visit.page.locator("mark").first).to_be_visible()
    assert faults(visit) == []
    assert visit.overflow() <= 0


@looks(*BOTH_WIDTHS)
def test_the_menu_and_the_dialogs_can_be_used_by_everyone(visit: Visit) -> None:
    visit.open(f"/kb/{BASE}/sources")
    visit.button("sources.add").click()
    expect(visit.page.get_by_role("dialog", name=visit.words("sources.add"))).to_be_visible()
    assert faults(visit) == []
    visit.page.keyboard.press("Escape")
    visit.page.get_by_role("button", name=f"{visit.words('shell.base')}: {BASE}").click()
    expect(visit.page.get_by_role("menu")).to_be_visible()
    assert faults(visit) == []


@looks(*LOOKS[:1])
def test_the_policy_of_the_page_allows_scripts_of_its_own_alone(visit: Visit) -> None:
    answer = visit.page.goto(f"{visit.home}/ui/")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    rules = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe-eval" not in policy


@looks(*LOOKS[:1])
def test_the_scripts_of_the_first_page_are_small(visiting: Visiting, server: Running, look: Look) -> None:
    visit = visiting(server, look)
    arrive(visit, PLACES["ask"])
    sizes: list[dict[str, Any]] = visit.page.evaluate(
        "performance.getEntriesByType('resource').map(({name, encodedBodySize}) => ({name, encodedBodySize}))"
    )
    scripts = [each for each in sizes if re.search(r"\.m?js$", each["name"])]
    assert scripts
    assert not [each for each in scripts if "pdf" in each["name"].lower()], "pdf.js waits until it is needed"
    assert sum(each["encodedBodySize"] for each in scripts) <= 400_000


@looks(*LOOKS[:1])
def test_the_page_is_left_and_found_in_another_language_and_colour(visit: Visit) -> None:
    visit.open(f"/kb/{BASE}/library")
    expect(visit.page.get_by_role("heading", level=1, name="文档库")).to_be_visible()
    visit.page.get_by_role("radiogroup", name=visit.words("shell.language")).get_by_text("EN").click()
    expect(visit.page.get_by_role("heading", level=1, name="Library")).to_be_visible()
    visit.page.get_by_role("button", name="Dark colours").click()
    visit.page.reload()
    expect(visit.page.get_by_role("heading", level=1, name="Library")).to_be_visible()
    expect(visit.page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


@looks(*LOOKS[:1])
def test_the_keyboard_alone_reaches_the_content_and_an_answer(visit: Visit) -> None:
    visit.open(f"/kb/{BASE}/library")
    expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
    visit.page.keyboard.press("Tab")
    expect(visit.page.get_by_role("link", name=visit.words("shell.skip"))).to_be_focused()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#content")).to_be_focused()
