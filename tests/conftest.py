"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import settings

import memory
import wenyuan_models

# CI judges a change by the same examples each time; at a developer's desk they are drawn anew, and find what they find.
# No deadline for an example: a busy machine is no defect, and tests of speed measure for themselves.
settings.register_profile("desk", deadline=None, max_examples=50, print_blob=True)
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

# The recipes of this source tree, not those installed with the models.
wenyuan_models.__path__.insert(0, str(Path(__file__).resolve().parents[1] / "models"))

# Nothing of the person who runs the tests: settings, proxies, language, the terminal's colours and size.
OURS = ("WENYUAN_DATA", "WENYUAN_TEST_LLM", "WENYUAN_TEST_GGUF", "WENYUAN_WHEELS")
THEIRS = re.compile(r"WENYUAN_|(?:HTTPS?|ALL|NO)_PROXY$|(?:FORCE|NO)_COLOR$|(?:COLUMNS|LINES)$|LC_|LANG", re.IGNORECASE)
for name in [name for name in os.environ if THEIRS.match(name) and name not in OURS]:
    del os.environ[name]
if memory.place is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory.place))
# Reading with the shipped cross-encoder takes its time: tests that are about it take this away again.
os.environ["WENYUAN_RERANK__MODEL"] = "none"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets used for development; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("WENYUAN_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the development data sets are not on this machine")
    return folder
