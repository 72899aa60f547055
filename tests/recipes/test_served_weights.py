"""A served cross-encoder read back: each tensor of the float32 graph, those of int8 within a step, its scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("onnx")

from wenyuan_models.recipes.served_weights import read_served, write_served

from tiny_reranker import WORDS, random_blocks
from tiny_reranker import tiny_weights as spread_weights
from tiny_training import TOKENIZER, tiny_model
from wenyuan.models import load_cross_encoder
from wenyuan.models.artefact import ModelCard, sha256
from wenyuan.models.session import open_outputs
from wenyuan.training.export.hugging_face import read_weights
from wenyuan.training.export.onnx_bert import calibration_graph, cross_encoder_graph


@pytest.mark.parametrize("types", [False, True])
def test_a_float32_graph_gives_back_what_it_was_made_of(tmp_path, types):
    weights = spread_weights()
    graph = cross_encoder_graph(weights, types=types)
    (tmp_path / "model.onnx").write_bytes(graph.SerializeToString())
    again, typed = read_served(tmp_path / "model.onnx", tuple(WORDS))
    assert typed == types
    assert (again.layers, again.heads, again.pieces) == (weights.layers, weights.heads, weights.pieces)
    assert again.epsilon == pytest.approx(weights.epsilon)
    assert again.tensors.keys() == weights.tensors.keys()
    assert cross_encoder_graph(again, types=types).SerializeToString(deterministic=True) == graph.SerializeToString(
        deterministic=True
    )


def test_an_int8_graph_gives_back_its_weights_within_half_a_step(tmp_path):
    ids = np.random.default_rng(2).integers(0, 20, (64, 11))
    kinds = np.repeat([[0] * 5 + [1] * 6], 64, axis=0)
    weights = replace(spread_weights(scale=0.1), words=random_blocks())
    graph, inputs = calibration_graph(weights, types=True)
    names = [output.name for output in graph.graph.output]
    seen = dict(zip(names, open_outputs(graph.SerializeToString())(ids, kinds), strict=True))
    ranges = {layer: np.abs(seen[rows]).max(axis=0) for layer, rows in inputs.items()}
    small = cross_encoder_graph(weights, ranges, types=True)
    (tmp_path / "model.onnx").write_bytes(small.SerializeToString())
    again, _ = read_served(tmp_path / "model.onnx", tuple(WORDS[:20]))
    np.testing.assert_array_equal(again.words.dequantise(), weights.words.dequantise())
    for name, value in weights.tensors.items():
        step = 0 if "LayerNorm" in name or value.ndim == 1 else np.abs(value).max() / 63
        np.testing.assert_allclose(again.tensors[name], value, atol=1e-6 + 2 * step, err_msg=name)
    exact = open_outputs(cross_encoder_graph(again, types=True).SerializeToString())(ids, kinds)[0]
    rounded = open_outputs(small.SerializeToString())(ids, kinds)[0]
    assert np.corrcoef(exact, rounded)[0, 1] > 0.99


def test_a_served_model_becomes_a_folder_to_train_from_that_scores_the_same(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("sentence_transformers")
    folder = tiny_model(tmp_path / "trained")
    weights = read_weights(folder)
    served = tmp_path / "served"
    served.mkdir()
    (served / "model.onnx").write_bytes(cross_encoder_graph(weights).SerializeToString())
    (served / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    files = {name: sha256(served / name) for name in ("model.onnx", "tokenizer.json")}
    ModelCard("tiny", "reranker", 1, 64, files).write(served)
    again = write_served(served, tmp_path / "again")
    passages = ["is red is blue", "is gold", "is what red"]
    ours = load_cross_encoder(str(again)).score("what is red", passages)
    np.testing.assert_allclose(ours, load_cross_encoder(str(served)).score("what is red", passages), atol=1e-5)
    assert len(TOKENIZER["model"]["vocab"]) == len(read_weights(again).words.values)
