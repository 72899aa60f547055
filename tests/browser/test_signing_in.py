"""A server that asks for a key: signing in, what a key may see, and signing out."""

from __future__ import annotations

from running import Running

from .signing import pages_of, sign_in
from .visit import BASE, BOTH_LANGUAGES, BOTH_WIDTHS, Look, Visiting, expect, looks


@looks()
def test_a_key_opens_the_page_and_is_forgotten_at_sign_out(visiting: Visiting, keyed: Running, look: Look) -> None:
    visit = visiting(keyed, look)
    visit.allow(r"status of 401")
    visit.open(f"/kb/{BASE}/library")
    expect(visit.page.get_by_role("heading", name=visit.words("shell.signIn.title"))).to_be_visible()
    sign_in(visit, "wy-nothing-of-this-kind")
    expect(visit.page.get_by_role("alert")).to_have_text(visit.words("shell.signIn.wrong"))
    sign_in(visit, keyed.key("admin"))
    expect(visit.page.get_by_role("heading", level=1, name=visit.words("library.title"))).to_be_visible()
    visit.page.reload()
    expect(visit.page.get_by_role("heading", level=1, name=visit.words("library.title"))).to_be_visible()
    assert visit.page.context.cookies() == []
    pages = pages_of(visit)
    assert {visit.words(f"shell.pages.{name}") for name in ("ask", "library", "inbox", "sources")} <= set(pages)
    visit.page.get_by_role("button", name=visit.words("shell.forget")).click()
    expect(visit.page.get_by_role("heading", name=visit.words("shell.signIn.title"))).to_be_visible()
    assert visit.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])").count("wy-") == 0


@looks(*BOTH_WIDTHS)
def test_who_may_only_read_is_offered_nothing_else(visiting: Visiting, keyed: Running, look: Look) -> None:
    visit = visiting(keyed, look)
    visit.open(f"/kb/{BASE}/library")
    sign_in(visit, keyed.key("read"))
    expect(visit.page.get_by_role("table")).to_be_visible()
    pages = set(pages_of(visit))
    assert {visit.words("shell.pages.ask"), visit.words("shell.pages.library")} <= pages
    for name in ("inbox", "sources", "rules", "curated", "settings", "keys"):
        assert visit.words(f"shell.pages.{name}") not in pages
    expect(visit.button("library.bring.files")).to_have_count(0)
    expect(visit.page.get_by_role("checkbox")).to_have_count(0)


@looks(*BOTH_LANGUAGES)
def test_a_key_of_another_tenant_sees_nothing_of_this_one(visiting: Visiting, keyed: Running, look: Look) -> None:
    visit = visiting(keyed, look)
    visit.allow(r"status of 40\d")
    visit.open(f"/kb/{BASE}/library")
    sign_in(visit, keyed.key("admin", tenant="other"))
    expect(
        visit.page.get_by_text(visit.words("shell.noBase.unknown", BASE))
        .or_(visit.page.get_by_role("heading", name=visit.words("shell.noBase.title")))
        .first
    ).to_be_visible()
    expect(visit.page.get_by_text("CW-40")).to_have_count(0)
