"""Fixtures of the attacks: one server with two tenants for those that change nothing, one a test for the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from running import Running, running

from .world import World, build


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two tenants, who attack each other."""
    with running(tmp_path_factory.mktemp("world")) as server, closing(server):
        yield build(server)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    """A server with nothing in it."""
    with running(tmp_path / "home") as made, closing(made):
        yield made
