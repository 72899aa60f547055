"""The leg of words."""

from __future__ import annotations

from wenyuan.text.bm25 import query_vector

from .asking import run


def test_it_asks_for_the_words_of_the_question() -> None:
    _, view, _ = run("如何重置 PPR-9087", legs=("bm25",))
    assert view.asked["bm25"][0] == query_vector("如何重置 PPR-9087")


def test_a_question_of_symbols_is_noted_and_asked_by_meaning_alone() -> None:
    recalled, _, trace = run("😀？！")
    assert set(recalled) == {"dense"}
    assert len(trace.notes) == 1
    assert "BM25" in trace.notes[0]
