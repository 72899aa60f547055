"""Keys: made and shown once, copied, of use for what they are for alone, and without use once they are revoked."""

from __future__ import annotations

import pytest

from running import Running

from .signing import pages_of, sign_in
from .visit import BASE, LOOKS, Locator, Look, Visit, Visiting, expect, looks

NAMES = {"zh": "前台小王", "en": "Anna at the desk"}


@pytest.fixture
def admin(visiting: Visiting, keyed: Running, look: Look) -> Visit:
    """A window on the keys, of somebody who may administer."""
    visit = visiting(keyed, look, permissions=["clipboard-read", "clipboard-write"])
    visit.open("/keys")
    sign_in(visit, keyed.key("admin"))
    expect(visit.page.get_by_role("heading", level=1, name=visit.words("keys.title"))).to_be_visible()
    return visit


def form(visit: Visit) -> Locator:
    """The form for a new key."""
    visit.button("keys.add").click()
    return visit.page.get_by_role("dialog", name=visit.words("keys.add"))


def name_of(visit: Visit, dialog: Locator) -> Locator:
    """Where the key gets its name."""
    return dialog.get_by_role("textbox", name=visit.words("keys.name"), exact=True)


def card_of(visit: Visit, name: str) -> Locator:
    """A key in the list."""
    return visit.page.get_by_role("region", name=visit.words("keys.one", name), exact=True)


def shown_once(visit: Visit, name: str) -> str:
    """The secret in the window that shows it, which is closed afterwards."""
    dialog = visit.page.get_by_role("dialog", name=visit.words("keys.madeTitle", name))
    expect(dialog).to_contain_text(visit.words("keys.once"))
    box = dialog.get_by_role("group", name=visit.words("keys.secret"), exact=True)
    secret = box.locator("code").inner_text().strip()
    assert secret.startswith("wy-")
    visit.page.keyboard.press("Escape")  # by mistake
    box.get_by_role("button").click()
    expect(box.get_by_role("button", name=visit.words("shell.copied"))).to_be_visible()
    assert visit.page.evaluate("navigator.clipboard.readText()") == secret
    visit.button("keys.keptIt", within=dialog).click()
    expect(dialog).to_have_count(0)
    return secret


@looks(LOOKS[3])
def test_a_key_is_shown_once_and_opens_what_it_may_alone(visiting: Visiting, admin: Visit, keyed: Running) -> None:
    name = NAMES[admin.look.language]
    dialog = form(admin)
    admin.button("keys.make", within=dialog).click()
    expect(dialog.get_by_text(admin.words("keys.needName"))).to_be_visible()
    name_of(admin, dialog).fill(name)
    dialog.get_by_role("checkbox", name=admin.words("keys.rights.read")).uncheck()
    admin.button("keys.make", within=dialog).click()
    expect(dialog.get_by_text(admin.words("keys.needRight"))).to_be_visible()
    expect(name_of(admin, dialog)).to_have_value(name)
    dialog.get_by_role("checkbox", name=admin.words("keys.rights.read")).check()
    admin.button("keys.make", within=dialog).click()
    secret = shown_once(admin, name)
    card = card_of(admin, name)
    expect(card).to_contain_text(admin.words("keys.rights.read"))
    admin.page.reload()
    expect(card).to_be_visible()
    assert secret not in admin.page.content()

    other = visiting(keyed, admin.look)
    other.open(f"/kb/{BASE}/library")
    sign_in(other, secret)
    expect(other.page.get_by_role("table")).to_be_visible()
    offered = set(pages_of(other))
    closed = ("rules", "curated", "evaluation", "inbox", "sources", "settings", "keys", "training")
    assert offered == {other.words(f"shell.pages.{page}") for page in ("ask", "library", "why")}
    assert offered.isdisjoint(other.words(f"shell.pages.{page}") for page in closed)

    admin.button("keys.revokeOne", name, within=card).click()
    asked = admin.page.get_by_role("dialog", name=admin.words("keys.revokeOne", name))
    expect(admin.button("shell.cancel", within=asked)).to_be_focused()
    admin.button("keys.revokeNow", within=asked).click()
    expect(admin.page.get_by_text(admin.words("keys.ended", name))).to_be_visible()
    expect(card).to_be_hidden()
    admin.page.locator("summary").click()
    expect(card).to_be_visible()
    expect(admin.button("keys.revokeOne", name, within=card)).to_have_count(0)
    other.page.reload()
    expect(other.page.get_by_role("heading", name=other.words("shell.signIn.title"))).to_be_visible()


@looks(LOOKS[1])
def test_an_address_of_an_administrator_is_of_no_use_to_a_reader(
    visiting: Visiting, keyed: Running, look: Look
) -> None:
    visit = visiting(keyed, look)
    visit.allow(r"status of 40[13]")
    visit.open("/keys")
    sign_in(visit, keyed.key("read"))
    for place in ("/keys", f"/kb/{BASE}/rules", f"/kb/{BASE}/curated", f"/kb/{BASE}/settings", "/training"):
        visit.open(place)
        expect(visit.page.get_by_role("alert").filter(visible=True).first).to_be_visible()
        for name in ("rules.save", "curated.add", "keys.add"):
            expect(visit.button(name).and_(visit.page.locator(":enabled"))).to_have_count(0)


@looks(LOOKS[2])
def test_a_key_for_a_site_names_it_and_a_wrong_one_is_told(admin: Visit) -> None:
    admin.allow(r"status of 4\d\d")
    dialog = form(admin)
    dialog.get_by_role("radio", name=admin.words("keys.uses.site")).check()
    name_of(admin, dialog).fill("shop")
    admin.button("keys.make", within=dialog).click()
    expect(dialog.get_by_text(admin.words("keys.needOrigin"))).to_be_visible()
    dialog.get_by_role("combobox", name=admin.words("keys.only"), exact=True).click()
    admin.page.get_by_role("option", name=BASE, exact=True).click()
    site = dialog.get_by_label(admin.words("keys.origins"), exact=True).filter(visible=True)
    site.fill("shop.example.com/path")
    site.press("Enter")
    admin.button("keys.make", within=dialog).click()
    told = dialog.get_by_role("alert")
    expect(told).to_contain_text("https://shop.example.com")
    assert any("\u4e00" <= sign <= "\u9fff" for sign in told.inner_text()) == (admin.look.language == "zh")
    expect(name_of(admin, dialog)).to_have_value("shop")
    expect(dialog).to_contain_text("shop.example.com/path")
    site.press("Backspace")
    site.fill("https://shop.example.com")
    site.press("Enter")
    admin.button("keys.make", within=dialog).click()
    made = admin.page.get_by_role("dialog", name=admin.words("keys.madeTitle", "shop"))
    script = made.get_by_role("group", name=admin.words("keys.script"), exact=True)
    expect(script).to_contain_text(f'data-kb="{BASE}"')
    assert admin.overflow() <= 0
    admin.button("keys.keptIt", within=made).click()
    expect(card_of(admin, "shop").first).to_contain_text(admin.words("keys.onlyFrom", "https://shop.example.com"))


@looks(LOOKS[0])
def test_who_revokes_the_own_key_is_signed_out(admin: Visit) -> None:
    own = admin.page.get_by_role("region").filter(has_text=admin.words("keys.own"))
    own.get_by_role("button").click()
    asked = admin.page.get_by_role("dialog")
    expect(asked).to_contain_text(admin.words("keys.revokeOwn"))
    admin.page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    own.get_by_role("button").click()
    admin.button("keys.revokeNow", within=asked).click()
    expect(admin.page.get_by_role("heading", name=admin.words("shell.signIn.title"))).to_be_visible()
    expect(admin.page.get_by_text(admin.words("keys.ended", "test"))).to_be_visible()
    expect(admin.page.get_by_role("alert").filter(has_text=admin.words("shell.signIn.wrong"))).to_have_count(0)
    assert admin.page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])").count("wy-") == 0
    admin.page.reload()
    expect(admin.page.get_by_role("heading", name=admin.words("shell.signIn.title"))).to_be_visible()
