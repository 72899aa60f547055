"""The leg of words."""

from __future__ import annotations

from dataclasses import replace

from wenyuan.recall import ByWords
from wenyuan.recall.leg import Sought
from wenyuan.text.bm25 import query_vector
from wenyuan.trace import Trace
from wenyuan.understand import understand

from .asking import FakeView, run


def test_it_asks_for_the_words_of_the_question() -> None:
    _, view, _ = run("如何重置 PPR-9087", legs=("bm25",))
    assert view.asked["bm25"][0] == query_vector("如何重置 PPR-9087")


def test_a_question_of_symbols_is_noted_and_asked_by_meaning_alone() -> None:
    recalled, _, trace = run("😀？！")
    assert set(recalled) == {"dense"}
    assert len(trace.notes) == 1
    assert "BM25" in trace.notes[0]


def test_what_was_said_before_is_looked_up_with_the_question_once() -> None:
    query, view = replace(understand("its filter"), context="the pump\nthe pump"), FakeView()
    ByWords(0.5).search(Sought(query, None), view, 5, Trace())
    assert view.asked["bm25"][0] == query_vector("filter pump")
