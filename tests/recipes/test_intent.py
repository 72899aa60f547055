"""The shipped classifier of intents is what its recipe makes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from wenyuan_models.recipes.intent import build

from wenyuan.models import locate

pytest.importorskip("sklearn")


@pytest.mark.slow
def test_the_recipe_gives_the_shipped_head(tmp_path: Path) -> None:
    made, shipped = build(tmp_path / "intent"), locate("intent")
    assert made.card.labels == shipped.card.labels
    assert made.card.source == shipped.card.source
    heads = [np.load(artefact.folder / "head.npy") for artefact in (made, shipped)]
    np.testing.assert_allclose(*heads, atol=1e-3)
