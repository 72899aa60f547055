"""Texts to unit vectors with an ONNX encoder."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from wenyuan.errors import WrongModel
from wenyuan.models.artefact import Artefact, locate_as
from wenyuan.models.runtime import open_network
from wenyuan.models.session import batches, open_outputs, with_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from wenyuan.types import Encoder, Vector

    Network = Callable[[NDArray[np.int64]], tuple[Vector, Vector | None]]  # ids → vectors of texts, of their tokens

REMEMBERED_QUERIES = 1024


def load_encoder(name: str, threads: int = 1) -> Encoder:
    """The encoder of this name (see `locate`); its files are checked and read at the first use.

    Raises:
        WrongUse, MissingExtra, Damaged: as `locate`.
        WrongModel: the model is not an encoder.
    """
    artefact = locate_as("encoder", name, "name an encoder")
    return OnnxEncoder(artefact, threads)


class OnnxEncoder:
    """An encoder of `wenyuan.types.Encoder` over an artefact.

    Texts run in batches of equal length in tokens: nothing is padded, and a vector does not depend on its neighbours.
    """

    def __init__(self, artefact: Artefact, threads: int = 1) -> None:
        self.artefact, self.threads = artefact, threads
        self._lock = Lock()
        self._model: tuple[Tokenizer, Network] | None = None
        self._shows_tokens = False
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

    def show_tokens(self) -> None:
        """Have the network give the vectors of tokens, too: for `read_passages` and `read_query`; it costs memory."""
        with self._lock:
            if not self._shows_tokens:
                self._shows_tokens, self._model = True, None
                self._query.cache_clear()

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """(n,) texts → (n, d) float32 unit vectors, in the order of the texts."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for batch, rows, _ in self._encoded(texts, self.artefact.card.passage_prefix):
            vectors[batch] = rows
        return vectors

    def read_passages(self, texts: Sequence[str]) -> tuple[Vector, list[Vector]]:
        """As `encode_passages`, with the vectors of each text's tokens: (tokens, hidden), of what was added none.

        Raises:
            WrongModel: the network shows no vectors of tokens, or was not asked to (`show_tokens`).
        """
        prefix = self.artefact.card.passage_prefix
        vectors = np.empty((len(texts), self.dimension), np.float32)
        tokens: list[Vector] = [np.empty((0, 0), np.float32)] * len(texts)
        for batch, rows, inner in self._encoded(texts, prefix):
            vectors[batch] = rows
            for n, each in zip(batch, self._own(inner, prefix), strict=True):
                tokens[n] = each
        return vectors, tokens

    def encode_queries(self, texts: Sequence[str]) -> Vector:
        """(n,) texts → (n, d) float32 unit vectors; the last single queries are remembered."""
        if len(texts) == 1:
            return self._query(texts[0])[0].copy()
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for batch, rows, _ in self._encoded(texts, self.artefact.card.query_prefix):
            vectors[batch] = rows
        return vectors

    def forget_queries(self) -> None:
        """The next query is encoded, whatever was asked before."""
        self._query.cache_clear()

    def read_query(self, text: str) -> Vector:
        """The vectors of a query's tokens, as `read_passages`; they are remembered with the query's own."""
        tokens: Vector = self._own(self._query(text)[1], self.artefact.card.query_prefix)[0]
        return tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without prefix and special tokens, never truncated."""
        encodings = self._loaded()[0].encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in encodings]

    def truncated(self) -> int:
        """How many texts were cut to `max_tokens` since the model was loaded."""
        return self._truncated

    def _encode_query(self, text: str) -> tuple[Vector, Vector | None]:
        ((_, vector, tokens),) = self._encoded([text], self.artefact.card.query_prefix)
        return vector, tokens

    def _encoded(self, texts: Sequence[str], prefix: str) -> Iterator[tuple[list[int], Vector, Vector | None]]:
        """Batch by batch: positions of texts, their vectors (batch, d), and their tokens' (batch, tokens, hidden)."""
        tokenizer, network = self._loaded()
        rows = [encoding.ids for encoding in tokenizer.encode_batch_fast([prefix + text for text in texts])]
        too_long = [n for n, row in enumerate(rows) if len(row) > self.max_tokens]
        for n in too_long:
            rows[n] = rows[n][: self.max_tokens - 1] + rows[n][-1:]  # the last one closes the text
        with self._lock:
            self._truncated += len(too_long)
        for batch in batches([len(row) for row in rows]):
            yield batch, *network(np.array([rows[n] for n in batch], np.int64))

    def _own(self, tokens: Vector | None, prefix: str) -> Vector:
        """(batch, tokens, hidden) less prefix, opening and closing token; a text that has no more keeps one."""
        if tokens is None:
            raise WrongModel(f'Model "{self.id}" shows no vectors of tokens: set `[rerank] coarse = 0`.')
        added = len(self._loaded()[0].encode(prefix.strip()).ids) - 1  # all but the closing one
        own = tokens[:, added:-1]
        return own if own.shape[1] else tokens[:, -1:]

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

                self.artefact.verify()
                tokenizer = Tokenizer.from_file(str(self.artefact.folder / "tokenizer.json"))
                tokenizer.no_truncation()
                tokenizer.no_padding()
                self._model = tokenizer, self._open()
            return self._model

    def _open(self) -> Network:
        """The network, with the vectors of tokens where it shows them."""
        graph, card = self.artefact.folder / self.artefact.card.network, self.artefact.card
        if card.tokens and self._shows_tokens:
            run_all = open_outputs(with_output(graph.read_bytes(), card.tokens), self.threads)

            def both(ids: NDArray[np.int64]) -> tuple[Vector, Vector | None]:
                vectors, tokens = run_all(ids)
                return self._pool(vectors), tokens

            return both
        run = open_network(graph, self.threads).network

        def pooled(ids: NDArray[np.int64]) -> tuple[Vector, Vector | None]:
            output = run(ids)
            return self._pool(output), output if output.ndim == 3 else None

        return pooled
