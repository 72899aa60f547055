"""Bilingual words for an English network."""

from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from wenyuan_models.recipes.graft import graft

ENGLISH = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "water", "fire", "stone", "heat", "##er", "he", "##at", "42", "?"]
MEANINGS = {"水": "water", "火": "fire"}


class Encoder:
    """Gives a text and what it means the same direction; all else is orthogonal."""

    def encode_queries(self, texts):
        names = [MEANINGS.get(text, text) for text in texts]
        words = sorted({*ENGLISH, *MEANINGS.values()})
        return np.stack([np.eye(len(words) + 1, dtype=np.float32)[words.index(name)] for name in names])


@pytest.fixture
def english() -> Tokenizer:
    return Tokenizer(WordPiece({word: n for n, word in enumerate(ENGLISH)}, unk_token="[UNK]"))


@pytest.fixture
def rows(monkeypatch):
    monkeypatch.setattr("wenyuan_models.recipes.graft.NEIGHBOURS", 1)
    return np.random.default_rng(0).normal(size=(len(ENGLISH), 8)).astype(np.float32)


def row_of(piece, rows, english):
    (row,) = graft(rows, english, [piece, "水", "火"], Encoder())[:1]
    return row


@pytest.mark.parametrize(
    ("piece", "word"),
    [
        ("<s>", "[CLS]"),
        ("</s>", "[SEP]"),
        ("<pad>", "[PAD]"),
        ("▁water", "water"),
        ("▁Water", "water"),
        ("er", "##er"),
        ("▁?", "?"),
    ],
)
def test_an_english_piece_takes_the_row_of_the_same_piece(piece, word, rows, english):
    np.testing.assert_array_equal(row_of(piece, rows, english), rows[ENGLISH.index(word)])


def test_a_word_that_english_cuts_takes_the_mean_of_its_pieces(rows, english):
    expected = rows[[ENGLISH.index("he"), ENGLISH.index("##er")]].mean(axis=0)
    np.testing.assert_allclose(row_of("▁heer", rows, english), expected, rtol=1e-6)


def test_a_chinese_piece_lies_where_the_english_word_of_its_meaning_lies(rows, english):
    water, fire = graft(rows, english, ["水", "火"], Encoder())
    words = [ENGLISH.index(word) for word in ("water", "fire", "stone", "heat", "he", "42")]
    middle = rows[words].mean(axis=0)

    def cosine(one, other):
        return one @ other / np.linalg.norm(one) / np.linalg.norm(other)

    assert cosine(water - middle, rows[ENGLISH.index("water")] - middle) > 0.999
    assert cosine(fire - middle, rows[ENGLISH.index("fire")] - middle) > 0.999


def test_the_space_alone_means_nothing_in_particular(rows, english):
    words = [ENGLISH.index(word) for word in ("water", "fire", "stone", "heat", "he", "42")]
    np.testing.assert_allclose(row_of("▁", rows, english), rows[words].mean(axis=0), rtol=1e-5)
