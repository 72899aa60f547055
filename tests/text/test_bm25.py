"""Sparse vectors whose product with the engine's IDF is BM25."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.bm25 import query_vector, section_vectors
from wenyuan.types import SparseVector


def alone(text: str) -> SparseVector:
    """The vector of a chunk that is its own section."""
    return section_vectors([text], text)[0]


def product(document: str, query: str, section: str = "") -> float:
    """The score without IDF."""
    weights = _weights(section_vectors([document], section or document)[0])
    return sum(weights.get(index, 0.0) * value for index, value in _weights(query_vector(query)).items())


def _weights(vector: SparseVector) -> dict[int, float]:
    return dict(zip(vector.indices, vector.values, strict=True))


@given(st.text())
def test_vectors_are_what_the_engine_takes(text: str) -> None:
    for vector in (alone(text), query_vector(text)):
        assert list(vector.indices) == sorted(set(vector.indices))
        assert all(0 <= index < 2**32 for index in vector.indices)
        assert len(vector.indices) == len(vector.values)
        assert all(math.isfinite(value) and value > 0 for value in vector.values)


@pytest.mark.parametrize("text", ["", "？！", "😀👍", "--- *** ///", "\u200b\ufeff"])
def test_a_question_of_symbols_is_empty(text: str) -> None:
    assert query_vector(text) == alone(text) == SparseVector((), ())


@pytest.mark.parametrize("query", ["ppr9087", "9087", "PPR 9087", "ｐｐｒ－９０８７", "PPR-9087的保修期"])
def test_every_form_of_a_code_scores_above_its_sibling(query: str) -> None:
    right, wrong = "泵PPR-9087的说明书", "泵PPR-9086的说明书"
    assert product(right, query) > product(wrong, query)


def test_a_second_occurrence_adds_less_than_the_first() -> None:
    one, two, three = (product("pump " * n + "x " * (9 - n), "pump") for n in (1, 2, 3))
    assert 0 < three - two < two - one < one


def test_the_same_count_weighs_less_in_a_longer_text() -> None:
    assert product("pump", "pump") > product("pump " + "other " * 300, "pump") > 0


def test_weights_do_not_grow_without_bound() -> None:
    assert product("pump " * 10_000, "pump") < 2.5


def test_a_word_missing_from_the_dictionary_is_found_by_bigrams() -> None:
    assert product("请更换渊渟泵芯组件", "渊渟泵芯") > 0


def test_a_dictionary_word_counts_more_than_a_chance_pair() -> None:
    assert product("数据库", "数据库") > product("据库", "数据库") >= 0


def test_stop_words_count_only_where_nothing_else_is_asked() -> None:
    assert product("the pump of the house", "what is the pump") == product("pump a b the house", "pump")
    assert product("The Who live", "The Who") > 0


def test_a_word_that_a_question_repeats_counts_as_often_as_it_is_said() -> None:
    once, twice = product("pump", "pump valve"), product("pump", "pump valve, and the pump")
    assert twice == pytest.approx(2 * once)
    assert product("渊渟", "渊渟 阀 渊渟") == pytest.approx(2 * product("渊渟", "渊渟 阀"))


def test_what_was_said_before_counts_once_however_often() -> None:
    alone, leaning = _weights(query_vector("filter")), _weights(query_vector("filter", "pump 渊渟\nthe pump 渊渟"))
    assert leaning.items() > alone.items()
    assert leaning == _weights(query_vector("filter pump 渊渟"))
    assert query_vector("filter filter", "filter") == query_vector("filter filter")
    assert query_vector("what is it", "the pump") == query_vector("pump"), "stop words are for lack of anything else"


def test_a_term_weighs_less_where_its_section_is_long_and_more_where_the_section_repeats_it() -> None:
    chunk, filler = "pump " + "other " * 50, "more " * 500
    alone, long, repeated = (product(chunk, "pump", chunk + rest) for rest in ("", filler, "pump " * 500))
    assert 0 < long < alone < repeated


def test_a_chunk_has_no_terms_but_its_own() -> None:
    chunks = ["red pump", "blue valve"]
    first, second = section_vectors(chunks, " ".join(chunks))
    assert first.indices == alone(chunks[0]).indices
    assert second.indices == alone(chunks[1]).indices
    assert section_vectors([], "") == []


def test_a_translation_counts_less_than_what_is_said_and_more_the_surer_it_is() -> None:
    said = _weights(query_vector("pump"))
    weights = _weights(query_vector("水泵", translations={"pump": 1.0, "fountain": 0.1, "水泵": 0.9, "none": 0.0}))
    [index] = said
    assert weights.keys() > _weights(query_vector("水泵")).keys()
    assert 0 < weights[index] < said[index]
    assert len(weights) == len(_weights(query_vector("水泵"))) + 2
    assert all(weights[term] == weight for term, weight in _weights(query_vector("水泵")).items())
