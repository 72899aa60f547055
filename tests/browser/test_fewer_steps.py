"""The short ways: a folder dropped where one asks, documents of folders in one list, a line that is copied at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from running import Running, running

from .signing import sign_in
from .visit import BASE, BOTH_LANGUAGES, LOOKS, Look, Visit, Visiting, expect, looks

PUMP = {
    "zh": ("泵.md", "# 水泵 PX-9\n\n## 保养\n\n水泵 PX-9 每运行 700 小时保养一次。\n"),
    "en": ("pump.md", "# Pump PX-9\n\n## Service\n\nThe pump PX-9 is serviced every 700 hours.\n"),
}
QUESTION = {"zh": "PX-9 每运行多少小时保养一次？", "en": "After how many hours is the PX-9 serviced?"}
FOLDER = {"zh": ("产品 手册（2026）", "产品-手册-2026"), "en": ("Pumps & hoses", "Pumps-hoses")}

# A drop as the browser tells of it; files of a folder say where in it they lie, which a test cannot have them do.
_DROP = """(place, [name, text, type]) => {
  Object.defineProperty(File.prototype, "webkitRelativePath",
    {configurable: true, get() { return this.name.includes("~") ? this.name.replaceAll("~", "/") : ""; }});
  const data = new DataTransfer();
  data.items.add(new File([text], name, {type}));
  for (const type of ["dragenter", "dragover", "drop"])
    place.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""

# Instead of a window of the browser's, in which no test can choose.
_ASKED = """input => input.addEventListener("click", (event) => {
  event.preventDefault();
  input.dataset.asked = "";
})"""

# A browser that lets no page copy.
_NO_COPYING = """
Object.defineProperty(navigator, "clipboard", {value: undefined});
document.execCommand = () => false;
"""


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Running]:
    """A server that has just been started for the first time."""
    with running(tmp_path / "home") as made:
        yield made


def dropped(visit: Visit, name: str, text: str, *, where: str = ".drop-place", kind: str = "text/markdown") -> None:
    """Drop a file; strokes in its name are written as ~."""
    visit.page.locator(where).evaluate(_DROP, [name, text, kind])


def all_done(visit: Visit, n: int = 1) -> None:
    """Wait until so many files that were brought in have their end."""
    expect(visit.page.get_by_text(visit.words("library.bring.progress", n, n), exact=True)).to_be_visible()


@looks(*BOTH_LANGUAGES)
def test_the_first_answer_takes_a_drop_a_click_and_the_question(visiting: Visiting, bare: Running, look: Look) -> None:
    visit = visiting(bare, look)
    visit.open("/")
    name = visit.page.get_by_role("textbox", name=visit.words("shell.noBase.name"))
    expect(name).to_have_value("")
    folder, called = FOLDER[look.language]
    document, text = PUMP[look.language]
    dropped(visit, f"{folder}~{document}", text)
    expect(name).to_have_value(called)
    visit.button("shell.noBase.create").click()
    all_done(visit)
    assert "700" in visit.ask(QUESTION[look.language]).inner_text()
    bases = bare.client().get("/api/knowledge-bases").json()["knowledge_bases"]
    assert [each["name"] for each in bases] == [called]


@looks(*LOOKS[1:2])
def test_a_name_that_is_typed_is_kept(visiting: Visiting, bare: Running, look: Look) -> None:
    visit = visiting(bare, look)
    visit.open("/")
    name = visit.page.get_by_role("textbox", name=visit.words("shell.noBase.name"))
    name.fill("mine")
    dropped(visit, f"manuals~{PUMP['en'][0]}", PUMP["en"][1])
    expect(visit.page.get_by_text(visit.words.like("shell.noBase.found"))).to_be_visible()
    expect(name).to_have_value("mine")


@looks(*LOOKS[2:])
def test_documents_are_chosen_by_the_keyboard_where_one_asks(visit: Visit, base: str) -> None:
    document, text = PUMP[visit.look.language]
    visit.open(f"/kb/{base}/ask")
    expect(visit.page.get_by_text(visit.words("library.empty"))).to_be_visible()
    visit.button("library.bring.files").focus()
    visit.page.keyboard.press("Tab")
    expect(visit.button("library.bring.folder")).to_be_focused()  # a browser's driver cannot send what lies in a folder
    visit.page.keyboard.press("Shift+Tab")
    expect(visit.button("library.bring.files")).to_be_focused()
    picker = visit.page.locator(f'input[type=file][aria-label="{visit.words("library.bring.files")}"]')
    picker.evaluate(_ASKED)
    visit.page.keyboard.press("Enter")
    expect(picker).to_have_attribute("data-asked", "")
    picker.set_input_files({"name": document, "mimeType": "text/markdown", "buffer": text.encode()})
    all_done(visit)
    expect(visit.page.get_by_text(visit.words("ask.welcome"))).to_be_visible()
    turn = visit.ask(QUESTION[visit.look.language])
    expect(turn).to_contain_text("700")
    progress = visit.page.get_by_role("region", name=visit.words("library.bring.title"))
    expect(progress).to_have_count(0)
    dropped(visit, "more.exe", "x")  # in a conversation, too
    expect(progress.get_by_text(visit.words("library.bring.reasons.format"))).to_be_visible()
    expect(turn).to_contain_text("700")
    assert visit.overflow() <= 0


@looks(*LOOKS[:1])
def test_a_picture_that_is_dropped_on_the_question_is_told_about_only(visit: Visit, base: str) -> None:
    visit.open(f"/kb/{base}/ask")
    dropped(visit, "screenshot.png", "x", where="textarea:not([aria-hidden])", kind="image/png")
    expect(visit.page.get_by_role("alert")).to_have_text(visit.words("ask.pictures"))
    expect(visit.page.get_by_role("region", name=visit.words("library.bring.title"))).to_have_count(0)
    expect(visit.page.locator(".drop-sign")).to_have_count(0)


@looks(*LOOKS[1:2])
def test_who_may_only_read_is_not_asked_for_documents(visiting: Visiting, keyed: Running, look: Look) -> None:
    visit = visiting(keyed, look)
    visit.open(f"/kb/{BASE}/ask")
    sign_in(visit, keyed.key("read"))
    expect(visit.page.get_by_text(visit.words("ask.welcome"))).to_be_visible()
    expect(visit.button("library.bring.folder")).to_have_count(0)
    dropped(visit, "a.md", "# A")
    expect(visit.page.get_by_role("region", name=visit.words("library.bring.title"))).to_have_count(0)


@looks(*BOTH_LANGUAGES)
def test_documents_of_folders_stand_in_one_list(visit: Visit, server: Running, base: str) -> None:
    document, text = PUMP[visit.look.language]
    server.make(f"{base}-t", {f"one/a/{document}": text, "one/b/other.md": "# Other\n\nNothing.\n"})
    visit.open(f"/kb/{base}-t/library")
    table = visit.page.get_by_role("table")
    expect(table.get_by_role("link")).to_have_text([f"one/a/{document}", "one/b/other.md"])
    filters = visit.page.get_by_role("navigation", name=visit.words("library.narrow"))
    expect(filters.get_by_role("link")).to_have_text([visit.words.like("library.folderOf")] * 2)
    filters.get_by_role("link").first.click()
    expect(table.get_by_role("link")).to_have_text([document])
    visit.page.go_back()
    table.get_by_role("link", name=document).click()
    visit.button("library.desk.disable").last.click()
    expect(visit.page.get_by_text(visit.words("library.desk.wasDisabled"))).to_be_visible()
    visit.page.go_back()
    row = table.get_by_role("link", name="one/b/other.md")
    visit.page.get_by_role("checkbox", name=visit.words("library.select", "one/b/other.md")).check()
    visit.button("library.remove").click()
    expect(row).to_have_count(0)
    visit.button("shell.undo").click()
    expect(row).to_be_visible()


def new_site(visit: Visit, keyed: Running) -> None:
    """Make a key for the pages of a site."""
    visit.open("/keys")
    sign_in(visit, keyed.key("admin"))
    visit.button("keys.add").click()
    visit.page.get_by_role("radio", name=visit.words("keys.uses.site")).check()
    visit.page.get_by_role("textbox", name=visit.words("keys.name"), exact=True).fill("shop")
    visit.page.get_by_placeholder("https://shop.example.com").fill("https://shop.example.com")
    visit.button("keys.make").click()


@looks(*BOTH_LANGUAGES)
def test_the_line_for_a_site_is_copied_as_its_key_is_made(visiting: Visiting, keyed: Running, look: Look) -> None:
    visit = visiting(keyed, look, permissions=["clipboard-read", "clipboard-write"])
    new_site(visit, keyed)
    expect(visit.page.get_by_text(visit.words("keys.scriptCopied"))).to_be_visible()
    copied: str = visit.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f'<script src="{keyed.url}/widget.js"')
    expect(visit.page.get_by_text(copied, exact=True)).to_be_visible()


@looks(*LOOKS[2:3])
def test_a_line_that_could_not_be_copied_is_said_to_be_so(visiting: Visiting, keyed: Running, look: Look) -> None:
    visit = visiting(keyed, look)
    visit.page.add_init_script(_NO_COPYING)
    new_site(visit, keyed)
    expect(visit.page.get_by_text(visit.words("keys.scriptNotCopied"))).to_be_visible()
