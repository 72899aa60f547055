"""The loss of a reader, in float32: L = L_relevance + early · L_early + span · L_span.

- L_relevance is listwise cross-entropy over the passages of a query, whose target is their grades brought to a sum of 1
  (ListNet's top-one probabilities, Cao et al. 2007); near-misses have no grades and no part in it;
- L_early is the same of the early exit;
- L_span is the mean of the cross-entropies of start and end over the tokens of a passage, whose target is the evidence,
  or the first token where there is none (Devlin et al. 2019, SQuAD 2.0). A passage whose evidence was cut off, or is
  not marked, has no part in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from wenyuan.training.losses.ranking import by_length
from wenyuan.training.reader import OUT, ReaderOutput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wenyuan.training.config import Heads

IGNORED = -100
"""The target of a passage whose span is not learnt."""

_INPUTS = ("input_ids", "token_type_ids", "attention_mask")


def listwise(scores: Tensor, grades: Tensor) -> Tensor:
    """Scalar: cross-entropy of the scores (n,) of a query's passages to their grades (n,), which are not all 0."""
    return F.cross_entropy(scores, grades / grades.sum())


def span_losses(logits: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """(n, t, 2) logits, first and last tokens (n,) → (n,); 0 where they are `IGNORED`."""
    first = F.cross_entropy(logits[..., 0], starts, ignore_index=IGNORED, reduction="none")
    last = F.cross_entropy(logits[..., 1], ends, ignore_index=IGNORED, reduction="none")
    return (first + last) / 2


class ReadingLoss:
    """The weighted parts of the loss of a batch: pairs of q queries, n in all, with what they should give.

    A batch has the inputs of the network and `readable` (n, t), `starts` and `ends` (n,) as tokens, `grades` (n,),
    `primary` (n,) for the passage that each query is asked about, and `sizes` (q,), how many passages each query has.
    """

    def __init__(self, heads: Heads) -> None:
        self.heads = heads

    def __call__(self, model: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Relevance and early exit are means over the queries with grades, spans over all queries of the batch."""
        output = _read(model, batch)
        sizes = batch["sizes"].tolist()
        groups = list(zip(*(part.split(sizes) for part in (*output[:2], batch["grades"])), strict=True))
        graded = [group for group in groups if group[2].sum() > 0 and len(group[2]) > 1]
        nothing = (output.relevance + output.early).sum() * 0  # keeps both heads in the graph of a batch without grades
        relevance = sum((listwise(scores, grades) for scores, _, grades in graded), nothing) / max(1, len(graded))
        early = sum((listwise(scores, grades) for _, scores, grades in graded), nothing) / max(1, len(graded))
        weights = torch.where(batch["primary"], 1.0, self.heads.other_span)
        spans = weights * span_losses(output.spans, batch["starts"], batch["ends"]) / len(sizes)
        marked = batch["starts"] > 0
        return {
            "relevance": relevance,
            "early": self.heads.early * early,
            "evidence": self.heads.span * spans[marked].sum(),
            "null": self.heads.span * spans[~marked].sum(),
        }


def _read(model: nn.Module, batch: Mapping[str, Tensor]) -> ReaderOutput:
    """What the model says of the pairs, in their order, read in passes of similar length."""
    mask = batch["attention_mask"]
    longest, passes, rows = mask.shape[1], [], list(by_length(mask, mask.device))
    for row in rows:
        used = int(mask[row].sum(1).max())
        output = model(**{name: batch[name][row, :used] for name in _INPUTS})
        spans = output.spans.masked_fill(~batch["readable"][row, :used, None], OUT)
        passes.append(output._replace(spans=F.pad(spans, (0, 0, 0, longest - used), value=OUT)))
    back = torch.cat(rows).argsort().to(mask.device)
    return ReaderOutput(*(torch.cat(parts)[back] for parts in zip(*passes, strict=True)))
