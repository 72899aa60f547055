"""A cross-encoder of 2 layers and width 32 with random weights, and examples it can learn within seconds."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from wenyuan.training.data.examples import Example, write_examples
from wenyuan.training.data.reading import GradedPassage, ReadingExample
from wenyuan.training.export.hugging_face import write_weights
from wenyuan.training.export.weights import BertWeights, Q4Rows

HIDDEN, INNER, HEADS, POSITIONS = 32, 64, 2, 64
COLOURS = ("red", "green", "blue", "black", "white", "grey", "pink", "gold")
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", *(f"▁{colour}" for colour in COLOURS), "▁is", "▁what", "水", "火")
TOKENIZER = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [
        {
            "id": n,
            "content": piece,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for n, piece in enumerate(PIECES[:4])
    ],
    "normalizer": None,
    "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [
            {"SpecialToken": {"id": "<s>", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "</s>", "type_id": 0}},
        ],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {
            token: {"id": token, "ids": [PIECES.index(token)], "tokens": [token]} for token in ("<s>", "</s>")
        },
    },
    "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
    "model": {"type": "Unigram", "unk_id": 3, "vocab": [[piece, -1.0 - n / 100] for n, piece in enumerate(PIECES)]},
}


def tiny_weights(layers: int = 2, seed: int = 0) -> BertWeights:
    """A random network over `PIECES`."""
    draw = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        return draw.normal(0, 0.08, shape).astype(np.float32)

    tensors = {
        "embeddings.position_embeddings.weight": normal(POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": normal(2, HIDDEN),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(layers):
        at = f"encoder.layer.{layer}."
        linear = {f"attention.self.{part}": (HIDDEN, HIDDEN) for part in ("query", "key", "value")}
        linear |= {"attention.output.dense": (HIDDEN, HIDDEN), "intermediate.dense": (INNER, HIDDEN)}
        for name, (rows, columns) in (linear | {"output.dense": (HIDDEN, INNER)}).items():
            tensors[f"{at}{name}.weight"], tensors[f"{at}{name}.bias"] = normal(rows, columns), normal(rows)
        norms += [f"{at}attention.output.LayerNorm", f"{at}output.LayerNorm"]
    for name in norms:
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = np.ones(HIDDEN, np.float32), normal(HIDDEN)
    words = Q4Rows(
        np.full((len(PIECES), HIDDEN // 32), 0.05, np.float16),
        draw.integers(0, 16, (len(PIECES), HIDDEN // 32, 16), np.uint8),
    )
    return BertWeights(layers, HEADS, 1e-12, PIECES, words, tensors)


def tiny_model(folder: Path, layers: int = 2, seed: int = 0) -> Path:
    """A Hugging Face folder of a random cross-encoder."""
    return write_weights(tiny_weights(layers, seed), TOKENIZER, folder, seed)


def tiny_examples(count: int, seed: int = 0, teacher: bool = False) -> list[Example]:
    """What is red? One passage names the colour asked for, three name others."""
    draw, examples = random.Random(seed), []
    for _ in range(count):
        right, *wrong = draw.sample(COLOURS, 4)
        texts = [" ".join(["is", colour] * draw.randint(1, 4)) for colour in (right, *wrong)]
        scores = ((3.0,), (-1.0, -2.0, -3.0)) if teacher else ((), ())
        examples.append(
            Example(f"what is {right}", (texts[0],), tuple(texts[1:]), *scores, language="en", source="toy")
        )
    return examples


def tiny_file(path: Path, count: int, seed: int = 0, teacher: bool = False) -> Path:
    """Those examples as a training file."""
    write_examples(path, tiny_examples(count, seed, teacher))
    return path


def tiny_reading(count: int, seed: int = 0) -> list[ReadingExample]:
    """What is red? A passage names the colour once among others; every third question asks for one that none names."""
    draw, examples = random.Random(seed), []
    for number in range(count):
        right, absent, *wrong = draw.sample(COLOURS, 6)
        words = [f"is {right}", *(f"is {colour}" for colour in wrong[:2])]
        draw.shuffle(words)
        text, other = " ".join(words), " ".join(f"is {colour}" for colour in wrong[1:])
        if number % 3 == 2:
            passages = (GradedPassage(text), GradedPassage(other))
            examples.append(ReadingExample(f"what is {absent}", passages, "en", "toy", f"book {number % 7}"))
        else:
            at = text.index(right)
            passages = (GradedPassage(text, 3, (at, at + len(right))), GradedPassage(other))
            examples.append(ReadingExample(f"what is {right}", passages, "en", "toy", f"book {number % 7}"))
    return examples
