"""The graphs of a tiny network: float32 as torch has it, int8 close to that, the same bytes each time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tiny_reranker import HIDDEN, INNER, POSITIONS, WORDS, random_blocks, tiny_weights
from wenyuan.models.session import open_outputs
from wenyuan.training.export.onnx_bert import bert_graph, calibration_graph, cross_encoder_graph, quantise_weight
from wenyuan.training.export.weights import FloatRows

pytest.importorskip("onnx")


def vectors(graph, ids):
    return open_outputs(graph.SerializeToString())(ids)[0]


def test_the_int8_graph_is_close_to_float32_and_the_same_each_time():
    weights = tiny_weights()
    ids = np.random.default_rng(1).integers(0, len(WORDS), (3, 9))
    exact = vectors(bert_graph(weights, "fp32"), ids)
    rounded = vectors(bert_graph(weights, "int8"), ids)
    assert exact.shape == (3, HIDDEN)
    assert (exact * rounded).sum(1).min() > 0.999
    assert (exact[0] * exact[1]).sum() < 0.999  # the bound above tells texts apart
    first, second = (bert_graph(weights, "int8").SerializeToString(deterministic=True) for _ in range(2))
    assert first == second
    levels, scales = quantise_weight(weights.tensors["encoder.layer.0.output.dense.weight"])
    assert np.abs(levels.astype(int)).max() == 63
    error = np.abs(levels.T * scales[:, None] - weights.tensors["encoder.layer.0.output.dense.weight"])
    assert (error <= scales[:, None] / 2 + 1e-6).all()


def test_dithered_weights_keep_what_is_smaller_than_a_step():
    start = np.full((4, 400), 3.0, np.float32)
    start[:, 0] = 63.0  # one step is 1
    moved = start + np.float32(0.2)
    moved[:, 0] = 63.0
    nearest, _ = quantise_weight(moved)
    np.testing.assert_array_equal(nearest.T, start)
    levels, scales = quantise_weight(moved, np.random.default_rng(0))
    assert np.abs((levels.T * scales[:, None]).mean(axis=1) - moved.mean(axis=1)).max() < 0.1
    assert set(np.unique(levels)) == {3, 4, 63}
    weights = tiny_weights()
    graphs = [bert_graph(weights, "int8", seed).SerializeToString(deterministic=True) for seed in (1, 1, 2)]
    assert graphs[0] == graphs[1] != graphs[2]


def test_the_float32_graph_is_a_bert_model():
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    weights = tiny_weights()
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=HIDDEN,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=INNER,
        max_position_embeddings=POSITIONS,
        layer_norm_eps=weights.epsilon,
    )
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    tensors = {name: value for name, value in weights.tensors.items() if name.startswith(("embeddings", "encoder"))}
    tensors["embeddings.word_embeddings.weight"] = weights.words.dequantise()
    model.load_state_dict({name: torch.tensor(value) for name, value in tensors.items()})
    ids = np.random.default_rng(1).integers(0, len(WORDS), (3, 9))
    with torch.inference_mode():
        mean = model(input_ids=torch.from_numpy(ids)).last_hidden_state.mean(1)
    expected = torch.nn.functional.normalize(mean, dim=-1).numpy()
    np.testing.assert_allclose(vectors(bert_graph(weights, "fp32"), ids), expected, atol=1e-5)


@pytest.mark.parametrize("types", [False, True])
def test_the_int8_graph_follows_float32_with_words_in_blocks_or_rows(types):
    rng = np.random.default_rng(2)
    ids = rng.integers(0, 20, (64, 11))
    kinds = np.repeat([[0] * 5 + [1] * 6], 64, axis=0)
    for words in (random_blocks(), FloatRows(random_blocks().dequantise())):
        weights = replace(tiny_weights(), words=words)
        graph, inputs = calibration_graph(weights, types=types)
        names = [output.name for output in graph.graph.output]
        seen = dict(zip(names, open_outputs(graph.SerializeToString())(ids, kinds), strict=True))
        ranges = {layer: np.abs(seen[rows]).max(axis=0) for layer, rows in inputs.items()}
        made = cross_encoder_graph(weights, ranges, types=types).SerializeToString(deterministic=True)
        small = open_outputs(made)(ids, kinds)[0]
        assert small.shape == (64,)
        assert np.corrcoef(small, seen["logit"])[0, 1] > 0.95
        moved = open_outputs(made)(ids, 1 - kinds)[0]
        assert np.allclose(moved, small) != types  # the types are read where the graph has them, and only there


def test_a_reader_in_int8_sees_about_the_same_spans():
    rng = np.random.default_rng(2)
    ids = rng.integers(0, 20, (64, 11))
    weights = replace(tiny_weights(spans=True), words=random_blocks())
    graph, inputs = calibration_graph(weights)
    names = [output.name for output in graph.graph.output]
    seen = dict(zip(names, open_outputs(graph.SerializeToString())(ids), strict=True))
    ranges = {layer: np.abs(seen[rows]).max(axis=0) for layer, rows in inputs.items()}
    logits, spans = open_outputs(cross_encoder_graph(weights, ranges).SerializeToString())(ids)
    assert logits.shape == (64,)
    assert spans.shape == (64, 11, 2)
    assert np.corrcoef(logits, seen["logit"])[0, 1] > 0.95
    assert np.corrcoef(spans.ravel(), seen["spans"].ravel())[0, 1] > 0.95
