"""Which points a reader sees, and how long those stay that nobody is to see any more."""

from __future__ import annotations

from collections.abc import Set

from archives import Now, change, chunk_id, dense, open_archive, search, sparse
from wenyuan.store.edge import EdgeStore
from wenyuan.store.visibility import Visibility
from wenyuan.types import Point


class Spy(EdgeStore):
    """Searches at every step of a commit, as readers in other threads may."""

    seen: list[frozenset[str]]
    look = None

    def upsert(self, points):
        super().upsert(points)
        self.report()

    def delete(self, ids):
        self.report()
        super().delete(ids)
        self.report()

    def report(self):
        if self.look:
            self.seen.append(frozenset(self.look()))


def test_readers_see_the_old_documents_or_the_new_and_never_both(tmp_path):
    with open_archive(tmp_path, make_store=Spy) as kb:
        old = [f"old{n} w" for n in range(50)]
        new = [f"new{n} w" for n in range(50)]
        kb.replace([change("a.md", old[:25]), change("b.md", old[25:])])
        kb._store.seen = []
        kb._store.look = lambda: {
            Now(kb).chunks([hit.chunk])[hit.chunk].text
            for leg in search(kb, dense("w"), sparse("w"), 50).values()
            for hit in leg
        }
        kb.replace([change("a.md", new[:25]), change("b.md", new[25:])])
        assert kb._store.seen == [frozenset(old), frozenset(new), frozenset(new)]


class Points:
    """An index of which only the ids of its points count, and what was written into it."""

    def __init__(self, there: Set[int] = frozenset()) -> None:
        self.there, self.written = set(there), list[Point]()

    def upsert(self, points):
        self.written += points

    def delete(self, ids):
        self.there -= set(ids)


def test_a_point_is_hidden_until_it_is_committed_and_gone_if_it_never_is():
    index = Points()
    points = Visibility(index, 1)
    with points.arriving({7: "a.md"}):
        index.there = {7}
        assert points.visible.hidden == {7}
        points.commit(2, {}, ())
    assert (points.visible.version, points.visible.hidden) == (2, frozenset())
    with points.arriving({8: "b.md"}):
        index.there |= {8}
    assert points.visible.hidden == {8}
    points.sweep()
    assert index.there == {7}
    assert points.visible.hidden == frozenset()


def test_what_left_stays_as_long_as_a_reader_began_before():
    index = Points({1})
    points = Visibility(index, 1)
    early = points.begin()
    points.commit(2, {1: "a.md"}, ())
    late = points.begin()
    assert points.visible is late is not early
    assert late.hidden == {1}
    assert points.lingering() == {"a.md"}
    points.end(late)
    points.sweep()
    assert index.there == {1}
    points.end(early)
    points.sweep()
    assert index.there == set()
    assert points.lingering() == set()


def test_a_sweep_of_everything_waits_for_no_reader():
    index = Points({1})
    points = Visibility(index, 1)
    points.begin()
    points.commit(2, {1: "a.md"}, ())
    points.sweep(everything=True)
    assert index.there == set()


def test_a_point_that_comes_again_is_part_of_no_moment_between():
    index = Points({1})
    points = Visibility(index, 1)
    points.commit(2, {1: "a.md"}, ())
    between = points.begin()
    with points.arriving({1: "a.md"}):
        points.sweep()
        assert index.there == {1}, "it is about to be committed again"
        points.commit(3, {}, ())
    assert 1 in between.hidden
    assert points.visible.hidden == frozenset()


def test_vectors_of_what_stayed_are_rewritten_once():
    index = Points({1})
    points = Visibility(index, 1)
    [moved] = change("a.md", ["x"]).points({chunk_id("a.md", "x")})
    points.commit(2, {}, [moved])
    assert index.written == []
    points.sweep()
    points.sweep()
    assert index.written == [moved]
