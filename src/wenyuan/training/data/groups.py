"""Examples as a listwise loss wants them: one query with its passages a row, batches of nearly equal length."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from sentence_transformers.base.sampler import DefaultBatchSampler

from wenyuan.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from datasets import Dataset

    from wenyuan.training.data.examples import Example

_BLOCK = 64  # batches sorted together: the order stays random over a range longer than this


@dataclass(frozen=True, slots=True)
class Group:
    """A query with n passages: `hard` is 1.0 for a positive one, `teacher` the raw logits (zeros without a teacher)."""

    query: str
    passages: tuple[str, ...]
    hard: tuple[float, ...]
    teacher: tuple[float, ...]
    weight: float = 1.0


def make_groups(examples: Sequence[Example], weights: Sequence[float], size: int, seed: int) -> list[Group]:
    """One group of at most `size` passages an example: one positive, the rest drawn from its negatives.

    An example without labels but with a teacher's scores is kept (all its `hard` are 0); one that compares nothing is
    left out. SourceError when nothing is left.
    """
    draw = random.Random(seed)  # noqa: S311
    groups = [_group(example, weight, size, draw) for example, weight in zip(examples, weights, strict=True)]
    kept = [group for group in groups if len(group.passages) > 1]
    if not kept:
        raise SourceError("No example has both a positive and a negative passage; add negatives to the training file.")
    return kept


def _group(example: Example, weight: float, size: int, draw: random.Random) -> Group:
    positives = list(zip(example.positives, example.positive_scores or [0.0] * len(example.positives), strict=True))
    negatives = list(zip(example.negatives, example.negative_scores or [0.0] * len(example.negatives), strict=True))
    first = [draw.choice(positives)] if positives else []
    rest = draw.sample(negatives, min(len(negatives), size - len(first)))
    if not first and not example.negative_scores:
        rest = []
    passages, teacher = zip(*(first + rest), strict=True) if first + rest else ((), ())
    return Group(example.query, passages, (1.0,) * len(first) + (0.0,) * len(rest), teacher, weight)


def as_dataset(groups: Sequence[Group]) -> Dataset:
    """Columns `query`, `passages`, `labels`: three rows of n numbers each: hard, teacher, weight."""
    from datasets import Dataset

    labels = [[list(g.hard), list(g.teacher), [g.weight] * len(g.passages)] for g in groups]
    passages = [list(group.passages) for group in groups]
    return Dataset.from_dict({"query": [group.query for group in groups], "passages": passages, "labels": labels})


def lengths(groups: Sequence[Group], count: Callable[[list[str]], list[int]], max_tokens: int) -> list[int]:
    """Tokens of the longest pair of each group: what the whole batch is padded to."""
    queries = count([group.query for group in groups])
    passages = iter(count([passage for group in groups for passage in group.passages]))
    longest = [max(next(passages) for _ in group.passages) for group in groups]
    return [min(max_tokens, query + passage) for query, passage in zip(queries, longest, strict=True)]


class LengthBatches(DefaultBatchSampler):
    """Batches of rows of similar length, in an order drawn anew each epoch from the seed alone.

    With `in_order` the rows keep their order but for sorting inside blocks of batches, as a curriculum needs.
    """

    def __init__(self, rows: Sequence[int], in_order: bool = False, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self.rows, self.in_order = rows, in_order

    def __iter__(self) -> Iterator[list[int]]:
        """Positions of the rows of each batch."""
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        count = len(self.rows)
        order = list(range(count)) if self.in_order else torch.randperm(count, generator=generator).tolist()
        span = self.batch_size * _BLOCK
        for start in range(0, count, span):
            block = sorted(order[start : start + span], key=self.rows.__getitem__)
            batches = [block[at : at + self.batch_size] for at in range(0, len(block), self.batch_size)]
            for at in torch.randperm(len(batches), generator=generator).tolist():
                if len(batches[at]) == self.batch_size or not self.drop_last:
                    yield batches[at]

    def __len__(self) -> int:
        """Batches of an epoch; only the last block can have a short one."""
        rows, size = len(self.rows), int(self.batch_size)
        return rows // size if self.drop_last else -(-rows // size)
