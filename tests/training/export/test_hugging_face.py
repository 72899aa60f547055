"""Weights as a folder that transformers and sentence-transformers read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from tiny_training import PIECES, TOKENIZER, tiny_model, tiny_weights  # noqa: E402
from wenyuan.training.export.hugging_face import write_weights  # noqa: E402


def opened(folder: Path):
    from sentence_transformers import CrossEncoder

    return CrossEncoder(str(folder), device="cpu", local_files_only=True)


def test_a_pair_is_read_as_two_closed_texts_of_one_type(tmp_path):
    model = opened(tiny_model(tmp_path))
    read = model.tokenizer("what is red", "is 水")
    names = model.tokenizer.convert_ids_to_tokens(read["input_ids"])
    assert names == ["<s>", "▁what", "▁is", "▁red", "</s>", "▁is", "▁", "水", "</s>"]
    assert "token_type_ids" not in read
    assert model.max_seq_length == 64
    assert (model.tokenizer.pad_token_id, model.config.pad_token_id) == (1, 1)


def test_the_score_is_one_raw_logit_of_a_head_drawn_from_the_seed(tmp_path):
    pairs = [("what is red", "is red"), ("what is red", "is blue")]
    first, again, other = (
        opened(tiny_model(tmp_path / name, seed=seed)).predict(pairs) for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).min() > 1e-4
    model = opened(tmp_path / "a")
    tokens = model.preprocess(pairs)
    with torch.inference_mode():
        logits = model.model(**{name: tokens[name] for name in ("input_ids", "attention_mask")}).logits[:, 0]
    np.testing.assert_allclose(first, logits.numpy(), atol=1e-6)


def test_the_encoder_below_the_head_has_the_given_weights(tmp_path):
    weights = tiny_weights()
    bert = opened(tiny_model(tmp_path)).model.bert
    words = bert.get_input_embeddings().weight
    np.testing.assert_array_equal(words.detach().numpy(), weights.words.dequantise())
    key = bert.encoder.layer[1].attention.self.key.weight
    np.testing.assert_array_equal(key.detach().numpy(), weights.tensors["encoder.layer.1.attention.self.key.weight"])
    assert len(words) == len(PIECES)


def test_with_types_a_passage_is_of_type_one_and_a_head_in_the_weights_is_kept(tmp_path):
    weights = tiny_weights()
    head = {
        "pooler.dense.weight": np.eye(weights.hidden, dtype=np.float32),
        "pooler.dense.bias": np.zeros(weights.hidden, np.float32),
        "classifier.weight": np.full((1, weights.hidden), 0.5, np.float32),
        "classifier.bias": np.full(1, 2, np.float32),
    }
    weights = replace(weights, tensors=weights.tensors | head)
    model = opened(write_weights(weights, TOKENIZER, tmp_path, types=True))
    read = model.tokenizer("what is red", "is 水")
    assert read["token_type_ids"] == [0, 0, 0, 0, 0, 1, 1, 1, 1]
    assert model.model.classifier.bias.item() == 2
    assert (model.model.bert.pooler.dense.weight == torch.eye(weights.hidden)).all()
