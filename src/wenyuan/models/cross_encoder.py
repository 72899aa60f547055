"""Pairs of query and passage to scores: ONNX artefacts of kind "reranker", and Hugging Face cross-encoders."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from wenyuan.errors import WrongModel
from wenyuan.models.artefact import Artefact, locate_as
from wenyuan.models.runtime import Opened, Runtime, check_runtime, open_network
from wenyuan.models.session import batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from wenyuan.types import CrossEncoder, Vector

    Batch = tuple[list[int], NDArray[np.int64], NDArray[np.int64]]

MIN_SPREAD = 0.01  # logits; a fresh head spreads a query's passages by about .02, a trained one by more than 1


def load_cross_encoder(name: str, threads: int = 1, runtime: Runtime = "onnxruntime") -> CrossEncoder:
    """The cross-encoder of this name (see `locate`); its files are checked and read at the first use.

    Raises:
        WrongUse, MissingExtra, Damaged: as `locate`; MissingExtra also without the library of this runtime.
        WrongModel: the model is not a reranker.
    """
    check_runtime(runtime)
    artefact = locate_as("reranker", name, "name a reranker")
    return ArtefactCrossEncoder(artefact, threads, runtime)


class ArtefactCrossEncoder:
    """A cross-encoder of `wenyuan.types.CrossEncoder` over an artefact.

    Pairs run in batches of equal length in tokens: nothing is padded, and a score does not depend on its neighbours.
    """

    def __init__(self, artefact: Artefact, threads: int = 1, runtime: Runtime = "onnxruntime") -> None:
        self.artefact, self.threads, self.runtime = artefact, threads, runtime
        self._lock = Lock()
        self._model: tuple[Tokenizer, Opened] | None = None
        self._truncated = 0

    @property
    def id(self) -> str:
        """Name and content hash."""
        return self.artefact.id

    @property
    def max_tokens(self) -> int:
        """Tokens of a pair beyond which its longer text is truncated, special tokens included."""
        return self.artefact.card.max_tokens

    @property
    def library(self) -> str:
        """What runs the network: "onnxruntime", "openvino" or "torch"; the model is loaded to know it."""
        return self._loaded()[1].library

    def score(self, query: str, passages: Sequence[str]) -> Vector:
        """One raw logit a passage, (n,) float32, in the order of the passages; without passages it only loads."""
        network = self._loaded()[1].network
        scores = np.empty(len(passages), np.float32)
        for batch, ids, types in self.tokens(query, passages):
            logits = network(ids, types)
            if logits.size != len(batch):
                raise WrongModel(f'Model "{self.id}" gives {logits.shape[-1]} scores a pair: name one that gives one.')
            scores[batch] = logits.reshape(-1)
        return scores

    def tokens(self, query: str, passages: Sequence[str]) -> Iterator[Batch]:
        """The pairs of one score as the network reads them: (positions, ids, types), batch by batch."""
        pairs = self._loaded()[0].encode_batch([(query, passage) for passage in passages])
        with self._lock:
            self._truncated += sum(bool(pair.overflowing) for pair in pairs)
        for batch in batches([len(pair) for pair in pairs]):
            ids, types = ([getattr(pairs[n], name) for n in batch] for name in ("ids", "type_ids"))
            yield batch, np.array(ids, np.int64), np.array(types, np.int64)

    def truncated(self) -> int:
        """How many pairs were cut to `max_tokens` since the model was loaded."""
        return self._truncated

    def _loaded(self) -> tuple[Tokenizer, Opened]:
        with self._lock:
            if self._model is None:
                from tokenizers import Tokenizer

                folder, card = self.artefact.folder, self.artefact.card
                self.artefact.verify()
                tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
                tokenizer.enable_truncation(card.max_tokens)  # longest first: of a passage, unless the query is longer
                tokenizer.no_padding()
                opened = open_network(
                    folder / card.network,
                    self.threads,
                    scores=True,
                    runtime=self.runtime,
                    max_tokens=card.max_tokens,
                )
                self._model = tokenizer, opened
            return self._model
