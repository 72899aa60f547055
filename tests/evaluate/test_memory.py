"""The memory of this process, in MB."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from wenyuan.evaluate import memory
from wenyuan.evaluate.memory import give_back, peak_mb, resident_mb


def test_what_is_held_is_told_and_given_back() -> None:
    before = resident_mb()
    if before is None:
        pytest.skip("this system does not say what a process holds")
    held = np.ones(100_000_000, np.uint8)
    with_it = resident_mb()
    assert with_it is not None
    assert with_it - before > 80
    assert peak_mb() >= int(with_it) - 1
    del held
    give_back()
    after = resident_mb()
    assert after is not None
    assert with_it - after > 80


def test_a_system_that_does_not_say_is_not_guessed_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "_STATM", tmp_path / "absent")
    assert resident_mb() is None
