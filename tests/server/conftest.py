"""Fixtures of the server's tests: one server for those that only read, one a test for the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from running import Running, running

from .followed import Followed, with_words

PUMP = "# Pump PX-200\n\n## Warranty\n\nThe warranty lasts 24 months from the date of delivery.\n"
PUMP_ZH = "# 水泵 PX-200\n\n## 保修\n\n保修期为 24 个月，自交货之日起计算。\n"


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with one small knowledge base, `manuals`, that tests only read."""
    with running(tmp_path_factory.mktemp("library")) as server:
        server.make("manuals", {"en/pump.md": PUMP, "zh/泵.md": PUMP_ZH})
        yield server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    """A server with nothing in it."""
    with running(tmp_path / "home") as made:
        yield made


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Followed]:
    """A home with an empty knowledge base and no server."""
    with_words(monkeypatch)
    made = Followed(tmp_path / "home")
    yield made
    made.close()
