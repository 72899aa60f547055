"""The weights of a BERT network as numbers: what is read from one kind of file is written as another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wenyuan.models.cross_encoder import SPANS

BLOCK = 32  # values that share a scale


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
    """Words as rows of float32."""

    values: NDArray[np.float32]

    def rows(self, keep: Sequence[int]) -> FloatRows:
        """Only these rows, in this order."""
        return FloatRows(self.values[list(keep)])

    def dequantise(self) -> NDArray[np.float32]:
        """The rows as they are: (n, d) float32."""
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

    @property
    def has_spans(self) -> bool:
        """Whether it is a reader: two logits a token, its being the first and the last of the answer."""
        return f"{SPANS}.weight" in self.tensors

    def with_words(self, keep: Sequence[int]) -> BertWeights:
        """The same network with only these words, in this order."""
        return replace(self, pieces=tuple(self.pieces[n] for n in keep), words=self.words.rows(keep))
