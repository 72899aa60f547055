"""A question against passages token by token, over what the encoder saw of each when it was stored.

MaxSim (ColBERT, Khattab & Zaharia 2020) over the vectors of tokens that the encoder makes anyway: each token of the
question takes the best cosine among the passage's tokens, their mean is the score. Nothing is trained for it; a
projection of their principal components, in 4 bits, keeps a token's vector in 48 bytes instead of 1,536 (docs/log.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wenyuan.models.artefact import Artefact, locate_as
from wenyuan.models.encoder import OnnxEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wenyuan.types import Encoder, Vector

PROJECTION = "projection.npy"
REACH = 0.3  # components of unit vectors lie within ±0.3, but for few, which are cut to it
PACKING = "q4"  # another whenever `pack` changes: states of before cannot be read
TOP = 7  # levels of 4 bits: -7 … 7


def load_late_interaction(name: str, encoder: Encoder) -> LateInteraction | None:
    """The late interaction of this name (see `locate`) over `encoder`; None when it was made for another encoder.

    Raises:
        WrongUse, MissingExtra, Damaged: as `locate`.
        WrongModel: the model is no projection.
    """
    artefact = locate_as("projection", name, "name a projection")
    if not isinstance(encoder, OnnxEncoder) or encoder.id != artefact.card.source:
        return None
    return LateInteraction(encoder, artefact)


class LateInteraction:
    """A `wenyuan.types.TokenScorer`; the state of a passage is its (tokens, d) vectors, two levels a byte."""

    def __init__(self, encoder: OnnxEncoder, artefact: Artefact) -> None:
        artefact.verify()
        encoder.show_tokens()
        self.encoder, self.artefact = encoder, artefact
        self._projection = np.load(artefact.folder / PROJECTION).astype(np.float32)

    @property
    def id(self) -> str:
        """Name, content hash and how states are packed; the encoder is the one that its card names."""
        return f"{self.artefact.id}:{PACKING}"

    def read_passages(self, texts: Sequence[str]) -> tuple[Vector, list[bytes]]:
        """(n,) texts → the encoder's (n, d) unit vectors and n states."""
        vectors, tokens = self.encoder.read_passages(texts)
        return vectors, [pack(project(each, self._projection)) for each in tokens]

    def score(self, query: str, states: Sequence[bytes]) -> Vector:
        """The mean best cosine of each passage, (n,) float32 in -1 … 1; NaN for an empty state."""
        scores = np.full(len(states), np.nan, np.float32)
        known = [n for n, state in enumerate(states) if state]
        if not known:
            return scores
        asked = project(self.encoder.read_query(query), self._projection)
        width = self._projection.shape[1]
        vectors = unpack(b"".join(states[n] for n in known), width)
        starts = np.cumsum([0, *(2 * len(states[n]) // width for n in known[:-1])])
        cosines = asked @ vectors.T
        scores[known] = np.maximum.reduceat(cosines, starts, axis=1).mean(axis=0)
        return scores


def pack(vectors: Vector) -> bytes:
    """(n, d) components, d even → n * d / 2 bytes: the first half of a vector in the low four bits, the rest above."""
    levels = (np.clip(np.round(vectors * (TOP / REACH)), -TOP, TOP) + TOP).astype(np.uint8)
    half = levels.shape[1] // 2
    return (levels[:, :half] | levels[:, half:] << 4).tobytes()


def unpack(state: bytes, width: int) -> Vector:
    """What `pack` packed, as (n, width) float32, within half a level."""
    packed = np.frombuffer(state, np.uint8).reshape(-1, width // 2)
    levels = np.concatenate([packed & 15, packed >> 4], axis=1).astype(np.float32)
    result: Vector = (levels - TOP) * np.float32(REACH / TOP)
    return result


def project(tokens: Vector, projection: Vector) -> Vector:
    """(n, hidden) vectors of tokens → (n, d) unit vectors; `projection` is (hidden + 1, d), its last row the offset."""
    unit = tokens / np.maximum(np.linalg.norm(tokens, axis=1, keepdims=True), 1e-9)
    low = unit @ projection[:-1] + projection[-1]
    result: Vector = low / np.maximum(np.linalg.norm(low, axis=1, keepdims=True), 1e-9)
    return result
