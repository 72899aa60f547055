"""A smaller vocabulary: what is kept reads and scores as before, what is dropped falls into smaller pieces."""

from __future__ import annotations

import json

import numpy as np
import pytest

from wenyuan.errors import WrongUse
from wenyuan.models import load_cross_encoder
from wenyuan.training.prune import prune_vocabulary

pytest.importorskip("torch")

from .tiny import PIECES, tiny_model

TEXTS = ["what is red", "is red", "is green green"]
ALWAYS = sum(len(piece.removeprefix("▁")) <= 1 for piece in PIECES) + 4  # single characters, special tokens


@pytest.fixture
def folder(tmp_path):
    return tiny_model(tmp_path / "whole")


def vocabulary(folder) -> list[str]:
    return [piece for piece, _ in json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]]


def tokens(folder, text: str) -> list[str]:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text, add_special_tokens=False).tokens


def test_what_is_kept_scores_as_before(folder, tmp_path):
    out = prune_vocabulary(folder, tmp_path / "small", TEXTS, ALWAYS + 4)
    assert {"▁what", "▁is", "▁red", "▁green"} <= set(vocabulary(out))
    assert len(vocabulary(out)) == ALWAYS + 4 < len(vocabulary(folder))
    before, after = (load_cross_encoder(str(each)).score("what is red", TEXTS) for each in (folder, out))
    np.testing.assert_allclose(after, before, atol=1e-5)
    config = json.loads((out / "config.json").read_text())
    assert config["vocab_size"] == ALWAYS + 4
    assert vocabulary(out)[config["pad_token_id"]] == "<pad>"


def test_single_characters_stay_and_the_rest_falls_into_smaller_pieces(folder, tmp_path):
    out = prune_vocabulary(folder, tmp_path / "small", ["is is is"], ALWAYS + 1)
    assert tokens(out, "is水火") == ["▁is", "水", "火"]
    assert tokens(folder, "red") == ["▁red"]
    assert tokens(out, "red")[0] == "▁"
    assert np.isfinite(load_cross_encoder(str(out)).score("is red", ["red"])).all()


def test_too_few_pieces_are_refused(folder, tmp_path):
    with pytest.raises(WrongUse, match="keep more"):
        prune_vocabulary(folder, tmp_path / "small", TEXTS, 3)
    assert not (tmp_path / "small").exists()


def test_another_kind_of_tokenizer_is_refused(folder, tmp_path):
    file = folder / "tokenizer.json"
    file.write_text(file.read_text().replace('"Unigram"', '"BPE"'))
    with pytest.raises(WrongUse, match="type BPE"):
        prune_vocabulary(folder, tmp_path / "small", TEXTS, 30)
