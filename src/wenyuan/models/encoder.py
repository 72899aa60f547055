"""Texts to unit vectors with an ONNX encoder."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from wenyuan.errors import WrongModel
from wenyuan.models.artefact import Artefact, locate
from wenyuan.models.runtime import open_network
from wenyuan.models.session import Network, batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenizers import Tokenizer

    from wenyuan.types import Encoder, Vector

REMEMBERED_QUERIES = 1024


def load_encoder(name: str, threads: int = 1) -> Encoder:
    """The encoder of this name (see `locate`); its files are checked and read at the first use.

    Raises:
        WrongUse, MissingExtra, Damaged: as `locate`.
        WrongModel: the model is not an encoder.
    """
    artefact = locate(name)
    if artefact.card.kind != "encoder":
        raise WrongModel(f'Model "{name}" is of kind "{artefact.card.kind}": name an encoder.')
    return OnnxEncoder(artefact, threads)


class OnnxEncoder:
    """An encoder of `wenyuan.types.Encoder` over an artefact.

    Texts run in batches of equal length in tokens: nothing is padded, and a vector does not depend on its neighbours.
    """

    def __init__(self, artefact: Artefact, threads: int = 1) -> None:
        self.artefact, self.threads = artefact, threads
        self._lock = Lock()
        self._model: tuple[Tokenizer, Network] | None = None
        self._truncated = 0
        self._query = lru_cache(REMEMBERED_QUERIES)(self._encode_query)

    @property
    def id(self) -> str:
        """Name and content hash."""
        return self.artefact.id

    @property
    def dimension(self) -> int:
        """Components of a vector."""
        return self.artefact.card.dimension

    @property
    def max_tokens(self) -> int:
        """Tokens of one text beyond which it is truncated, prefix and special tokens included."""
        return self.artefact.card.max_tokens

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """(n,) texts → (n, d) float32 unit vectors, in the order of the texts."""
        prefix = self.artefact.card.passage_prefix
        return self._encode([prefix + text for text in texts])

    def encode_queries(self, texts: Sequence[str]) -> Vector:
        """(n,) texts → (n, d) float32 unit vectors; the last single queries are remembered."""
        if len(texts) == 1:
            return self._query(texts[0]).copy()
        prefix = self.artefact.card.query_prefix
        return self._encode([prefix + text for text in texts])

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without prefix and special tokens, never truncated."""
        encodings = self._loaded()[0].encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def truncated(self) -> int:
        """How many texts were cut to `max_tokens` since the model was loaded."""
        return self._truncated

    def _encode_query(self, text: str) -> Vector:
        return self._encode([self.artefact.card.query_prefix + text])

    def _encode(self, texts: Sequence[str]) -> Vector:
        tokenizer, network = self._loaded()
        rows = [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]
        too_long = [n for n, row in enumerate(rows) if len(row) > self.max_tokens]
        for n in too_long:
            rows[n] = rows[n][: self.max_tokens - 1] + rows[n][-1:]  # the last one closes the text
        with self._lock:
            self._truncated += len(too_long)
        vectors = np.empty((len(rows), self.dimension), np.float32)
        for batch in batches([len(row) for row in rows]):
            vectors[batch] = self._pool(network(np.array([rows[n] for n in batch], np.int64)))
        return vectors

    def _pool(self, output: Vector) -> Vector:
        """Vectors of tokens → unit vectors of texts, where the network does not do it itself."""
        match self.artefact.card.pooling:
            case "none":
                return output
            case "mean":
                output = output.mean(axis=1)
            case "cls":
                output = output[:, 0]
            case "last":
                output = output[:, -1]
        unit: Vector = output / np.maximum(np.linalg.norm(output, axis=1, keepdims=True), 1e-12)
        return unit

    def _loaded(self) -> tuple[Tokenizer, Network]:
        with self._lock:
            if self._model is None:
                from tokenizers import Tokenizer

                folder, card = self.artefact.folder, self.artefact.card
                self.artefact.verify()
                tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
                tokenizer.no_truncation()
                tokenizer.no_padding()
                self._model = tokenizer, open_network(folder / card.network, self.threads).network
            return self._model
