"""The leg of words."""

from __future__ import annotations

from dataclasses import replace

from wenyuan.glossary import Entry, OwnGlossary
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


def test_words_of_the_other_language_are_looked_up_too_and_told() -> None:
    query, view, trace = replace(understand("水泵呢？"), context="阀门"), FakeView(), Trace()
    glossary = OwnGlossary([Entry("水泵", "pump"), Entry("阀门", "valve", 0.5)])
    ByWords(0.5, glossary).search(Sought(query, None), view, 5, trace)
    assert view.asked["bm25"][0] == query_vector("水泵呢?", "阀门", {"pump": 1.0, "valv": 0.5})
    assert trace.as_json()["recall"]["translations"] == {"pump": 1.0, "valv": 0.5}
