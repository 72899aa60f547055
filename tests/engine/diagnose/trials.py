"""A question about a document, as those who look into it ask it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wenyuan.engine.diagnose.trial import Trial
from wenyuan.types import WHOLE
from why_cases import Scenario, open_scenario


@contextmanager
def trial_of(
    scenario: Scenario, folder: Path, question: str, document: str, k: int = 10, **settings: Any
) -> Iterator[Trial]:
    """The trial, with its knowledge base open."""
    with open_scenario(scenario, folder, **settings) as kb, kb._archive.view(WHOLE) as view:
        yield Trial(kb._flow, view, kb.understand(question), document, k)
