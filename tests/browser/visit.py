"""A person's visit to the page: a browser's window with a language, colours and a width, in which all is watched."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from .words import Words, words

CHROMIUM = shutil.which("chromium")
ABSENT = (
    "The page's flows in a browser are left out: they need the extra [browser] and Debian's chromium; "
    "`make test-browser` runs them."
)
try:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request, expect
except ModuleNotFoundError:
    pytest.skip(ABSENT, allow_module_level=True)
if CHROMIUM is None:
    pytest.skip(ABSENT, allow_module_level=True)

PATIENCE = 40_000  # milliseconds for a busy machine
BASE = "sample"

expect.set_options(timeout=PATIENCE)

# What a hostile document would set or call if it ran, and what the browser says it kept from running.
_WATCH = """
window.__broken = [];
window.__ran = [];
window.canary = (what) => window.__ran.push(String(what));
document.addEventListener("securitypolicyviolation", (event) =>
  window.__broken.push(`${event.violatedDirective}: ${event.blockedURI || event.sourceFile}`));
"""


@dataclass(frozen=True)
class Look:
    """How somebody has the page."""

    language: str
    colour: str
    width: int

    def __str__(self) -> str:
        return f"{self.language}-{self.colour}-{self.width}"


# Each two of the values meet; the first and the last have all of them.
LOOKS = (Look("zh", "light", 1280), Look("en", "light", 390), Look("zh", "dark", 390), Look("en", "dark", 1280))
BOTH_LANGUAGES = (LOOKS[0], LOOKS[3])
BOTH_WIDTHS = (LOOKS[0], LOOKS[1])


def looks(*given: Look) -> pytest.MarkDecorator:
    """Run a test with each of these looks, or with all four."""
    return pytest.mark.parametrize("look", given or LOOKS, ids=str)


@dataclass
class Seen:
    """What a window did that a person would not want."""

    homes: tuple[str, ...]
    """What the addresses of the server begin with, and of a site with the widget."""
    requests: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """From now on."""
        page.on("request", self._request)
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(f"an error that nobody caught: {error}"))
        page.on("dialog", self._asked)
        page.on("framenavigated", lambda frame: self._moved(frame.url))
        page.on("popup", lambda other: self.left.append(f"a window of {other.url}"))

    def _request(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((*self.homes, "data:", "blob:")):
            self.elsewhere.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _asked(self, dialog: Dialog) -> None:
        self.dialogs.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def _moved(self, url: str) -> None:
        if not url.startswith((*self.homes, "about:blank")):
            self.left.append(url)

    def unexpected(self) -> list[str]:
        """The complaints that no test has said it would cause."""
        return [each for each in self.complaints if not any(re.search(one, each) for one in self.allowed)]


class Visit:
    """A window on the page, and short ways to what is in it."""

    def __init__(self, page: Page, home: str, look: Look) -> None:
        self.page, self.home, self.look = page, home, look
        self.words: Words = words(look.language)
        self.seen = Seen((f"{home}/",))
        self.seen.watch(page)

    @property
    def is_narrow(self) -> bool:
        """Whether it is a phone's."""
        return self.look.width < 800

    def open(self, place: str) -> None:
        """Go to a place below `/ui`."""
        self.page.goto(f"{self.home}/ui{place}")

    def ask(self, question: str) -> Locator:
        """Ask, and wait for what becomes of it: the turn, which is complete."""
        self.box.fill(question)
        self.box.press("Enter")
        turn = self.turn(question)
        expect(turn.locator("[aria-busy=false]")).to_be_visible()
        return turn

    def turn(self, question: str) -> Locator:
        """A question and its answer."""
        return self.page.get_by_role("article", name=question, exact=True)

    @property
    def box(self) -> Locator:
        """Where questions are written."""
        return self.page.get_by_role("textbox", name=self.words("ask.box"), exact=True)

    def button(self, name: str, *given: object, within: Locator | None = None) -> Locator:
        """The button that the words of this name stand on."""
        return (within or self.page).get_by_role("button", name=self.words(name, *given), exact=True)

    def link(self, name: str, within: Locator | None = None) -> Locator:
        """The link that the words of this name stand on."""
        return (within or self.page).get_by_role("link", name=self.words(name), exact=True)

    def tab(self, name: str) -> Locator:
        """The tab that the words of this name stand on, with or without a number after them."""
        return self.page.get_by_role("tab", name=re.compile(f"^{re.escape(self.words(name))}( \\(\\d+\\))?$"))

    def allow(self, *complaints: str) -> None:
        """Patterns of what the browser's console will say because of what the test does."""
        self.seen.allowed += complaints

    def slow(self, *, latency: float, down: float) -> None:
        """Have a slow network: milliseconds, and bytes a second."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        given = {"offline": False, "latency": latency, "downloadThroughput": down, "uploadThroughput": down}
        session.send("Network.emulateNetworkConditions", given)

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        wide: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return wide

    def check(self) -> None:
        """Nothing went elsewhere, nothing ran that came out of a document, and nothing was complained about."""
        if not self.page.is_closed() and self.page.url.startswith(self.seen.homes):
            broken, ran = self.page.evaluate("[window.__broken ?? [], window.__ran ?? []]")
            assert broken == [], f"the content security policy was broken: {broken}"
            assert ran == [], f"something out of a document ran: {ran}"
        seen = self.seen
        assert seen.elsewhere == [], f"the page asked another site: {seen.elsewhere}"
        assert seen.dialogs == [], f"a dialog of the browser opened: {seen.dialogs}"
        assert seen.left == [], f"the page led elsewhere: {seen.left}"
        assert seen.unexpected() == [], f"the browser complains: {seen.unexpected()}"


def address(document: str, start: int = 0, end: int = 0, base: str = BASE) -> str:
    """The place of a document, or of a passage of it."""
    marked = f"?{urlencode({'start': start, 'end': end})}" if end > start else ""
    return f"/kb/{base}/documents/{quote(document)}{marked}"


def window(browser: Browser, look: Look, **given: Any) -> BrowserContext:
    """A browser's profile of somebody who has the page so."""
    made = browser.new_context(
        locale={"zh": "zh-CN", "en": "en-GB"}[look.language],
        color_scheme=look.colour,  # type: ignore[arg-type]
        viewport={"width": look.width, "height": 800},
        reduced_motion="reduce",
        **given,
    )
    made.set_default_timeout(PATIENCE)
    made.add_init_script(_WATCH)
    return made


Visiting = Callable[..., Visit]
FOLDER = Path(__file__).resolve().parent
