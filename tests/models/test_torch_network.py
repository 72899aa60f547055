"""A Hugging Face folder without an ONNX graph, served by torch through the same class."""

from __future__ import annotations

import json

import numpy as np
import pytest

from wenyuan.errors import Damaged
from wenyuan.models import load_encoder

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")


@pytest.fixture
def folder(tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "q": 3, "水": 4, "ice": 5}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    config = transformers.BertConfig(
        vocab_size=6,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=12,
    )
    transformers.BertModel(config).save_pretrained(tmp_path)
    prompts = {"prompts": {"query": "q "}}
    (tmp_path / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    return tmp_path


def test_vectors_are_the_mean_of_the_tokens(folder):
    encoder = load_encoder(str(folder))
    model = transformers.BertModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        mean = model(input_ids=torch.tensor([[1, 3, 4, 2]])).last_hidden_state.mean(1)
    expected = torch.nn.functional.normalize(mean, dim=-1).numpy()
    np.testing.assert_allclose(encoder.encode_queries(["水"]), expected, atol=1e-6)
    assert encoder.encode_passages(["水", "ice ice", "水"]).shape == (3, 8)
    assert encoder.max_tokens == 12


def test_broken_weights_are_one_sentence(folder):
    (folder / "config.json").write_text('{"hidden_size": 8, "max_position_embeddings": 12, "model_type": "nothing"}')
    with pytest.raises(Damaged, match="cannot be read"):
        load_encoder(str(folder)).encode_passages(["水"])
