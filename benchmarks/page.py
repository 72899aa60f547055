"""How long the page takes until it can be used: until a question can be typed, and until a document's text is shown.

    python benchmarks/page.py [--loads 20] [--folder FOLDER] [--trace]

Needs the extra `[browser]` and Debian's chromium. `wenyuan serve --sample` runs as a child, with its own defaults, over
the sample company; its home is kept in FOLDER where one is given, so that the documents are read once. A cold load is
one of a browser's profile that has seen nothing, over a connection of its own; a warm one comes after another load in
the same profile. The server has served the page before, as it has but once in its life. Times are the browser's own,
from the beginning of the navigation to the first frame in which the box for questions has the cursor, or the passage
in the address stands marked in the text. Browser and server share the machine. With `--trace`, what one cold load of
each page asks for, and when.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, BrowserContext, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent))

from serving.processes import free_port, served

PLACES = {
    "Ask": ("/ui/kb/sample/ask", "document.activeElement?.matches('.ask textarea:enabled')"),
    "document": (
        "/ui/kb/sample/documents/manuals/CW-40%20booster%20pump%20guide.md?start=10&end=200",
        "document.querySelector('.markdown mark')",
    ),
}
MOST = 1500.0  # milliseconds that it may take
SIZE = {"width": 1280, "height": 800}

# Notes the moment of the first frame in which it is so.
_WATCH = """window.__usable = new Promise((done) => {
  const look = () => requestAnimationFrame((%s) ? () => done(performance.now()) : look);
  look();
});"""
_ASKED = """performance.getEntriesByType("resource").map((each) => each.toJSON())"""


@dataclass(frozen=True)
class Load:
    """What one load of a page took."""

    ms: float
    asked: list[dict[str, Any]]

    @property
    def scripts(self) -> int:
        """Bytes of scripts as they came, compressed."""
        return sum(each["encodedBodySize"] for each in self.asked if each["name"].endswith((".js", ".mjs")))

    @property
    def came(self) -> int:
        """Bytes of all files that came over the network."""
        return sum(each["transferSize"] for each in self.asked)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=20, help="of each page, cold and warm")
    parser.add_argument("--folder", type=Path, help="where the sample company's home is kept")
    parser.add_argument("--trace", action="store_true", help="say what one cold load of each page asks for")
    arguments = parser.parse_args()
    with _folder(arguments.folder) as folder, _serving(folder) as url, _browser() as browser:
        print(f"{platform.machine()}, {os.cpu_count()} cores, Chromium {browser.version}, load before: {_busy()}\n")
        print("| page | cache | n | median | p95 | longest | scripts, compressed | all that came |")
        print("|---|---|---|---|---|---|---|---|")
        traced: dict[str, Load] = {}
        for name in PLACES:
            _cold(browser, url, name)  # the server reads and compresses files once
            colds = [_cold(browser, url, name) for _ in range(arguments.loads)]
            traced[name] = colds[-1]
            print(_row(name, "cold", colds))
            print(_row(name, "warm", _warm(browser, url, name, arguments.loads)))
        print(f"\nload after: {_busy()}")
        if arguments.trace:
            for name, load in traced.items():
                print(f"\n{name}, usable after {load.ms:.0f} ms\n{_timeline(load.asked)}")


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is None:
        with tempfile.TemporaryDirectory() as made:
            yield Path(made)
    else:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    """The address of a server over the sample company."""
    port = free_port()
    home = ["--sample", "--home", str(folder / "home")]
    command = [sys.executable, "-m", "wenyuan", "serve", *home, "--port", str(port)]
    with served("wenyuan", command, port, "/readyz", {}, folder / "wenyuan.log"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("This needs Debian's chromium.")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


def _cold(browser: Browser, url: str, name: str) -> Load:
    context = browser.new_context(viewport=SIZE)
    try:
        return _load(context, url, name)
    finally:
        context.close()


def _warm(browser: Browser, url: str, name: str, loads: int) -> list[Load]:
    context = browser.new_context(viewport=SIZE)
    try:
        return [_load(context, url, name) for _ in range(loads + 1)][1:]
    finally:
        context.close()


def _load(context: BrowserContext, url: str, name: str) -> Load:
    place, usable = PLACES[name]
    page = context.new_page()
    page.add_init_script(_WATCH % usable)
    page.goto(url + place, wait_until="commit")
    load = Load(page.evaluate("window.__usable"), page.evaluate(_ASKED))
    page.close()
    return load


def _row(name: str, cache: str, loads: Sequence[Load]) -> str:
    times = [load.ms for load in loads]
    late = sum(each > MOST for each in times)
    told = [statistics.median(times), float(np.percentile(times, 95)), max(times)]
    bytes_ = [
        f"{statistics.median(getattr(load, kind) for load in loads) / 1000:.0f} kB" for kind in ("scripts", "came")
    ]
    over = f", {late} over {MOST:.0f}" if late else ""
    return (
        f"| {name} | {cache} | {len(loads)} | "
        + " | ".join(f"{ms:.0f} ms" for ms in told)
        + f"{over} | {' | '.join(bytes_)} |"
    )


def _timeline(asked: Sequence[dict[str, Any]]) -> str:
    rows = sorted(asked, key=lambda each: each["startTime"])
    return "\n".join(
        f"{each['startTime']:7.0f} – {each['responseEnd']:5.0f} ms, {each['encodedBodySize']:7} bytes: "
        f"{each['name'].split('/', 3)[-1]}"
        for each in rows
    )


def _busy() -> str:
    return ", ".join(f"{each:.2f}" for each in os.getloadavg())


if __name__ == "__main__":
    main()
