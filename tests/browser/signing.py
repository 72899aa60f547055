"""Signing in where a server asks for a key, and what the page then offers."""

from __future__ import annotations

from .visit import Visit, expect


def sign_in(visit: Visit, key: str) -> None:
    """Give a key where the page asks for one."""
    visit.allow(r"status of 401")
    visit.page.get_by_label(visit.words("shell.signIn.key"), exact=True).fill(key)
    visit.button("shell.signIn.enter").click()


def pages_of(visit: Visit) -> list[str]:
    """The pages that the navigation offers."""
    if visit.is_narrow:
        visit.button("shell.menu").click()
    bar = visit.page.get_by_role("navigation", name=visit.words("shell.navigation"))
    expect(bar.get_by_role("link").first).to_be_visible()
    return [each.strip() for each in bar.get_by_role("link").all_inner_texts()]
