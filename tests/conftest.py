"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

import wenyuan_models

# CI judges a change by the same examples each time; at a developer's desk they are drawn anew, and find what they find.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

# The recipes of this source tree, not those installed with the models.
wenyuan_models.__path__.insert(0, str(Path(__file__).resolve().parents[1] / "models"))

# Reading with the shipped cross-encoder takes its time: tests that are about it take this away again.
os.environ.setdefault("WENYUAN_RERANK__MODEL", "none")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets used for development; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("WENYUAN_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the development data sets are not on this machine")
    return folder
