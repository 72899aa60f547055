"""Gives an English cross-encoder the words of our bilingual encoder, so that it reads Chinese before it is trained.

The network stays; only its table of words is made anew, a row for each piece of the bilingual tokenizer:
- an ASCII piece takes the row of the same English piece, or the mean of the pieces that it falls into;
- any other piece takes the mean of the English words nearest to it in meaning, as the bilingual encoder sees both
  (WECHSEL, Minixhofer et al. 2022, with an encoder's vectors in the place of aligned static ones).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from wenyuan.training.export.prune import SPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenizers import Tokenizer

    from wenyuan.types import Encoder, Vector

SPECIAL = {"<s>": "[CLS]", "<pad>": "[PAD]", "</s>": "[SEP]", "<unk>": "[UNK]"}
NEIGHBOURS = 10
TEMPERATURE = 0.05  # of the weights of the neighbours, by cosine
_WORD = re.compile(r"[a-z]{2,}|[0-9]+")
_ROWS = 2000  # pieces compared with all words at once


def graft(rows: Vector, english: Tokenizer, pieces: Sequence[str], encoder: Encoder) -> Vector:
    """(words, d) rows of the English tokenizer's vocabulary → (pieces, d) rows of ours, float32."""
    vocabulary = english.get_vocab()
    made = np.empty((len(pieces), rows.shape[1]), np.float32)
    foreign: list[int] = []
    blank = rows[[n for word, n in vocabulary.items() if _WORD.fullmatch(word)]].mean(axis=0)
    for number, piece in enumerate(pieces):
        core = piece.replace(SPACE, "").lower()
        if piece in SPECIAL:
            made[number] = rows[vocabulary[SPECIAL[piece]]]
        elif not core:
            made[number] = blank
        elif core.isascii():
            made[number] = rows[_english(core, piece.startswith(SPACE), english, vocabulary)].mean(axis=0)
        else:
            foreign.append(number)
    made[foreign] = _by_meaning([pieces[n].replace(SPACE, "") for n in foreign], rows, vocabulary, encoder)
    return made


def _english(core: str, starts: bool, english: Tokenizer, vocabulary: dict[str, int]) -> list[int]:
    """The English pieces of an ASCII piece, which begins a word or goes on with one."""
    if not starts and core.isalnum() and (inner := vocabulary.get(f"##{core}")) is not None:
        return [inner]
    if (whole := vocabulary.get(core)) is not None:
        return [whole]
    ids: list[int] = english.encode(core, add_special_tokens=False).ids
    return ids


def _by_meaning(pieces: Sequence[str], rows: Vector, vocabulary: dict[str, int], encoder: Encoder) -> Vector:
    """Means over the nearest English words, brought to the distance that words have from their middle."""
    words = [word for word in vocabulary if _WORD.fullmatch(word)]
    ours, theirs = _centred(encoder.encode_queries(pieces)), _centred(encoder.encode_queries(words))
    known = rows[[vocabulary[word] for word in words]]
    middle = known.mean(axis=0)
    known = known - middle
    made = np.concatenate([_mean_of_nearest(ours[n : n + _ROWS], theirs, known) for n in range(0, len(ours), _ROWS)])
    spread = np.linalg.norm(known, axis=1).mean()
    result: Vector = middle + made * (spread / np.linalg.norm(made, axis=1, keepdims=True))
    return result


def _centred(vectors: Vector) -> Vector:
    """Vectors less their mean, what all of a language share, at unit length."""
    vectors = vectors - vectors.mean(axis=0)
    unit: Vector = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return unit


def _mean_of_nearest(ours: Vector, theirs: Vector, known: Vector) -> Vector:
    cosines = ours @ theirs.T
    nearest = np.argpartition(-cosines, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    weights = np.exp(np.take_along_axis(cosines, nearest, axis=1) / TEMPERATURE)
    weights /= weights.sum(axis=1, keepdims=True)
    mean: Vector = (weights[..., None] * known[nearest]).sum(axis=1)
    return mean
