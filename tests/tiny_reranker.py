"""A cross-encoder of two layers and random weights: small enough to build anew in each test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wenyuan.models.artefact import ModelCard, sha256

if TYPE_CHECKING:
    from wenyuan.training.export.weights import Q4Rows

WORDS = ["[UNK]", "[CLS]", "[SEP]", "[PAD]", *"abcdefghijklmnopqrstuvwxyz", *"水火木金土日月山川田"]
HIDDEN, INNER, HEADS, LAYERS, POSITIONS = 32, 64, 2, 2, 24


def write_tokenizer(folder: Path, *, types: bool = False) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair=f"[CLS] $A [SEP] $B:{int(types)} [SEP]:{int(types)}",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def tiny_weights(seed: int = 0, scale: float = 0.3, *, spans: bool = False):
    """Random `BertWeights`; by default spread so that scores differ much, far wider than trained ones.

    With `spans` it is a reader: two logits a token beside the score.
    """
    from wenyuan.training.export.weights import BertWeights, FloatRows

    rng = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        return rng.normal(0, scale, shape).astype(np.float32)

    tensors = {
        "embeddings.position_embeddings.weight": normal(POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": normal(2, HIDDEN),
        "pooler.dense.weight": normal(HIDDEN, HIDDEN),
        "pooler.dense.bias": normal(HIDDEN),
        "classifier.weight": normal(1, HIDDEN),
        "classifier.bias": normal(1),
    }
    shapes = {
        "attention.self.query": (HIDDEN, HIDDEN),
        "attention.self.key": (HIDDEN, HIDDEN),
        "attention.self.value": (HIDDEN, HIDDEN),
        "attention.output.dense": (HIDDEN, HIDDEN),
        "intermediate.dense": (INNER, HIDDEN),
        "output.dense": (HIDDEN, INNER),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        norms += [at + "attention.output.LayerNorm", at + "output.LayerNorm"]
        for name, shape in shapes.items():
            tensors |= {f"{at}{name}.weight": normal(*shape), f"{at}{name}.bias": normal(shape[0])}
    for norm in norms:
        tensors |= {f"{norm}.weight": 1 + normal(HIDDEN), f"{norm}.bias": normal(HIDDEN)}
    words = FloatRows(normal(len(WORDS), HIDDEN))
    if spans:
        tensors |= {"spans.weight": normal(2, HIDDEN), "spans.bias": normal(2)}
    return BertWeights(LAYERS, HEADS, 1e-12, tuple(WORDS), words, tensors)


def random_blocks(seed: int = 0, rows: int = 20) -> Q4Rows:
    """Words in random blocks of four bits; those of one row are all 0."""
    from wenyuan.training.export.weights import BLOCK, Q4Rows

    rng = np.random.default_rng(seed)
    scales = rng.normal(0, 0.01, (rows, HIDDEN // BLOCK)).astype(np.float16)
    scales[3] = 0
    return Q4Rows(scales, rng.integers(0, 256, (rows, HIDDEN // BLOCK, BLOCK // 2), np.uint8))


def write_artefact(folder: Path, *, types: bool = False, scale: float = 0.3, spans: bool = False) -> Path:
    """An ONNX artefact of kind "reranker" in float32 (needs the package onnx)."""
    from wenyuan.training.export.onnx_bert import cross_encoder_graph

    folder.mkdir(parents=True, exist_ok=True)
    graph = cross_encoder_graph(tiny_weights(scale=scale, spans=spans), types=types)
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    write_tokenizer(folder, types=types)
    files = {name: sha256(folder / name) for name in ("model.onnx", "tokenizer.json")}
    ModelCard("tiny", "reranker", 1, POSITIONS, files, heads=["logit", "spans"] if spans else []).write(folder)
    return folder


def write_hugging_face(folder: Path, *, types: bool = False, **config: object) -> Path:
    """The same network as transformers saves it (needs torch)."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    settings = {
        "vocab_size": len(WORDS),
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS,
        "num_labels": 1,
    }
    torch.manual_seed(0)
    model = BertForSequenceClassification(BertConfig(**settings | config))
    weights = tiny_weights()
    state = {name if name.startswith("classifier") else f"bert.{name}": v for name, v in weights.tensors.items()}
    state["bert.embeddings.word_embeddings.weight"] = weights.words.dequantise()
    if settings | config == settings:
        model.load_state_dict({name: torch.tensor(value) for name, value in state.items()})
    model.save_pretrained(folder)
    write_tokenizer(folder, types=types)
    return folder
