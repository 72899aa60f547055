"""Curves of a run: a file for each group of keys that was logged."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from wenyuan.training.loop.plots import plot

PNG = b"\x89PNG"


def test_what_was_logged_is_drawn_and_nothing_else(tmp_path: Path) -> None:
    metrics = [
        {"step": 1, "loss": 2.0, "soft": 1.5, "grad_norm": None},
        {"step": 2, "loss": None, "dev_ndcg@10": 0.5},
        {"step": 3, "loss": 1.0, "loss_scale": 1024.0, "overflows": 0},
    ]
    files = plot(metrics, tmp_path / "plots")
    assert [file.name for file in files] == ["loss.png", "loss_scale.png", "dev.png"]
    assert all(file.read_bytes().startswith(PNG) for file in files)


def test_of_nothing_there_is_nothing_to_draw(tmp_path: Path) -> None:
    assert plot([], tmp_path / "plots") == []
    assert plot([{"step": 1, "loss": None}], tmp_path / "plots") == []
