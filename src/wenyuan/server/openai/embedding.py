"""Texts to vectors, for whoever asks: checked, encoded batch by batch, written as OpenAI writes them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wenyuan.server.errors import Refused
from wenyuan.server.openai.bodies import EmbeddingsBody
from wenyuan.types import Encoder, Vector

TEXTS = 2_048
CHARACTERS = 1_000_000
"""Of all texts of a request together."""

_BATCH = 32  # texts between two looks whether the caller is still there
_ASKS = ("query", "search_query")


def texts_of(given: str | Sequence[Any]) -> list[str]:
    """The texts of a request.

    Raises:
        Refused: there are none or too many, one is empty, or they are no texts.
    """
    texts = [given] if isinstance(given, str) else list(given)
    if not all(isinstance(text, str) for text in texts):
        raise _wrong(
            "The input is no text; send texts, not numbers of tokens, for every model has tokens of its own "
            "(in LangChain: check_embedding_ctx_length=False)."
        )
    if not 0 < len(texts) <= TEXTS:
        raise _wrong(f"The input has {len(texts)} texts; send 1 to {TEXTS} at once.")
    if not all(text.strip() for text in texts):
        raise _wrong("A text of the input is empty; leave it out.")
    if (characters := sum(map(len, texts))) > CHARACTERS:
        raise _wrong(f"The input has {characters} characters; send at most {CHARACTERS} at once.")
    return texts


def embedded(encoder: Encoder, body: EmbeddingsBody, texts: Sequence[str], gone: Callable[[], bool]) -> dict[str, Any]:
    """The response, or nothing where the caller is gone.

    Raises:
        Refused: a text is longer than the model reads, or vectors of another size are wanted.
    """
    if body.dimensions not in (None, encoder.dimension):
        sentence = f"Vectors of this model have {encoder.dimension} dimensions; leave out `dimensions`."
        raise Refused(400, "unsupported_value", sentence, param="dimensions")
    counts = encoder.count_tokens(texts)
    for n, count in enumerate(counts, 1):
        if count > encoder.max_tokens:
            sentence = f"Text {n} of the input has {count} tokens, and the model reads {encoder.max_tokens}; split it."
            raise Refused(400, "context_length_exceeded", sentence, param="input")
    encode = encoder.encode_queries if body.input_type in _ASKS else encoder.encode_passages
    vectors: list[Vector] = []
    for at in range(0, len(texts), _BATCH):
        if gone():
            return {}
        vectors.extend(encode(texts[at : at + _BATCH]))
    shown = _base64 if body.encoding_format == "base64" else _floats
    data = [{"object": "embedding", "index": n, "embedding": shown(vector)} for n, vector in enumerate(vectors)]
    usage = {"prompt_tokens": sum(counts), "total_tokens": sum(counts)}
    return {"object": "list", "data": data, "model": encoder.id, "usage": usage}


def _floats(vector: Vector) -> list[float]:
    return [float(value) for value in vector]


def _base64(vector: Vector) -> str:
    """32-bit floats, the lowest byte first."""
    return base64.b64encode(np.asarray(vector, "<f4").tobytes()).decode()


def _wrong(sentence: str) -> Refused:
    return Refused(400, "invalid_value", sentence, param="input")
