"""What shifting weight between the legs would gain for one question: regression trees over features of it.

Several members, each of randomised trees (Geurts et al. 2006) that were fitted without one of the training sets: what
all of them expect may hold on documents that none of them has seen, so the least hopeful one has the word.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from wenyuan.errors import Damaged
from wenyuan.models.artefact import Artefact, locate_as

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from wenyuan.types import Encoder, Vector

POLICY = "policy.npz"
KIND = "fusion"


@dataclass(frozen=True, slots=True)
class Trees:
    """t trees of at most n nodes, the first their root; a leaf's children are itself, its values what the tree says.

    What a member expects is the sum over its trees; `member` names that of each.
    """

    feature: NDArray[np.int16]  # (t, n) which feature a node asks for
    cut: NDArray[np.float64]  # (t, n) up to it one goes left
    left: NDArray[np.int16]  # (t, n)
    right: NDArray[np.int16]  # (t, n)
    value: NDArray[np.float32]  # (t, n, shifts)
    member: NDArray[np.int16]  # (t,) from 0, each at least once
    depth: int

    def expected(self, features: Vector) -> Vector:
        """(f,) features → (members, shifts): what each member expects of each shift."""
        tree = np.arange(len(self.feature))
        node = np.zeros(len(self.feature), np.int16)
        for _ in range(self.depth):
            low = features[self.feature[tree, node]] <= self.cut[tree, node]
            node = np.where(low, self.left[tree, node], self.right[tree, node])
        expected: Vector = np.zeros((int(self.member.max()) + 1, self.value.shape[2]), np.float32)
        np.add.at(expected, self.member, self.value[tree, node])
        return expected

    def check(self, features: int, shifts: int) -> None:
        """ValueError where the arrays do not belong together."""
        trees, nodes, said = self.value.shape
        same = all(each.shape == (trees, nodes) for each in (self.feature, self.cut, self.left, self.right))
        if not (trees and said == shifts and same and self.member.shape == (trees,)):
            raise ValueError("shapes that differ")
        bounds = ((self.feature, features), (self.left, nodes), (self.right, nodes), (self.member, trees))
        if any(not 0 <= each.min() <= each.max() < top for each, top in bounds):
            raise ValueError("indices out of bounds")


def load_policy(name: str, encoder: Encoder) -> EnsemblePolicy | None:
    """The policy of this name (see `locate`) over scores of `encoder`; None when it was made for another encoder.

    Raises:
        WrongUse, MissingExtra, Damaged: as `locate`; its files are not those that its card describes, or not readable.
        WrongModel: the model is no policy.
    """
    artefact = locate_as(KIND, name, 'name one that `wenyuan train fusion` made, or "none"')
    return EnsemblePolicy(artefact) if encoder.id == artefact.card.source else None


class EnsemblePolicy:
    """A `wenyuan.types.LegPolicy`: of each shift it expects what its least hopeful member expects."""

    def __init__(self, artefact: Artefact) -> None:
        artefact.verify()
        self.artefact = artefact
        path = artefact.folder / POLICY
        try:
            arrays = _arrays(path)
            self._shifts, self._threshold = arrays["shifts"], float(arrays["threshold"])
            self.normalise = str(arrays["normalise"])
            self._trees = Trees(
                **{each.name: arrays[each.name] for each in fields(Trees) if each.name != "depth"},
                depth=int(arrays["depth"]),
            )
            self._trees.check(len(self.features), len(self._shifts))
        except (OSError, KeyError, ValueError, TypeError, IndexError, zipfile.BadZipFile) as error:
            raise Damaged(f"{path} is no policy ({error}): train it again with `wenyuan train fusion`.") from error

    @property
    def id(self) -> str:
        """Name and content hash."""
        return self.artefact.id

    @property
    def features(self) -> Sequence[str]:
        """The names of the features it was fitted on, in order."""
        return self.artefact.card.labels

    @property
    def shifts(self) -> Vector:
        """(s,) what may be added to the dense leg's share."""
        return self._shifts

    @property
    def threshold(self) -> float:
        """The gain that must be expected of a shift for it to be made."""
        return self._threshold

    def gains(self, features: Vector) -> Vector:
        """(f,) → (s,) nDCG@10 that each shift gains over the fixed weights, as the least hopeful member expects."""
        gains: Vector = self._trees.expected(features).min(axis=0)
        return gains


def save_policy(path: Path, trees: Trees, shifts: Vector, threshold: float, normalise: str) -> None:
    """Write what `EnsemblePolicy` reads."""
    arrays: dict[str, Any] = {each.name: getattr(trees, each.name) for each in fields(Trees)}
    np.savez_compressed(path, shifts=shifts, threshold=threshold, normalise=normalise, **arrays)


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}
