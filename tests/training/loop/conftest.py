"""A run that is small enough to be trained within seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tiny_training import tiny_file, tiny_model
from wenyuan.training.config import Precision, TrainConfig


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    """25 steps an epoch."""
    base, file = tiny_model(tmp_path / "base"), tiny_file(tmp_path / "train.jsonl", 200)
    common = {"lr": 3e-3, "max_tokens": 32, "log_steps": 5, "eval_steps": 10, "save_steps": 10, "threads": 1}
    return TrainConfig("reranker", str(base), file, tmp_path / "run", precision=Precision(mode="fp32"), **common)
