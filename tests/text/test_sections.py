"""Sections: runs of chunks under one heading, and vectors moved towards what a section is about."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.sections import LONGEST, SHARE, in_context, sections

PATHS = st.lists(st.lists(st.sampled_from("abc"), max_size=4).map(tuple), max_size=80)


@given(PATHS)
def test_sections_are_runs_of_bounded_length_that_hold_every_chunk_once(paths: list[tuple[str, ...]]) -> None:
    found = list(sections(paths))
    assert [n for part in found for n in part] == list(range(len(paths)))
    assert all(1 <= len(part) <= LONGEST for part in found)


def test_a_short_document_is_one_section_whatever_its_headings() -> None:
    assert list(sections([("a",), ("a", "b"), ("c",)])) == [range(3)]


def test_a_long_document_parts_at_the_highest_headings_that_make_it_fit() -> None:
    paths = [("top", "a", "deep")] * 19 + [("top", "a")] * 9 + [("top", "b", "x")] * 20 + [("top", "b", "y")] * 19
    assert list(sections(paths)) == [range(28), range(28, 48), range(48, 67)]


def test_what_has_no_headings_is_cut_evenly() -> None:
    assert [len(part) for part in sections([()] * (2 * LONGEST + 2))] == [22, 22, 22]


def test_a_heading_that_comes_again_elsewhere_is_another_section() -> None:
    paths = [("a",)] * 19 + [("b",)] * 19 + [("a",)] * 19
    assert list(sections(paths)) == [range(19), range(19, 38), range(38, 57)]


def test_vectors_move_towards_the_mean_of_their_section_only() -> None:
    vectors = np.eye(LONGEST + 1, dtype=np.float32)
    moved = in_context(vectors, [("a",)] * LONGEST + [("b",)])
    assert np.array_equal(moved[-1], vectors[-1])
    assert moved[0, 0] == pytest.approx(1 - SHARE + SHARE / LONGEST)
    assert moved[0, 1] == pytest.approx(SHARE / LONGEST)
    assert moved[0, -1] == 0
    assert vectors[0, 0] == 1, "what was given is not changed"


def test_no_chunks_have_no_vectors() -> None:
    assert in_context(np.empty((0, 4), np.float32), []).shape == (0, 4)
