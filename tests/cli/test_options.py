"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.cli.options import place
from wenyuan.errors import WrongUse


def test_a_place_is_a_path_and_an_empty_one_is_none() -> None:
    assert place("docs/a.md") == Path("docs/a.md")
    with pytest.raises(WrongUse, match="empty path"):
        place("")
