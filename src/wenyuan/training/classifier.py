"""Trains a classifier of texts: a linear head on an encoder's vectors, by logistic regression (scikit-learn).

Seconds on a CPU, for the encoder stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wenyuan.errors import MissingExtra, WrongUse
from wenyuan.jsonl import malformed, read_rows
from wenyuan.models.artefact import Artefact, ModelCard, sha256
from wenyuan.models.classifier import HEAD
from wenyuan.models.encoder import load_encoder
from wenyuan.text.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wenyuan.types import Vector

STRENGTH = 30.0  # inverse of the L2 penalty; from 10 to 100 it makes no difference of a point (docs/log.md)
FOLDS = 5


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text and its kind."""

    text: str
    label: str


def read_labelled(path: Path) -> list[LabelledText]:
    """The lines {"text", "label"} of a JSONL file (.gz allowed); other keys are left alone.

    Raises:
        WrongUse: there is no such file, or fewer than two labels, or a label with fewer than five texts.
        SourceError: a line is malformed.
    """
    found = []
    for number, row in read_rows(path):
        text, label = row.get("text"), row.get("label")
        if not (isinstance(text, str) and normalise(text) and isinstance(label, str) and label.strip()):
            raise malformed(path, number, "'text' or 'label' is missing, empty or no string")
        found.append(LabelledText(text, label.strip()))
    counts = {each.label: 0 for each in found}
    for each in found:
        counts[each.label] += 1
    if len(counts) < 2:
        raise WrongUse(f"{path} has {len(counts)} label{'s' * (len(counts) != 1)}: a classifier needs at least two.")
    if rare := [label for label, count in counts.items() if count < FOLDS]:
        raise WrongUse(f"{path} has fewer than {FOLDS} texts of the label '{rare[0]}': add some, or leave it out.")
    return found


def train_classifier(data: Path, out: Path, encoder: str = "embed") -> Artefact:
    """Write head.npy and model.json into `out`; its scores are those of cross-validation.

    Raises:
        WrongUse, SourceError: as `read_labelled`.
        MissingExtra: scikit-learn is not installed.
    """
    examples = read_labelled(data)
    model = load_encoder(encoder)
    vectors = model.encode_queries([normalise(each.text) for each in examples])
    labels = [each.label for each in examples]
    head, names = fit_head(vectors, labels)
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / HEAD, head)
    card = ModelCard(
        name=out.name,
        kind="classifier",
        dimension=vectors.shape[1],
        max_tokens=model.max_tokens,
        files={HEAD: sha256(out / HEAD)},
        network=HEAD,
        labels=names,
        source=model.id,
        recipe=f"wenyuan train classifier --data {data.name}",
        scores=cross_validated(vectors, labels),
    )
    card.write(out)
    return Artefact(out, card)


def fit_head(vectors: Vector, labels: Sequence[str]) -> tuple[Vector, list[str]]:
    """(n, d) vectors and their labels → the head (d + 1, labels), its last row the offset, and the labels in order."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise MissingExtra("Training a classifier needs scikit-learn: `pip install 'wenyuan[train]'`.") from None
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(vectors, labels)
    weights, offsets, names = model.coef_, model.intercept_, [str(name) for name in model.classes_]
    if len(names) == 2:  # scikit-learn keeps one row, that of the second
        weights, offsets = np.vstack([-weights / 2, weights / 2]), np.concatenate([-offsets / 2, offsets / 2])
    return np.vstack([weights.T, offsets]).astype(np.float32), names


def cross_validated(vectors: Vector, labels: Sequence[str]) -> dict[str, float]:
    """Accuracy and macro-F1 over texts that the head was not fitted on; folds are drawn with a fixed seed."""
    from sklearn.metrics import accuracy_score, f1_score
    from sklearn.model_selection import StratifiedKFold

    truth, guess = np.array(labels), np.empty(len(labels), dtype=object)
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(vectors, truth):
        head, names = fit_head(vectors[train], truth[train].tolist())
        guess[test] = np.array(names)[(vectors[test] @ head[:-1] + head[-1]).argmax(axis=1)]
    return {
        "accuracy": float(accuracy_score(truth, guess.astype(str))),
        "macro_f1": float(f1_score(truth, guess.astype(str), average="macro")),
    }
