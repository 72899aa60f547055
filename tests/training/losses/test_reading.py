"""The loss of a reader against values computed by hand: grades, near-misses, spans with and without evidence, masks."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from wenyuan.training.config import Heads  # noqa: E402
from wenyuan.training.losses.reading import IGNORED, ReadingLoss, listwise, span_losses  # noqa: E402
from wenyuan.training.reader import ReaderOutput  # noqa: E402


class Given(torch.nn.Module):
    """Says of each pair what its first tokens name; every other token has the logits 0."""

    def __init__(self, relevance, early, tokens):
        super().__init__()
        self.values = torch.nn.Parameter(torch.tensor([relevance, early]))
        self.tokens = tokens
        self.lengths = []

    def forward(self, input_ids, token_type_ids, attention_mask):
        del token_type_ids
        self.lengths.append(input_ids.shape[1])
        row = input_ids[:, 0]
        spans = torch.zeros(*input_ids.shape, 2)
        for place, number in enumerate(row.tolist()):
            for token, (start, end) in self.tokens.get(number, {}).items():
                spans[place, token] = torch.tensor([start, end])
        return ReaderOutput(self.values[0][row], self.values[1][row], spans * attention_mask[..., None])


def batch(sizes, grades, targets, lengths, first_readable=2):
    """Pairs of these lengths, the first `first_readable` tokens of which are the query."""
    count, longest = len(grades), max(lengths)
    mask = torch.tensor([[int(token < length) for token in range(longest)] for length in lengths])
    readable = mask.bool() & (torch.arange(longest) >= first_readable)
    readable[:, 0] = True
    primary = [place == 0 for size in sizes for place in range(size)]
    return {
        "input_ids": torch.arange(count)[:, None].expand(count, longest),
        "token_type_ids": torch.zeros_like(mask),
        "attention_mask": mask,
        "readable": readable,
        "starts": torch.tensor([first for first, _ in targets]),
        "ends": torch.tensor([last for _, last in targets]),
        "grades": torch.tensor(grades),
        "primary": torch.tensor(primary),
        "sizes": torch.tensor(sizes),
    }


def softmax_loss(value: float, *all_values: float) -> float:
    return math.log(sum(map(math.exp, all_values))) - value


def test_a_list_is_compared_with_its_grades() -> None:
    scores = torch.tensor([2.0, 1.0, 0.0])
    one = softmax_loss(2, 2, 1, 0)
    assert listwise(scores, torch.tensor([3.0, 0, 0])).item() == pytest.approx(one)
    both = 3 / 5 * one + 2 / 5 * softmax_loss(1, 2, 1, 0)
    assert listwise(scores, torch.tensor([3.0, 2.0, 0])).item() == pytest.approx(both)


def test_a_span_is_the_mean_of_start_and_end_and_none_is_the_first_token() -> None:
    logits = torch.tensor([[[0.0, 1.0], [2.0, 0.0], [0.0, 3.0]]]).repeat(3, 1, 1)
    losses = span_losses(logits, torch.tensor([1, 0, IGNORED]), torch.tensor([2, 0, IGNORED]))
    marked = (softmax_loss(2, 0, 2, 0) + softmax_loss(3, 1, 0, 3)) / 2
    none = (softmax_loss(0, 0, 2, 0) + softmax_loss(1, 1, 0, 3)) / 2
    assert losses.tolist() == pytest.approx([marked, none, 0.0])


def test_the_parts_are_means_over_the_queries_with_their_weights() -> None:
    """A question with two passages, and a near-miss with two."""
    tokens = {0: {2: (1.0, 0.0), 3: (0.0, 2.0)}, 2: {2: (1.0, 1.0)}}
    model = Given([2.0, 1.0, 5.0, 6.0], [0.5, 0.0, 0.0, 0.0], tokens)
    given = batch([2, 2], [3.0, 0.0, 0.0, 0.0], [(2, 3), (0, 0), (0, 0), (0, 0)], [5, 5, 5, 5])
    parts = ReadingLoss(Heads(early=0.3, span=2.0, other_span=0.25))(model, given)
    assert parts["relevance"].item() == pytest.approx(softmax_loss(2, 2, 1))
    assert parts["early"].item() == pytest.approx(0.3 * softmax_loss(0.5, 0.5, 0))
    evidence = (softmax_loss(1, 0, 1, 0, 0) + softmax_loss(2, 0, 0, 2, 0)) / 2  # token 1 is the query's
    assert parts["evidence"].item() == pytest.approx(2 * evidence / 2)
    near_miss, plain = softmax_loss(0, 0, 1, 0, 0), math.log(4)
    assert parts["null"].item() == pytest.approx(2 * (0.25 * plain + near_miss + 0.25 * plain) / 2)


def test_evidence_that_is_not_seen_has_no_part_and_a_batch_of_near_misses_still_has_a_gradient() -> None:
    model = Given([1.0, 1.0], [0.0, 0.0], {})
    unseen = batch([2], [3.0, 0.0], [(IGNORED, IGNORED), (0, 0)], [4, 4])
    parts = ReadingLoss(Heads())(model, unseen)
    assert parts["evidence"].item() == 0
    assert parts["null"].item() == pytest.approx(0.25 * math.log(3))
    misses = batch([2], [0.0, 0.0], [(0, 0), (0, 0)], [4, 4])
    parts = ReadingLoss(Heads())(model, misses)
    assert (parts["relevance"].item(), parts["early"].item()) == (0, 0)
    sum(parts.values()).backward()
    assert model.values.grad.tolist() == [[0, 0], [0, 0]]


def test_neither_padding_nor_the_order_of_the_passes_changes_a_thing() -> None:
    """Forty pairs of two lengths: read in passes of like length, given back in their order."""
    count = 40
    relevance = [float(n % 7) for n in range(count)]
    tokens = {n: {2: (float(n % 3), 1.0)} for n in range(count)}
    lengths = [4 if n % 2 else 9 for n in range(count)]
    targets = [(2, 2) if n % 4 == 0 else (0, 0) for n in range(count)]
    grades = [3.0 if n % 4 == 0 else 0.0 for n in range(count)]
    model = Given(relevance, relevance, tokens)
    together = batch([4] * 10, grades, targets, lengths)
    parts = ReadingLoss(Heads())(model, together)
    assert model.lengths == [4, 9, 9]  # 16 short ones, 4 short ones with 12 long ones, 8 long ones
    alone = []
    for start in range(0, count, 4):
        four = {name: values[start : start + 4] for name, values in together.items() if name != "sizes"}
        alone.append(ReadingLoss(Heads())(model, four | {"sizes": torch.tensor([4])}))
    for name, part in parts.items():
        assert part.item() == pytest.approx(sum(each[name].item() for each in alone) / 10), name


def test_weights_of_nothing_leave_relevance_alone() -> None:
    model = Given([2.0, 1.0], [1.0, 0.0], {})
    given = batch([2], [3.0, 0.0], [(2, 2), (0, 0)], [4, 4])
    parts = ReadingLoss(replace(Heads(), early=0.0, span=0.0))(model, given)
    assert sum(parts.values()).item() == pytest.approx(softmax_loss(2, 2, 1))
