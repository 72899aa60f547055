"""Fixtures of the house."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from .house import LIBRARY, House, assert_agrees


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.kb.close()
    assert_agrees(made)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Three documents with fields of their own, to be asked and not to be changed."""
    made = House(tmp_path_factory.mktemp("library"))
    for document, text, fields in LIBRARY:
        path = made.write(document.removeprefix("docs/"), text)
        path.with_name(path.name + ".meta.json").write_text(json.dumps(fields), "utf-8")
    made.kb.add(made.docs)
    yield made
    made.kb.close()
