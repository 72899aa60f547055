"""BERT cross-encoders as Hugging Face folders: weights out of one, and one of weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from wenyuan.errors import Damaged, MissingExtra, WrongUse
from wenyuan.training.export.weights import BertWeights, FloatRows

WORDS = "embeddings.word_embeddings.weight"
_TOKENS = {"bos": "<s>", "eos": "</s>", "pad": "<pad>"}


def read_weights(folder: Path) -> BertWeights:
    """The tensors of a `BertForSequenceClassification` with one label."""
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
    except ImportError:
        raise MissingExtra("Exporting reads safetensors: `pip install 'wenyuan[train]'`.") from None
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    labels = len(config.get("id2label") or (0, 1))  # transformers leaves two labels unsaid
    if (config.get("model_type"), config.get("hidden_act"), labels) != ("bert", "gelu", 1):
        raise WrongUse(f"{folder} is no BERT cross-encoder with GELU and one label: only those can be exported.")
    try:
        stored = load_file(folder / "model.safetensors")
    except (OSError, SafetensorError) as error:
        raise Damaged(f"The weights in {folder} cannot be read ({error}): train or install the model again.") from error
    tensors = {name.removeprefix("bert."): value.astype(np.float32) for name, value in stored.items()}
    words = tensors.pop(WORDS)
    return BertWeights(
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        epsilon=config["layer_norm_eps"],
        pieces=(),
        words=FloatRows(words),
        tensors=tensors,
    )


def write_weights(
    weights: BertWeights, tokenizer: dict[str, Any], out: Path, seed: int = 0, *, types: bool = False
) -> Path:
    """Write these weights and this tokenizer.json as a folder that transformers and sentence-transformers load.

    A head that the weights lack is drawn from `seed`. With `types`, a passage's tokens are of type 1, a query's of 0.
    """
    try:
        import torch
        from transformers import BertConfig, BertForSequenceClassification
    except ImportError:
        raise MissingExtra("Making a model to train needs torch: `pip install 'wenyuan[train]'`.") from None
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
    tensors = {**weights.tensors, WORDS: weights.words.dequantise()}
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
