"""What is longer than a chunk is cut at clauses, else between clusters of characters."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import pytest

from cutting import chunks_of, count_characters, document
from wenyuan.chunk import chunk
from wenyuan.chunk.cut import cut


def test_a_sentence_longer_than_a_chunk_is_cut_at_clauses() -> None:
    made = chunks_of("，".join("甲乙丙丁戊己庚辛壬癸" for _ in range(30)) + "。")
    assert len(made) >= 5
    assert all(part.text.endswith(("，", "。")) for part in made)
    assert "".join(part.text for part in made).count("甲") == 30


def test_without_any_mark_it_is_cut_between_clusters() -> None:
    family = "👩\u200d👩\u200d👧"
    for unit in ("e\u0301", family, "👍🏽"):
        made = chunk(document(unit * 200), count_characters, size=17, overlap=0)
        assert len(made) > 20
        assert all(part.text == unit * (len(part.text) // len(unit)) for part in made)


@pytest.mark.parametrize("width", [1, 2, 7, 64])
@pytest.mark.parametrize("text", ["one two, three", "一，二。三", "x" * 30, "中" * 30])
def test_no_piece_is_longer_than_the_width(text: str, width: int) -> None:
    starts = cut(text, 0, len(text), width)
    assert starts[0] == 0
    assert all(0 < end - start <= width for start, end in itertools.pairwise([*starts, len(text)]))


@pytest.mark.parametrize("cluster", ["a" + "\u0301" * 9, "\ud83d\ude00", "👍🏽", "नि"])
def test_a_cluster_longer_than_the_width_stays_whole(cluster: str) -> None:
    assert cut(cluster * 3, 0, 3 * len(cluster), 1) == [0, len(cluster), 2 * len(cluster)]


def test_what_fits_is_one_piece() -> None:
    assert cut("a, b", 0, 4, 4) == [0]
    assert cut("0123 a, b", 5, 9, 4) == [5]


def test_a_piece_ends_at_the_last_mark_of_its_second_half() -> None:
    assert cut("one, two, three four", 0, 20, 12) == [0, 10]
    assert cut("one, twothreefourfive", 0, 21, 12) == [0, 11]  # the only mark is in the first half


@pytest.mark.parametrize("text", ["x" * 1001, "x" * 999 + ", x", "x" * 1001 + "\u0301", "中" * 2001, "a, b. " * 500])
def test_no_piece_is_a_splinter(text: str) -> None:
    starts = cut(text, 0, len(text), 1000)
    assert all(end - start >= 250 for start, end in itertools.pairwise([*starts, len(text)]))


def test_a_line_without_spaces_or_stops_becomes_passages_worth_finding() -> None:
    def count(texts: Sequence[str]) -> list[int]:
        """Tokens of which some lines hold more than others of their length, as real ones do."""
        return [len(text) + text.count("7") for text in texts]

    line = "".join(random.Random(7).choices("0123456789", k=20_000))
    made = chunk(document(line), count, size=256)
    assert all(count([part.text])[0] <= 256 for part in made)
    assert min(len(part.text) for part in made) > 100
    assert len(made) < 2 * len(line) / 256
