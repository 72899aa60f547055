"""Groups of passages and batches of similar length."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("sentence_transformers")

from tiny_training import tiny_examples
from wenyuan.errors import SourceError
from wenyuan.training.data.examples import Example
from wenyuan.training.data.groups import LengthBatches, as_dataset, lengths, make_groups


def test_a_group_has_one_positive_first_and_draws_its_negatives():
    example = Example("q", ("p1", "p2"), ("n1", "n2", "n3"), (5.0, 4.0), (1.0, 2.0, 3.0))
    group = make_groups([example], [0.5], 3, seed=0)[0]
    scores = {"p1": 5.0, "p2": 4.0, "n1": 1.0, "n2": 2.0, "n3": 3.0}
    assert group.hard == (1.0, 0.0, 0.0)
    assert group.passages[0] in ("p1", "p2")
    assert set(group.passages[1:]) < {"n1", "n2", "n3"}
    assert group.teacher == tuple(scores[passage] for passage in group.passages)
    assert group.weight == 0.5
    drawn = {make_groups([example], [1.0], 3, seed)[0].passages for seed in range(20)}
    assert len(drawn) > 5
    assert make_groups([example], [1.0], 3, seed=0)[0].passages == group.passages


def test_an_unlabelled_group_keeps_its_scores_and_has_no_positive():
    group = make_groups([Example("q", (), ("a", "b"), (), (1.0, 2.0))], [1.0], 8, seed=0)[0]
    assert group.hard == (0.0, 0.0)
    assert dict(zip(group.passages, group.teacher, strict=True)) == {"a": 1.0, "b": 2.0}


def test_what_compares_nothing_is_left_out():
    useful, alone, unscored = tiny_examples(1)[0], Example("q", ("p",), ()), Example("q", (), ("a", "b"))
    assert len(make_groups([useful, alone, unscored], [1.0] * 3, 8, 0)) == 1
    with pytest.raises(SourceError, match="both a positive and a negative"):
        make_groups([alone, unscored], [1.0] * 2, 8, 0)


def test_labels_are_three_rows_as_wide_as_the_group():
    pytest.importorskip("datasets")
    groups = make_groups(tiny_examples(2, teacher=True), [1.0, 2.0], 3, 0)
    row = as_dataset(groups)[1]
    assert row["labels"] == [[1.0, 0.0, 0.0], list(groups[1].teacher), [2.0, 2.0, 2.0]]
    assert row["passages"] == list(groups[1].passages)


def test_a_groups_length_is_its_longest_pair_within_the_limit():
    groups = make_groups([Example("a b", ("c",), ("d e f",)), Example("a", ("b",), ("c " * 50,))], [1, 1], 4, 0)

    def count(texts: list[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    assert lengths(groups, count, 20) == [5, 20]


@pytest.fixture
def rows() -> list[int]:
    return [(37 * n) % 101 for n in range(1003)]


def batches(rows, epoch=0, **options):
    sampler = LengthBatches(rows, dataset=rows, batch_size=8, seed=3, **({"drop_last": False} | options))
    sampler.set_epoch(epoch)
    made = list(sampler)
    assert len(made) == len(sampler)
    return made


def test_batches_cover_every_row_once_and_waste_little(rows):
    made = batches(rows)
    assert sorted(n for batch in made for n in batch) == list(range(len(rows)))
    padded = sum(max(rows[n] for n in batch) * len(batch) for batch in made)
    at_random = sum(max(rows[at : at + 8]) * 8 for at in range(0, len(rows), 8))
    assert padded < 1.05 * sum(rows) < 0.7 * at_random


def test_order_is_the_seeds_and_differs_between_epochs(rows):
    assert batches(rows) == batches(rows)
    assert batches(rows) != batches(rows, epoch=1)
    assert len(batches(rows, drop_last=True)) == len(rows) // 8


def test_a_curriculum_keeps_the_order_of_blocks(rows):
    made = [n for batch in batches(rows, in_order=True) for n in batch]
    assert sorted(made[:512]) == list(range(512))
    assert made[:512] != list(range(512))
