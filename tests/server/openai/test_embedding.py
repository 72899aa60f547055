"""Texts to vectors, for whoever asks."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from fakes import word_encoder
from wenyuan.server.errors import Refused
from wenyuan.server.openai.bodies import EmbeddingsBody
from wenyuan.server.openai.embedding import CHARACTERS, TEXTS, embedded, texts_of

ENCODER = word_encoder(max_tokens=8)


def made(texts: list[str], gone: bool = False, **fields: Any) -> dict[str, Any]:
    body = EmbeddingsBody.model_validate({"model": "m", "input": texts, **fields})
    return embedded(ENCODER, body, texts_of(texts), lambda: gone)


def test_vectors_come_in_the_order_of_the_texts_with_the_tokens_counted() -> None:
    texts = [f"pump {n}" for n in range(70)]
    found = made(texts)
    assert [each["index"] for each in found["data"]] == list(range(70))
    assert np.array([each["embedding"] for each in found["data"]]) == pytest.approx(ENCODER.encode_passages(texts))
    assert found["usage"]["total_tokens"] == sum(ENCODER.count_tokens(texts))
    assert found["model"] == ENCODER.id


def test_base64_is_of_floats_with_the_lowest_byte_first() -> None:
    (one,) = made(["pump"], encoding_format="base64", dimensions=ENCODER.dimension)["data"]
    assert np.array_equal(np.frombuffer(base64.b64decode(one["embedding"]), "<f4"), ENCODER.encode_queries(["pump"])[0])


@pytest.mark.parametrize(
    "given",
    [[], [""], ["x", "\n"], [1, 2], [[1]], ["x", 1], ["x"] * (TEXTS + 1), ["x" * (CHARACTERS // 2 + 1)] * 2],
)
def test_what_are_no_texts_is_refused(given: list[Any]) -> None:
    with pytest.raises(Refused) as refused:
        texts_of(given)
    assert (refused.value.status, refused.value.param) == (400, "input")


def test_a_text_longer_than_the_model_reads_is_not_cut_in_silence() -> None:
    with pytest.raises(Refused, match="Text 2 of the input has 9 tokens, and the model reads 8"):
        made(["pump", "a b c d e f g h i"])
    with pytest.raises(Refused, match="96 dimensions"):
        made(["pump"], dimensions=95)


def test_nothing_is_encoded_for_a_caller_who_is_gone() -> None:
    assert made(["pump"], gone=True) == {}
