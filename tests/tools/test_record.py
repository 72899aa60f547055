"""What a run may take, and what is left of it."""

from __future__ import annotations

from typing import Any

import pytest

from wenyuan.errors import WrongUse
from wenyuan.tools.record import RunLimits, RunOutcome, ToolRun
from wenyuan.types import Usage


@pytest.mark.parametrize("wrong", [{"rounds": 0}, {"seconds": -1}, {"tokens": 0}, {"repeats": 0}])
def test_limits_are_above_zero(wrong: dict[str, Any]) -> None:
    with pytest.raises(WrongUse, match="above 0"):
        RunLimits(**wrong)


def test_time_is_kept_for_the_last_word() -> None:
    assert RunLimits().reserve == 30
    assert RunLimits(seconds=8).reserve == 2


def test_the_full_errors_are_not_printed_by_chance() -> None:
    run = ToolRun("r", RunOutcome.EMPTY, None, (), (), Usage(), 1, errors={"a": "postgres://admin:secret@db"})
    assert "secret" not in repr(run)
