"""What kind of text it is, by a linear head on the vector that an encoder makes anyway (multinomial logistic model)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wenyuan.models.artefact import Artefact, locate_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wenyuan.types import Encoder, Vector

HEAD = "head.npy"


def load_classifier(name: str, encoder: Encoder) -> LinearClassifier | None:
    """The classifier of this name (see `locate`) over vectors of `encoder`; None when it was made for another encoder.

    Raises:
        WrongUse, MissingExtra, Damaged: as `locate`; its files are not those that its card describes.
        WrongModel: the model is no classifier.
    """
    artefact = locate_as("classifier", name, "name a classifier")
    return LinearClassifier(artefact) if encoder.id == artefact.card.source else None


class LinearClassifier:
    """A `wenyuan.types.Classifier`: softmax over one linear layer."""

    def __init__(self, artefact: Artefact) -> None:
        artefact.verify()
        self.artefact = artefact
        self._head = np.load(artefact.folder / HEAD).astype(np.float32)

    @property
    def id(self) -> str:
        """Name and content hash."""
        return self.artefact.id

    @property
    def labels(self) -> Sequence[str]:
        """The kinds there are, in the order of the columns."""
        return self.artefact.card.labels

    def probabilities(self, vectors: Vector) -> Vector:
        """(n, d) vectors → (n, labels) float32."""
        return softmax(vectors @ self._head[:-1] + self._head[-1])


def softmax(logits: Vector) -> Vector:
    """(n, labels) → the same, each row positive and adding up to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Vector = powers / powers.sum(axis=1, keepdims=True)
    return result
