"""Weights between a start and what was trained from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from safetensors.numpy import save_file

from tiny_reranker import tiny_weights
from wenyuan.errors import Damaged
from wenyuan.models.session import open_outputs
from wenyuan.training.export.encoder import between, write_graph


def test_the_share_says_how_far(tmp_path: Path) -> None:
    start, end = tiny_weights(), tiny_weights(seed=1)
    save_file(dict(end.tensors), tmp_path / "model.safetensors")
    for share in (0.0, 0.25, 1.0):
        made = between(start, tmp_path, share)
        assert made.words is start.words
        for name, value in made.tensors.items():
            expected = (1 - share) * start.tensors[name] + share * end.tensors[name]
            np.testing.assert_allclose(value, expected, atol=1e-6)


def test_the_graph_is_the_same_each_time_and_runs(tmp_path: Path) -> None:
    for name in ("one.onnx", "two.onnx"):
        write_graph(tiny_weights(), tmp_path / name)
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()
    vectors = open_outputs((tmp_path / "one.onnx").read_bytes())(np.array([[0, 4, 2]]))[0]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    start = tiny_weights()
    with pytest.raises(Damaged, match="trained from this one"):
        between(start, tmp_path, 0.5)
    save_file(
        {name: value for name, value in start.tensors.items() if "layer.1" not in name}, tmp_path / "model.safetensors"
    )
    with pytest.raises(Damaged, match="trained from this one"):
        between(start, tmp_path, 0.5)
    wider = {name: np.concatenate([value, value]) for name, value in start.tensors.items()}
    save_file(wider, tmp_path / "model.safetensors")
    with pytest.raises(Damaged, match="trained from this one"):
        between(start, tmp_path, 0.5)
