"""The library: files brought in and what became of each, passages corrected, fields, and what is deleted."""

from __future__ import annotations

from typing import Any

import pytest

from running import Running

from .visit import BOTH_LANGUAGES, BOTH_WIDTHS, LOOKS, Locator, Visit, expect, looks

PUMP = "# Pump PX-9\n\n## Service\n\nThe pump PX-9 is serviced every 700 hours.\n"
PUMP_ZH = "# 水泵 PX-9\n\n## 保养\n\n水泵 PX-9 每运行 700 小时保养一次。\n"

# A drop as the browser tells of it, with files in folders, which `set_input_files` has no way to make.
_DROP = """(place, names) => {
  const data = new DataTransfer();
  for (const name of names)
    data.items.add(new File([`# ${name}\\n\\nDropped ${name}.`], name, {type: "text/markdown"}));
  for (const type of ["dragenter", "dragover", "drop"])
    place.dispatchEvent(new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""

# Files of a folder say where in it they lie, which a test cannot have them do.
_IN_FOLDERS = """Object.defineProperty(File.prototype, "webkitRelativePath",
  {get() { return this.name.includes("~") ? this.name.replaceAll("~", "/") : ""; }})"""


def picker(visit: Visit) -> Locator:
    """Where a file picker puts what was chosen."""
    label = visit.words("library.bring.files")
    return visit.page.locator(f'input[type=file][aria-label="{label}"]')


def bring(visit: Visit, files: Any, *, done: int) -> None:
    """Choose files, and wait until all have their end."""
    picker(visit).set_input_files(files)
    said = visit.page.get_by_text(visit.words("library.bring.progress", done, done), exact=True)
    expect(said).to_be_visible(timeout=240_000)


def texts(**named: str) -> list[dict[str, object]]:
    """Files as a picker gives them, by their names without the suffix."""
    return [
        {"name": f"{name}.md", "mimeType": "text/markdown", "buffer": text.encode()} for name, text in named.items()
    ]


@pytest.mark.timeout(600)
@looks(*LOOKS[:1])
def test_a_folder_of_200_files_is_brought_in(visit: Visit, base: str) -> None:
    visit.open(f"/kb/{base}/library")
    expect(visit.page.get_by_text(visit.words("library.empty"))).to_be_visible()
    visit.page.evaluate(_IN_FOLDERS)
    names = [f"notes 笔记~part{n % 4}~note {n:03}.md" for n in range(200)]
    visit.page.locator(".drop-place").evaluate(_DROP, names)
    files = visit.page.get_by_role("list", name=visit.words("library.bring.region"))
    expect(files.get_by_role("listitem")).to_have_count(200)
    expect(visit.page.get_by_role("progressbar", name=visit.words("library.bring.title"))).to_be_visible()
    done = visit.page.get_by_text(visit.words("library.bring.progress", 200, 200), exact=True)
    expect(done).to_be_visible(timeout=480_000)
    expect(files.get_by_text(visit.words("library.bring.states.added"), exact=True)).to_have_count(200)
    expect(visit.page.get_by_text(visit.words("library.count", 200), exact=True)).to_be_visible()
    expect(visit.page.get_by_role("link", name=visit.words("library.folderOf", "part3", 50))).to_be_visible()


@looks(*BOTH_LANGUAGES)
def test_files_are_dropped_anywhere_on_the_page(visit: Visit, base: str) -> None:
    visit.open(f"/kb/{base}/library")
    expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
    visit.page.locator(".drop-place").evaluate(_DROP, ["one.md", "二.md", "pump.exe", ".hidden.md"])
    expect(visit.page.get_by_text(visit.words("library.bring.progress", 4, 4), exact=True)).to_be_visible()
    expect(visit.page.get_by_text(visit.words("library.bring.reasons.format"))).to_be_visible()
    expect(visit.page.get_by_text(visit.words("library.bring.reasons.hidden"))).to_be_visible()
    expect(visit.page.get_by_role("table").get_by_role("link", name="二.md")).to_be_visible()


@looks(*BOTH_LANGUAGES)
def test_a_file_that_cannot_be_read_has_its_sentence_in_the_language_of_the_page(visit: Visit, base: str) -> None:
    visit.open(f"/kb/{base}/library")
    broken = {"name": "broken.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 this is none"}
    bring(visit, [broken, *texts(good=PUMP)], done=2)
    entry = visit.page.get_by_role("listitem").filter(has_text="broken.pdf")
    expect(entry.get_by_text(visit.words("library.bring.states.failed"), exact=True)).to_be_visible()
    said = " ".join(entry.inner_text().split("\n")[1:])
    chinese = sum("\u4e00" <= sign <= "\u9fff" for sign in said)
    assert chinese > 8 if visit.look.language == "zh" else (chinese == 0 and len(said) > 30), said
    visit.tab("library.tabs.notes").click()
    expect(visit.page.get_by_text(visit.words("library.notes.failed")).first).to_be_visible()


@looks(*BOTH_WIDTHS)
def test_a_document_that_was_deleted_comes_back_until_it_is_gone(visit: Visit, server: Running, base: str) -> None:
    server.make(f"{base}-d", {"one.md": PUMP, "two.md": PUMP_ZH})
    visit.open(f"/kb/{base}-d/library")
    row = visit.page.get_by_role("table").get_by_role("link", name="one.md")
    for undone in (True, False):
        visit.page.get_by_role("checkbox", name=visit.words("library.select", "one.md")).check()
        visit.button("library.remove").click()
        expect(row).to_have_count(0)
        if undone:
            visit.button("shell.undo").click()
            expect(row).to_be_visible()
    left = [each["id"] for each in server.client().get(f"/api/knowledge-bases/{base}-d/documents").json()["documents"]]
    assert left == ["one.md", "two.md"]  # it waits for some seconds
    visit.page.reload()  # whoever leaves has it done at once
    expect(visit.page.get_by_text(visit.words.like("library.count")).first).to_be_visible()
    expect(visit.page.get_by_role("table").get_by_role("link", name="two.md")).to_be_visible()
    expect(row).to_have_count(0)


@looks()
def test_a_corrected_passage_is_found_at_once(visit: Visit, server: Running, base: str) -> None:
    document = {"zh": "泵.md", "en": "pump.md"}[visit.look.language]
    server.make(f"{base}-c", {"泵.md": PUMP_ZH, "pump.md": PUMP})
    visit.open(f"/kb/{base}-c/library/{document}?view=passages")
    passage = visit.page.locator(".passage").last
    visit.button("library.desk.correct", within=passage).click()
    text = visit.page.get_by_role("textbox", name=visit.words("library.desk.correctLabel"))
    text.fill(text.input_value().replace("700", "850"))
    visit.button("shell.save", within=passage).click()
    expect(passage.get_by_role("status")).to_contain_text(visit.words("library.desk.wasCorrected"))
    expect(passage.get_by_text(visit.words("document.corrected"), exact=True)).to_be_visible()
    visit.open(f"/kb/{base}-c/ask")
    turn = visit.ask(
        {"zh": "PX-9 每运行多少小时保养一次？", "en": "After how many hours is the PX-9 serviced?"}[visit.look.language]
    )
    expect(turn).to_contain_text("850")


@looks(*BOTH_LANGUAGES)
def test_a_disabled_passage_is_not_found_until_it_is_enabled(visit: Visit, server: Running, base: str) -> None:
    server.make(f"{base}-e", {"pump.md": PUMP})
    visit.open(f"/kb/{base}-e/library/pump.md?view=passages")
    passage = visit.page.locator(".passage").last

    def found() -> int:
        asked = server.client().post(f"/api/knowledge-bases/{base}-e/search", json={"question": "PX-9 700 hours"})
        return sum("700" in hit["text"] for hit in asked.json()["hits"])

    assert found() == 1
    visit.button("library.desk.disable", within=passage).click()
    expect(passage.get_by_role("status")).to_have_text(visit.words("library.desk.wasDisabled"))
    assert found() == 0
    visit.button("library.desk.enable", within=passage).click()
    expect(passage.get_by_role("status")).to_have_text(visit.words("library.desk.wasEnabled"))
    assert found() == 1


@looks(*BOTH_WIDTHS)
def test_fields_of_a_document_are_written_and_filtered_by(visit: Visit, server: Running, base: str) -> None:
    server.make(f"{base}-f", {"pump.md": PUMP})
    visit.open(f"/kb/{base}-f/library/pump.md?view=fields")
    visit.page.get_by_role("textbox", name=visit.words("library.fields.title")).fill("泵 Pump PX-9")
    visit.button("library.fields.add").click()
    visit.page.get_by_role("textbox", name=visit.words("library.fields.name"), exact=True).fill("product")
    visit.page.get_by_role("textbox", name=visit.words("library.fields.value"), exact=True).fill("PX-9")
    visit.button("library.fields.save").click()
    expect(visit.page.get_by_text(visit.words("library.fields.saved"))).to_be_visible()
    expect(visit.page.get_by_role("heading", level=1, name="泵 Pump PX-9")).to_be_visible()
    body = {"question": "hours", "filter": {"field": "product", "op": "eq", "value": "PX-9"}}
    assert server.client().post(f"/api/knowledge-bases/{base}-f/search", json=body).json()["hits"]


@looks(*BOTH_WIDTHS)
def test_names_are_searched_and_folders_have_addresses(visit: Visit, server: Running, base: str) -> None:
    server.make(f"{base}-s", {"手册/泵.md": PUMP_ZH, "guides/pump.md": PUMP})
    visit.open(f"/kb/{base}-s/library")
    visit.page.get_by_role("link", name=visit.words.like("library.folderOf")).filter(has_text="guides").click()
    expect(visit.page.get_by_role("link", name="pump.md", exact=True)).to_be_visible()
    visit.page.reload()
    expect(visit.page.get_by_role("link", name="pump.md", exact=True)).to_be_visible()
    visit.page.go_back()
    visit.page.get_by_role("textbox", name=visit.words("library.search")).fill("泵")
    expect(visit.page.get_by_role("link", name="手册/泵.md")).to_be_visible()
    expect(visit.page.get_by_role("link", name="guides/pump.md")).to_have_count(0)
