"""How far an ingest is."""

from __future__ import annotations

import math

from wenyuan.engine.progress import FileProgress, Progress


def test_bytes_weigh_and_a_group_is_done_when_it_is_encoded() -> None:
    steps: list[Progress] = []
    told = FileProgress(["a", "b", "c"], [100, 300, 600], steps.append)
    told.read(0)
    told.read(1)
    told.encoded(1, 4)
    told.encoded(4, 4)
    told.read(2)
    told.encoded(3, 3)
    told.read(3)
    assert [(step.done, step.document) for step in steps] == [(0, "a"), *[(1, "b")] * 3, *[(2, "c")] * 2, (3, "")]
    parts = [step.part or 0 for step in steps]
    assert all(map(math.isclose, parts, [0, 0, 0.1, 0.4, 0.4, 1, 1]))


def test_what_has_no_bytes_has_no_share() -> None:
    steps: list[Progress] = []
    told = FileProgress([], [], steps.append)
    told.read(0)
    assert steps == [Progress(0, 0, "", None)]
