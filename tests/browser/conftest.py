"""The page in a real browser, of a real server over the sample company: one of each for all flows."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import sample_home
from running import Running, running

from .model import Model, speaking

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from .visit import Look, Visit, Visiting

_COUNT = itertools.count(1)
HERE = Path(__file__).resolve().parent
TALK = {
    "en/pump.md": "# Pump PX-200\n\n## Warranty\n\nThe warranty lasts 24 months from the date of delivery.\n",
    "zh/泵.md": "# 水泵 PX-200\n\n## 保修\n\n保修期为 24 个月，自交货之日起计算。\n",
}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("browser")
            item.add_marker("slow")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company, read; a server gets a copy of it."""
    folder = tmp_path_factory.mktemp("sample") / "home"
    sample_home.make(folder)
    return folder


@pytest.fixture(scope="session")
def model() -> Iterator[Model]:
    """The language model of the knowledge base `talk`."""
    with speaking() as made:
        yield made


@pytest.fixture(scope="session")
def server(home: Path, model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that asks for no key: the sample company, and `talk`, whose answers the language model writes."""
    folder = tmp_path_factory.mktemp("open") / "home"
    shutil.copytree(home, folder)
    with running(folder) as made:
        made.make("talk", TALK)
        made.set("talk", f'[llm]\nurl = "{model.url}"\nmodel = "m"\nretries = 0\n')
        yield made


@pytest.fixture(scope="session")
def keyed(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server over the sample company that asks for a key."""
    folder = tmp_path_factory.mktemp("keyed") / "home"
    shutil.copytree(home, folder)
    with running(folder, keyed=True) as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's browser, without a window."""
    from playwright.sync_api import sync_playwright

    from .visit import CHROMIUM

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def visiting(browser: Browser) -> Iterator[Visiting]:
    """Opens windows on a server; when the test is over, nothing may have happened in them that nobody wants."""
    from .visit import Visit, window

    opened: list[Visit] = []

    def visit(server: Running, look: Look, **given: Any) -> Visit:
        context = window(browser, look, **given)
        opened.append(Visit(context.new_page(), server.url, look))
        return opened[-1]

    yield visit
    try:
        for each in opened:
            each.check()
    finally:
        for each in opened:
            each.page.context.close()


@pytest.fixture
def visit(visiting: Visiting, server: Running, look: Look) -> Visit:
    """A window on the server that asks for no key."""
    return visiting(server, look)


@pytest.fixture
def name() -> str:
    """A name for a knowledge base of this test alone."""
    return f"base-{next(_COUNT)}"


@pytest.fixture
def base(server: Running, name: str) -> str:
    """An empty knowledge base of this test alone."""
    server.make(name, {})
    return name
