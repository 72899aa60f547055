"""A smaller vocabulary: what is kept reads and scores as before, what is dropped falls into smaller pieces."""

from __future__ import annotations

import json

import numpy as np
import pytest

from wenyuan.errors import WrongUse
from wenyuan.models import load_cross_encoder
from wenyuan.training.export.prune import prune_tokenizer, prune_vocabulary

pytest.importorskip("torch")

from tiny_training import PIECES, TOKENIZER, tiny_model, tiny_weights
from wenyuan.training.export.hugging_face import write_weights

TEXTS = ["what is red", "is red", "is green green"]
SPECIAL = 4
SINGLE = sum(len(piece.removeprefix("▁")) <= 1 for piece in PIECES)
ALWAYS = SPECIAL + SINGLE


@pytest.fixture
def folder(tmp_path):
    return tiny_model(tmp_path / "whole")


def vocabulary(folder) -> list[str]:
    return [piece for piece, _ in json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]]


def tokens(folder, text: str, special: bool = False) -> list[str]:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text, add_special_tokens=special).tokens


def scores(folder) -> np.ndarray:
    return load_cross_encoder(str(folder)).score("what is red", TEXTS)


def test_what_is_kept_reads_and_scores_as_before(folder, tmp_path):
    out = prune_vocabulary(folder, tmp_path / "small", TEXTS, ALWAYS + 4)
    assert {"▁what", "▁is", "▁red", "▁green"} <= set(vocabulary(out))
    assert len(vocabulary(out)) == ALWAYS + 4 < len(vocabulary(folder))
    assert [tokens(out, text) for text in TEXTS] == [tokens(folder, text) for text in TEXTS]
    np.testing.assert_allclose(scores(out), scores(folder), atol=1e-5)
    config = json.loads((out / "config.json").read_text())
    assert config["vocab_size"] == ALWAYS + 4
    assert (out / "tokenizer_config.json").read_bytes() == (folder / "tokenizer_config.json").read_bytes()


def test_special_tokens_anywhere_in_the_vocabulary_keep_their_part(tmp_path):
    """Special tokens that come last move when words before them are dropped."""
    order = [*range(SPECIAL, len(PIECES)), *range(SPECIAL)]
    number = {old: new for new, old in enumerate(order)}
    processor, model = TOKENIZER["post_processor"], TOKENIZER["model"]
    special = {
        name: token | {"ids": [number[n] for n in token["ids"]]} for name, token in processor["special_tokens"].items()
    }
    tokenizer = TOKENIZER | {
        "added_tokens": [token | {"id": number[token["id"]]} for token in TOKENIZER["added_tokens"]],
        "post_processor": processor | {"special_tokens": special},
        "model": model | {"unk_id": number[model["unk_id"]], "vocab": [model["vocab"][n] for n in order]},
    }
    folder = write_weights(tiny_weights().with_words(order), tokenizer, tmp_path / "whole")
    out = prune_vocabulary(folder, tmp_path / "small", TEXTS, ALWAYS + 4)
    pieces, config = vocabulary(out), json.loads((out / "config.json").read_text())
    assert [pieces[config[f"{name}_token_id"]] for name in ("bos", "pad", "eos")] == ["<s>", "<pad>", "</s>"]
    assert tokens(out, "is é", special=True) == tokens(folder, "is é", special=True)
    np.testing.assert_allclose(scores(out), scores(folder), atol=1e-5)


def test_single_characters_stay_and_the_rest_falls_into_smaller_pieces(folder, tmp_path):
    out = prune_vocabulary(folder, tmp_path / "small", ["is is is"], ALWAYS + 1)
    assert tokens(out, "is水火") == ["▁is", "水", "火"]
    assert tokens(folder, "red") == ["▁red"]
    assert tokens(out, "red")[0] == "▁"
    assert np.isfinite(load_cross_encoder(str(out)).score("is red", ["red"])).all()


def test_of_too_many_single_characters_the_most_frequent_stay(folder, tmp_path):
    out = prune_vocabulary(folder, tmp_path / "small", ["火", "is is is is"], SPECIAL + 2)
    assert vocabulary(out) == [*PIECES[:SPECIAL], "▁", "火"]


def test_texts_are_counted_whole_though_training_left_a_limit(folder, tmp_path):
    """A trained folder's tokenizer.json cuts texts and pads batches."""
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
    tokenizer.save(str(file))
    out = prune_vocabulary(folder, tmp_path / "small", ["is red gold gold gold", "is"], ALWAYS + 1)
    assert vocabulary(out)[-3:] == ["▁gold", "水", "火"]


def test_a_pruned_model_exports(folder, tmp_path):
    pytest.importorskip("onnx")
    from wenyuan.training.export.cross_encoder import export

    out = prune_vocabulary(folder, tmp_path / "small", TEXTS, ALWAYS + 4)
    export(out, tmp_path / "artefact", "fp32")
    np.testing.assert_allclose(scores(tmp_path / "artefact"), scores(folder), atol=1e-4)


def test_fewer_pieces_than_special_tokens_are_refused(folder, tmp_path):
    with pytest.raises(WrongUse, match="3 pieces cannot hold the 4 special tokens"):
        prune_vocabulary(folder, tmp_path / "small", TEXTS, 3)
    assert not (tmp_path / "small").exists()


def test_another_kind_of_tokenizer_is_refused(folder, tmp_path):
    file = folder / "tokenizer.json"
    file.write_text(file.read_text().replace('"Unigram"', '"BPE"'))
    with pytest.raises(WrongUse, match="type BPE"):
        prune_vocabulary(folder, tmp_path / "small", TEXTS, 30)


def test_pruned_tokenizer_is_numbered_anew():
    vocabulary = [[f"piece {n}", -float(n)] for n in range(14)]
    added = [{"id": 0, "content": "<s>"}, {"id": 13, "content": "<mask>"}]
    model = {"unk_id": 3, "vocab": vocabulary, "type": "Unigram"}
    processor = {"single": [], "special_tokens": {"</s>": {"id": "</s>", "ids": [2]}}}
    pruned = prune_tokenizer(
        {"added_tokens": added, "model": model, "post_processor": processor, "version": "1.0"}, [0, 1, 2, 3, 5, 10]
    )
    assert pruned["model"] == {"unk_id": 3, "vocab": [vocabulary[n] for n in (0, 1, 2, 3, 5, 10)], "type": "Unigram"}
    assert pruned["added_tokens"] == [added[0]]
    assert pruned["post_processor"] == processor
    assert pruned["version"] == "1.0"
