"""The network of a reader: a BERT cross-encoder that also says where the evidence stands, if there is any.

Beside the relevance of `BertForSequenceClassification` (tensors bert.*, classifier.*) it has two linear heads: `spans`,
start and end logits of each token, and `early`, the relevance by the first token's state after layer `early_layer`.
The first token is the place of no answer: how far the best span scores above it is how answerable the query is.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoTokenizer,
    BertConfig,
    BertModel,
    BertPreTrainedModel,
    PreTrainedTokenizerFast,
    logging,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Encoding

    from wenyuan.training.data.reading import Evidence

OUT = -1e4
"""The logit of a token at which no span may begin or end: so low that its probability is 0, also in float16."""

LONGEST_SPAN = 160  # tokens


class ReaderOutput(NamedTuple):
    """What a reader says of n pairs, float32: relevance (n,), early relevance (n,), start and end logits (n, t, 2)."""

    relevance: Tensor
    early: Tensor
    spans: Tensor


class FoundSpan(NamedTuple):
    """The best span, first and last token, and how far its score is above that of no answer."""

    first: int
    last: int
    margin: float


class BertReader(BertPreTrainedModel):
    """BERT with the heads of a reader; its folder also holds its tokenizer."""

    tokenizer: PreTrainedTokenizerFast

    def __init__(self, config: BertConfig) -> None:
        super().__init__(config)
        self.bert = BertModel(config)
        self.classifier = nn.Linear(config.hidden_size, 1)
        self.spans = nn.Linear(config.hidden_size, 2)
        self.early = nn.Linear(config.hidden_size, 1)
        self.post_init()

    @classmethod
    def open(cls, source: str | Path, early_layer: int | None = None, *, local: bool = True) -> BertReader:
        """The reader in a folder or, with an early layer, new heads on a cross-encoder; float32, without dropout.

        Raises:
            OSError, ValueError, KeyError: as transformers, where there is no BERT or no tokenizer.
        """
        config = AutoConfig.from_pretrained(source, local_files_only=local, num_labels=1, hidden_dropout_prob=0.0)
        if not isinstance(config, BertConfig):
            raise ValueError(f"its architecture is {config.model_type}, not bert")
        if early_layer is not None:
            config.early_layer = early_layer
        with _without_warnings():
            reader: BertReader = cls.from_pretrained(source, config=config, dtype=torch.float32, local_files_only=local)
        reader.tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local)
        return reader

    def forward(self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> ReaderOutput:
        """(n, t) each → the heads; padding is masked out of the attention, not out of the spans."""
        inputs = {"input_ids": input_ids, "token_type_ids": token_type_ids, "attention_mask": attention_mask}
        output = self.bert(**inputs, output_hidden_states=True)
        first = output.hidden_states[self.config.early_layer][:, 0]
        return ReaderOutput(
            self.classifier(output.pooler_output)[:, 0].float(),
            self.early(first)[:, 0].float(),
            self.spans(output.last_hidden_state).float(),
        )

    def encode(self, pairs: Sequence[tuple[str, str]]) -> list[Encoding]:
        """Query and passage as tokens; where both are longer than the tokenizer allows, the longer one is cut."""
        queries, passages = [query for query, _ in pairs], [passage for _, passage in pairs]
        found = self.tokenizer(queries, passages, truncation="longest_first")
        encodings: list[Encoding] = found.encodings
        return encodings

    def save_pretrained(self, save_directory: str | Path, *, create_model_card: bool = False, **options: Any) -> None:  # noqa: ANN401
        """Write network and tokenizer; a run folder has a card of its own, so none is made."""
        del create_model_card
        super().save_pretrained(save_directory, **options)
        self.tokenizer.save_pretrained(save_directory)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """New heads are new on purpose."""
    before = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)


def padded(encodings: Sequence[Encoding]) -> dict[str, Tensor]:
    """The inputs of the network, and `readable` (n, t): the first token and those of the passage."""
    longest = max(len(encoding.ids) for encoding in encodings)
    inputs = {name: torch.zeros(len(encodings), longest, dtype=torch.long) for name in ("input_ids", "token_type_ids")}
    inputs["attention_mask"] = torch.zeros_like(inputs["input_ids"])
    readable = torch.zeros(len(encodings), longest, dtype=torch.bool)
    for row, encoding in enumerate(encodings):
        count = len(encoding.ids)
        inputs["input_ids"][row, :count] = torch.tensor(encoding.ids)
        inputs["token_type_ids"][row, :count] = torch.tensor(encoding.type_ids)
        inputs["attention_mask"][row, :count] = 1
        readable[row, :count] = torch.tensor([sequence == 1 for sequence in encoding.sequence_ids])
    readable[:, 0] = True
    return inputs | {"readable": readable}


def tokens_of(encoding: Encoding, span: Evidence) -> tuple[int, int] | None:
    """First and last token of a span of the passage's characters; None where some of it was cut off."""
    places = [
        (token, start, end)
        for token, (sequence, (start, end)) in enumerate(zip(encoding.sequence_ids, encoding.offsets, strict=True))
        if sequence == 1 and start < end
    ]
    inside = [token for token, start, end in places if end > span[0] and start < span[1]]
    cut = bool(encoding.overflowing) and places[-1:] and places[-1][2] < span[1]
    return None if cut or not inside else (inside[0], inside[-1])


def best_span(logits: NDArray[np.float32]) -> FoundSpan:
    """Start and end logits (t, 2), `OUT` where none may be → the best of spans of at most `LONGEST_SPAN` tokens."""
    starts, ends = logits[1:, 0], logits[1:, 1]
    near = np.tril(np.triu(np.ones((len(starts), len(starts)), bool)), LONGEST_SPAN - 1)
    scores = np.where(near, starts[:, None] + ends, -np.inf)
    first, last = np.unravel_index(int(scores.argmax()), scores.shape)
    return FoundSpan(int(first) + 1, int(last) + 1, float(scores[first, last] - logits[0].sum()))
