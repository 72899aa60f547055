"""Pairs of query and passage to scores: ONNX artefacts of kind "reranker", and Hugging Face cross-encoders.

An artefact whose card names the heads "logit" and "spans" is a reader: from the same pass it tells where in a passage
the answer stands (start and end logits over the tokens), and by how much that beats no answer, which the first token
stands for (Devlin et al. 2019, SQuAD 2.0).
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from wenyuan.errors import WrongModel
from wenyuan.models.artefact import Artefact, locate_as
from wenyuan.models.runtime import Opened, Runtime, check_runtime, open_network
from wenyuan.models.session import batches
from wenyuan.types import AnswerSpan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

    from wenyuan.types import CrossEncoder, Spans, Vector

    Batch = tuple[list[int], NDArray[np.int64], NDArray[np.int64]]

SPANS = "spans"  # the head of a reader, after that of the score
SPAN_TOKENS = 160  # the longest span
SPANS_SEEN = 4  # of a passage
_STARTS = 20  # the likeliest of them are tried

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

    @property
    def has_spans(self) -> bool:
        """Whether the network has heads for the place of the answer."""
        return SPANS in self.artefact.card.heads

    def read_spans(self, query: str, passages: Sequence[str], bodies: Sequence[int]) -> tuple[Vector, list[Spans]]:
        """The logits, (n,) float32, and the best spans of each passage behind its heading; see `SpanReader`."""
        if not self.has_spans or not passages:
            return self.score(query, passages), []
        run = self._loaded()[1].heads
        assert run
        pairs, scores = self._encoded(query, passages), np.empty(len(passages), np.float32)
        spans: list[Spans] = [()] * len(passages)
        for batch, ids, types in _batched(pairs):
            logits, ends = run(ids, types)
            scores[batch] = logits.reshape(-1)
            for n, each in zip(batch, ends, strict=True):
                found = _best_spans(pairs[n], each, bodies[n], passages[n])
                spans[n] = tuple(AnswerSpan(*place, float(scores[n])) for place in found)
        return scores, spans

    def tokens(self, query: str, passages: Sequence[str]) -> Iterator[Batch]:
        """The pairs of one score as the network reads them: (positions, ids, types), batch by batch."""
        return _batched(self._encoded(query, passages))

    def _encoded(self, query: str, passages: Sequence[str]) -> list[Encoding]:
        pairs: list[Encoding] = self._loaded()[0].encode_batch([(query, passage) for passage in passages])
        with self._lock:
            self._truncated += sum(bool(pair.overflowing) for pair in pairs)
        return pairs

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
                    runtime="onnxruntime" if self.has_spans else self.runtime,  # the others give one output
                    max_tokens=card.max_tokens,
                )
                self._model = tokenizer, opened
            return self._model


def _batched(pairs: Sequence[Encoding]) -> Iterator[Batch]:
    for batch in batches([len(pair) for pair in pairs]):
        ids, types = ([getattr(pairs[n], name) for n in batch] for name in ("ids", "type_ids"))
        yield batch, np.array(ids, np.int64), np.array(types, np.int64)


def _best_spans(
    pair: Encoding, logits: NDArray[np.float32], body: int, passage: str
) -> Iterator[tuple[int, int, float]]:
    """(start, end, margin) of the best spans behind the heading, which share no token, the best first.

    A span's score is the sum of its start's and its end's logit, (tokens, 2); its margin that over the first token's.
    """
    allowed = [
        n
        for n, (sequence, (start, end)) in enumerate(zip(pair.sequence_ids, pair.offsets, strict=True))
        if sequence == 1 and end > start >= body
    ]
    ends, nothing = logits[allowed], float(logits[0].sum())
    free = np.ones(len(allowed), bool)
    for _ in range(SPANS_SEEN):
        if not free.any():
            return
        score, first, last = _best_pair(ends, free)
        free[first : last + 1] = False
        start, end = pair.offsets[allowed[first]][0], pair.offsets[allowed[last]][1]
        words = passage[start:end]  # a token may hold the space before it
        yield start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip()), score - nothing


def _best_pair(logits: NDArray[np.float32], free: NDArray[np.bool_]) -> tuple[float, int, int]:
    """The highest sum of a start's and an end's logit, (n, 2), within a stretch of free tokens: (sum, first, last)."""
    best = (-np.inf, 0, 0)
    for n in [n for n in np.argsort(-logits[:, 0], kind="stable").tolist() if free[n]][:_STARTS]:
        taken = np.flatnonzero(~free[n : n + SPAN_TOKENS])
        within = logits[n : n + (int(taken[0]) if len(taken) else SPAN_TOKENS), 1]
        last = int(within.argmax())
        best = max(best, (float(logits[n, 0] + within[last]), n, n + last), key=lambda found: found[0])
    return best
