"""The page in the wheel is what `web/` is built to; that it is stale is seen without Node."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
PAGE = ROOT / "src" / "wenyuan" / "server" / "page"


def sources(folder: Path) -> Iterator[Path]:
    """All files, but for what is installed or hidden; web/build/built.ts reads the same ones."""
    for path in folder.iterdir():
        if path.name == "node_modules" or path.name.startswith("."):
            continue
        if path.is_dir():
            yield from sources(path)
        else:
            yield path


def digest() -> str:
    by_name = sorted((path.relative_to(WEB).as_posix(), path) for path in sources(WEB))
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in by_name)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def test_the_page_was_built_from_these_sources() -> None:
    built = json.loads((PAGE / "built.json").read_text("utf-8"))
    assert built == {"sources": digest()}, "web/ has changed since; build the page again with `make web`"


def test_the_page_has_the_files_that_it_asks_for() -> None:
    asked = re.findall(r'(?:src|href)="/ui/([^"]+)"', (PAGE / "index.html").read_text("utf-8"))
    assert len(asked) >= 3  # a script, a style, an icon
    assert [name for name in asked if not (PAGE / name).is_file()] == []


def test_the_page_asks_no_other_site_for_anything() -> None:
    page = (PAGE / "index.html").read_text("utf-8")
    assert re.findall(r"(?:https?:)?//[^\s\"'<>]+", page) == []
    assert "<script>" not in page


def test_no_file_of_the_page_has_more_than_400_lines() -> None:
    written = [path for path in sources(WEB / "src") if path.suffix in {".ts", ".tsx", ".css"}]
    long = {path.name for path in written if len(path.read_text("utf-8").splitlines()) > 400}
    assert len(written) > 20
    assert long == set()
