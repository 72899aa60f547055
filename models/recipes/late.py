"""Makes the shipped projection "late": principal components of the vectors of tokens that the encoder "embed" gives.

Half of the tokens are Chinese, half English; the same texts give the same bytes on the same machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wenyuan.errors import WrongUse
from wenyuan.evaluate import read_corpus
from wenyuan.models.artefact import Artefact, ModelCard, sha256
from wenyuan.models.encoder import OnnxEncoder, load_encoder
from wenyuan.models.late_interaction import PROJECTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wenyuan.types import Vector

CORPORA = {"cmrc2018-zh": 250, "drcd-zh-hant": 250, "squad-en": 500}  # below retrieval/ → passages of it
COMPONENTS = 96


def build(data: Path, out: Path) -> Artefact:
    """Write projection.npy and model.json into `out`, from the public sets in `data`; WrongUse where one is missing."""
    encoder = load_encoder("embed")
    assert isinstance(encoder, OnnxEncoder)
    encoder.show_tokens()
    tokens = np.concatenate(encoder.read_passages(list(_texts(data)))[1])
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / PROJECTION, fit_projection(tokens, COMPONENTS).astype(np.float16))
    card = ModelCard(
        name="late",
        kind="projection",
        dimension=COMPONENTS,
        max_tokens=encoder.max_tokens,
        files={PROJECTION: sha256(out / PROJECTION)},
        network=PROJECTION,
        licence="MIT (encoder), fitted on paragraphs under CC BY-SA",
        source=encoder.id,
        recipe="wenyuan models build late --data DATA",
    )
    card.write(out)
    return Artefact(out, card)


def fit_projection(tokens: Vector, components: int) -> Vector:
    """(n, hidden) vectors of tokens → (hidden + 1, components): the axes of most variance, the offset of the mean."""
    unit = tokens / np.maximum(np.linalg.norm(tokens, axis=1, keepdims=True), 1e-9)
    mean = unit.mean(axis=0, dtype=np.float64)
    centred = unit - mean
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, : -components - 1 : -1]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(components)] < 0, -1, 1)  # one of two signs
    result: Vector = np.vstack([axes, -mean @ axes]).astype(np.float32)
    return result


def _texts(data: Path) -> Iterator[str]:
    for name, count in CORPORA.items():
        folder = data / "retrieval" / name
        if not folder.is_dir():
            raise WrongUse(f"{folder} is missing: name the folder of the public data sets with --data.")
        texts = [passage.text for passage in read_corpus(folder)]
        yield from texts[:: len(texts) // count][:count]  # from all of it
