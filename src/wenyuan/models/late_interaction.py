"""A question against passages token by token, over what the encoder saw of each when it was stored.

MaxSim (ColBERT, Khattab & Zaharia 2020) over the vectors of tokens that the encoder makes anyway: each token of the
question takes the best cosine among the passage's tokens, their mean is the score. Nothing is trained for it; a
projection of their principal components keeps a token's vector in 96 bytes instead of 1,536 (docs/log.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wenyuan.errors import WrongModel
from wenyuan.models.artefact import Artefact, locate
from wenyuan.models.encoder import OnnxEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wenyuan.types import Encoder, Vector

PROJECTION = "projection.npy"
LEVELS = 254  # to 1: components of unit vectors lie within ±0.5, but for few, which are cut to it


def load_late_interaction(name: str, encoder: Encoder) -> LateInteraction | None:
    """The late interaction of this name (see `locate`) over `encoder`; None when it was made for another encoder.

    Raises:
        WrongUse, MissingExtra, Damaged: as `locate`.
        WrongModel: the model is no projection.
    """
    artefact = locate(name)
    if artefact.card.kind != "projection":
        raise WrongModel(f'Model "{name}" is of kind "{artefact.card.kind}": name a projection.')
    if not isinstance(encoder, OnnxEncoder) or encoder.id != artefact.card.source:
        return None
    return LateInteraction(encoder, artefact)


class LateInteraction:
    """A `wenyuan.types.TokenScorer`; the state of a passage is its (tokens, d) int8 vectors as bytes."""

    def __init__(self, encoder: OnnxEncoder, artefact: Artefact) -> None:
        artefact.verify()
        self.encoder, self.artefact = encoder, artefact
        self._projection = np.load(artefact.folder / PROJECTION).astype(np.float32)

    @property
    def id(self) -> str:
        """Name and content hash; the encoder is the one that its card names."""
        return self.artefact.id

    def read_passages(self, texts: Sequence[str]) -> tuple[Vector, list[bytes]]:
        """(n,) texts → the encoder's (n, d) unit vectors and n states."""
        vectors, tokens = self.encoder.read_passages(texts)
        return vectors, [self._levels(each).tobytes() for each in tokens]

    def score(self, query: str, states: Sequence[bytes]) -> Vector:
        """The mean best cosine of each passage, (n,) float32 in -1 … 1; NaN for an empty state."""
        scores = np.full(len(states), np.nan, np.float32)
        known = [n for n, state in enumerate(states) if state]
        if not known:
            return scores
        asked = project(self.encoder.read_query(query), self._projection)
        width = self._projection.shape[1]
        levels = np.frombuffer(b"".join(states[n] for n in known), np.int8).reshape(-1, width)
        starts = np.cumsum([0, *(len(states[n]) // width for n in known[:-1])])
        cosines = asked @ (levels.astype(np.float32) / LEVELS).T
        scores[known] = np.maximum.reduceat(cosines, starts, axis=1).mean(axis=0)
        return scores

    def _levels(self, tokens: Vector) -> NDArray[np.int8]:
        return np.clip(np.round(project(tokens, self._projection) * LEVELS), -127, 127).astype(np.int8)


def project(tokens: Vector, projection: Vector) -> Vector:
    """(n, hidden) vectors of tokens → (n, d) unit vectors; `projection` is (hidden + 1, d), its last row the offset."""
    unit = tokens / np.maximum(np.linalg.norm(tokens, axis=1, keepdims=True), 1e-9)
    low = unit @ projection[:-1] + projection[-1]
    result: Vector = low / np.maximum(np.linalg.norm(low, axis=1, keepdims=True), 1e-9)
    return result
