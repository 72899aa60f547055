"""Takes the three pictures of the README: `python scripts/screenshots.py`, with the extra [browser] and chromium."""

from __future__ import annotations

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import sample_home  # noqa: E402
from running import running  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
PATIENCE = 60_000  # milliseconds
MOST = 300_000  # bytes of all together
COLOURS = 128  # of the palette; text and drawings need no more


def main() -> None:
    """Start a server over the sample company, take the pictures, and say how large they are."""
    expect.set_options(timeout=PATIENCE)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        sample_home.make(home)
        with running(home) as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            asking(browser, server.url)
            document(browser, server.url)
            phone(browser, server.url)
            browser.close()
    sizes = {each.name: each.stat().st_size for each in sorted(PICTURES.glob("*.png"))}
    if sum(sizes.values()) > MOST:
        sys.exit(f"The pictures have more than {MOST} bytes together; take fewer colours.")


def asking(browser: Browser, url: str) -> None:
    """A Chinese question with its answer, the document beside it."""
    page = opened(browser, "zh-CN", "light", 1280, 760)
    page.goto(f"{url}/ui/kb/sample/ask")
    ask(page, "问题", "你们的泵能抽海水吗？")
    page.get_by_role("link", name="来源 1").first.click()
    expect(page.get_by_role("complementary").locator("mark").first).to_be_in_viewport()
    keep(page, "ask.png")


def document(browser: Browser, url: str) -> None:
    """The page of a PDF with the passage marked that answers an English question."""
    page = opened(browser, "en-GB", "light", 1280, 760)
    page.goto(f"{url}/ui/kb/sample/ask")
    ask(page, "Question", "How large must the pressure vessel of a CW-300 be?")
    page.get_by_role("link", name="Source 1").first.click()
    expect(page.locator("[data-frame]").first).to_be_in_viewport()
    keep(page, "document.png")


def phone(browser: Browser, url: str) -> None:
    """An answer on a phone, in dark colours."""
    page = opened(browser, "zh-CN", "dark", 390, 760)
    page.goto(f"{url}/ui/kb/sample/ask")
    ask(page, "问题", "CW-300 参数解锁的出厂密码是多少？")
    keep(page, "phone.png")


def opened(browser: Browser, locale: str, colours: str, width: int, height: int) -> Page:
    """A window without movement."""
    size = {"width": width, "height": height}
    page = browser.new_context(
        locale=locale,
        color_scheme=colours,  # type: ignore[arg-type]
        viewport=size,  # type: ignore[arg-type]
        reduced_motion="reduce",
    ).new_page()
    page.set_default_timeout(PATIENCE)
    return page


def ask(page: Page, box: str, question: str) -> None:
    """Ask and wait for the answer."""
    page.get_by_role("textbox", name=box, exact=True).fill(question)
    page.keyboard.press("Enter")
    expect(page.get_by_role("article").locator("[aria-busy=false]")).to_be_visible()


def keep(page: Page, name: str) -> None:
    """Keep what is seen as a picture with a palette."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(700)  # tooltips and shadows come to rest
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(PICTURES / name, optimize=True)


if __name__ == "__main__":
    main()
