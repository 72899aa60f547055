"""Hits that complement each other, on made-up hits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wenyuan.diversify import cover, diversify
from wenyuan.text.fingerprint import fingerprint
from wenyuan.types import Chunk, Hit


def hit(n: int, score: float = 0.5, document: str = "a.md", text: str = "") -> Hit:
    return Hit(n, Chunk(n, document, "", n, text, 0, len(text)), score, {})


def ids(hits: list[Hit]) -> list[int]:
    return [each.chunk.id for each in hits]


def prints(hits: list[Hit]) -> list[bytes]:
    return [fingerprint(each.chunk.text or str(each.chunk.id)).tobytes() for each in hits]


ALIKE = "The warranty of the heat pump lasts for three years from the day of purchase."
HITS = [
    hit(1, 0.9, "a.md", ALIKE),
    hit(2, 0.8, "a.md", ALIKE + " Keep the bill."),
    hit(3, 0.7, "b.md", "退货须在七天之内提出，并附上发票。"),
    hit(4, 0.1, "b.md", "The compressor is checked once a year by a technician."),
]


def test_without_novelty_the_order_stays():
    assert ids(diversify(HITS, prints(HITS), 3)) == [1, 2, 3]
    assert [each.rank for each in diversify(HITS, prints(HITS), 3)] == [1, 2, 3]


def test_something_new_comes_before_more_of_the_same():
    assert ids(diversify(HITS, prints(HITS), 4, novelty=0.3)) == [1, 3, 2, 4]


def test_a_document_has_only_so_many_hits():
    assert ids(diversify(HITS, prints(HITS), 4, per_document=1)) == [1, 3]


def test_nothing_from_nothing():
    assert diversify([], [], 5, novelty=0.5) == []
    assert cover([], [], 5) == []


def test_each_part_has_a_hit():
    main = [hit(1), hit(2), hit(3), hit(4)]
    found = cover(main, [[hit(2)], [hit(9), hit(8)]], 3)
    assert ids(found) == [1, 9, 2]
    assert [each.rank for each in found] == [1, 2, 3]


def test_a_part_that_is_there_changes_nothing():
    main = [hit(1), hit(2), hit(3)]
    assert ids(cover(main, [[hit(7), hit(3)], []], 3)) == [1, 2, 3]


def test_two_parts_with_the_same_best_hit_get_it_once():
    assert ids(cover([hit(1), hit(2)], [[hit(5)], [hit(5)]], 3)) == [1, 5, 2]


@given(
    scores=st.lists(st.floats(0, 1), max_size=12), novelty=st.floats(0, 1), k=st.integers(1, 15), each=st.integers(1, 3)
)
def test_what_comes_out_went_in(scores, novelty, k, each):
    hits = [hit(n, score, f"{n % 3}.md", f"text {n % 5}") for n, score in enumerate(sorted(scores, reverse=True))]
    found = diversify(hits, prints(hits), k, novelty=novelty, per_document=each)
    assert len(set(ids(found))) == len(found) <= k
    assert set(ids(found)) <= set(ids(hits))
    assert all(sum(one.chunk.document == f"{n}.md" for one in found) <= each for n in range(3))
