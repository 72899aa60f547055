"""Reads a served cross-encoder, int8 or float32, back into the float32 weights that training can go on from.

What int8 rounded stays rounded; the scores are those of the served graph but for the rounding of its activations.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from wenyuan.training.export.hugging_face import write_weights
from wenyuan.training.export.weights import BertWeights, FloatRows, Q4Rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Constants = Mapping[str, NDArray[Any]]

_PROJECTIONS = ("query", "key", "value")  # as they stand side by side in a graph
_DENSE = ("attention.output.dense", "intermediate.dense", "output.dense")
_HEAD = ("pooler.dense", "classifier")


def write_served(artefact: Path, out: Path) -> Path:
    """Write the cross-encoder in this folder, one that `wenyuan quantise` made, as a Hugging Face folder."""
    tokenizer = json.loads((artefact / "tokenizer.json").read_text("utf-8"))
    weights, types = read_served(artefact / "model.onnx", tuple(piece for piece, _ in tokenizer["model"]["vocab"]))
    return write_weights(weights, tokenizer, out, types=types)


def read_served(graph: Path, pieces: tuple[str, ...]) -> tuple[BertWeights, bool]:
    """The weights of a graph over these words, and whether a passage's tokens have a type of their own."""
    import onnx
    from onnx import helper, numpy_helper

    network = onnx.load(graph).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in network.initializer}
    attends = [node for node in network.node if node.op_type == "MultiHeadAttention"]
    norms = [node for node in network.node if node.op_type == "LayerNormalization"]
    options = {
        each.name: helper.get_attribute_value(each) for node in (attends[0], norms[0]) for each in node.attribute
    }
    hidden = len(stored["embeddings.LayerNorm.weight"])
    tensors = {name: value for name, value in stored.items() if "LayerNorm" in name}
    tensors["embeddings.position_embeddings.weight"] = stored["positions"]
    types = stored.get("types")
    tensors["embeddings.token_type_embeddings.weight"] = np.zeros((2, hidden)) if types is None else types
    for layer in range(len(attends)):
        at = f"encoder.layer.{layer}."
        tensors |= _attention(stored, at, hidden)
        for name in _DENSE:
            tensors[f"{at}{name}.weight"], tensors[f"{at}{name}.bias"] = _linear(stored, at + name)
    for name in _HEAD:
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = _linear(stored, name)
    floats = {name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}
    made = BertWeights(len(attends), options["num_heads"], options["epsilon"], pieces, _words(stored), floats)
    return made, types is not None


def _attention(stored: Constants, at: str, hidden: int) -> dict[str, NDArray[Any]]:
    """Query, key and value of a layer: all of them side by side, or in the last layer the query apart."""
    names = [f"{at}attention.self.{part}" for part in _PROJECTIONS]
    found: dict[str, NDArray[Any]] = {}
    for first in (name for name in names if f"{name}.weight" in stored):
        weight, bias = _linear(stored, first)
        for place, name in enumerate(names[names.index(first) :][: len(bias) // hidden]):
            part = slice(place * hidden, (place + 1) * hidden)
            found[f"{name}.weight"], found[f"{name}.bias"] = weight[part], bias[part]
    return found


def _linear(stored: Constants, at: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(out, in) weight and bias; the scales of outputs and of input channels are multiplied in."""
    weight = stored[f"{at}.weight"].astype(np.float32).T
    if f"{at}.scales" in stored:
        weight = weight * stored[f"{at}.scales"][:, None]
    if f"{at}.smooth" in stored:
        weight = weight * stored[f"{at}.smooth"]
    return weight, stored[f"{at}.bias"]


def _words(stored: Constants) -> Q4Rows | FloatRows:
    """Words in blocks of four bits, in rows of eight, or as they are."""
    words, scales = stored["words"], stored.get("words.scales")
    if scales is None:
        return FloatRows(words)
    if words.dtype == np.uint8:
        return Q4Rows(scales[..., 0], words)
    return FloatRows(words.astype(np.float32) * scales)
