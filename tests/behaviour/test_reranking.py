"""Reranking between fusion and the hits: a stand-in for the model that likes texts with a given word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fakes import word_encoder, word_scorer
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.models import CachedCrossEncoder
from wenyuan.settings import Settings
from wenyuan.types import Decision, Document


class Likes:
    """Scores a passage by how often it holds the word "gold"."""

    id, max_tokens = "likes@1", 512

    def __init__(self) -> None:
        self.read: list[str] = []

    def score(self, query, passages):
        self.read += passages
        return np.array([passage.count("gold") for passage in passages], np.float32)

    def truncated(self):
        return 0


TEXTS = ["river river river bank", "river bank gold", "river bank gold gold", "mountain", "river of gold gold gold"]


def open_kb(folder: Path, model: object | None, **rerank: object) -> KnowledgeBase:
    settings = Settings.model_validate({"answer": {"confidence": 0.0}, "rerank": {"weight": 1.0, **rerank}})
    kb = KnowledgeBase.open(folder / "kb", settings=settings, encoder=word_encoder(), reranker=model)
    if not kb.documents():
        kb.put(Document(f"d{n}", f"d{n}", text, "md", "", 0.0) for n, text in enumerate(TEXTS))
    return kb


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[tuple[KnowledgeBase, Likes]]:
    model = Likes()
    with open_kb(tmp_path, CachedCrossEncoder(model, 1)) as made:
        yield made, model


def documents(result) -> list[str]:
    return [hit.chunk.document for hit in result.hits]


def test_search_and_ask_use_the_reranker(kb):
    base, model = kb
    result = base.search("river bank", 3)
    assert documents(result) == ["d4", "d2", "d1"]
    assert [hit.legs["rerank"].raw for hit in result.hits] == [3, 2, 1]
    assert [hit.rank for hit in result.hits] == [1, 2, 3]
    assert "rerank" in result.timings_ms
    assert any("river bank gold" in passage for passage in model.read)
    answer = base.ask("river bank")
    assert answer.decision is Decision.ANSWERED
    assert "rerank" in answer.timings_ms


def test_more_are_read_than_are_asked_for(kb):
    base, model = kb
    assert documents(base.search("river bank", 1)) == ["d4"]
    assert len(model.read) == len(TEXTS)


def test_a_question_asked_again_reads_nothing(kb):
    base, model = kb
    first = base.search("river bank", 3)
    read = len(model.read)
    again = base.search("river  bank", 3)  # the same after normalisation
    assert len(model.read) == read
    assert [hit.score for hit in again.hits] == [hit.score for hit in first.hits]


def test_a_changed_document_is_read_anew(kb):
    base, _ = kb
    base.search("river bank", 3)
    base.put([Document("d1", "d1", "river bank gold gold gold gold gold", "md", "", 0.0)])
    assert documents(base.search("river bank", 1)) == ["d1"]


def test_no_time_means_the_first_stage(kb):
    base, model = kb
    result = base.search("river bank", 3, rerank_ms=0)
    assert model.read == []
    assert "rerank" not in result.timings_ms
    assert all("rerank" not in hit.legs for hit in result.hits)
    assert documents(base.search("river bank", 3, rerank_ms=60_000)) == ["d4", "d2", "d1"]


@pytest.mark.parametrize("leg", ["bm25", "dense"])
def test_a_leg_alone_has_its_own_order_unless_reranking_is_asked_for(kb, leg):
    base, model = kb
    plain = base.search("river bank", 5, legs=(leg,))
    assert model.read == []
    assert [hit.legs[leg].rank for hit in plain.hits] == list(range(1, 1 + len(plain.hits)))
    assert all(set(hit.legs) == {leg} for hit in plain.hits)
    for asked in ({"rerank": True}, {"rerank_ms": 60_000}):
        assert "rerank" in base.search("river bank", 5, legs=(leg,), **asked).hits[0].legs


def test_settings_say_how_far_it_goes(tmp_path):
    model = Likes()
    with open_kb(tmp_path, model, fine=2, threshold=1.0) as base:
        plain = documents(base.search("river bank", 5, rerank_ms=0))
        found = base.search("river bank", 5)
        assert len(model.read) == 2
        read = [document for document in plain[:2] if "gold" in TEXTS[int(document[1])]]
        assert sorted(documents(found)) == sorted(read + plain[2:])


def test_without_a_reranker_time_for_it_is_wrong_use(tmp_path):
    with open_kb(tmp_path, None) as base:
        assert documents(base.search("river bank", 2))
        assert documents(base.search("river bank", 2, rerank_ms=0))
        with pytest.raises(WrongUse, match="no reranker"):
            base.search("river bank", 2, rerank_ms=50)


# --- the coarse stage ---


def open_with_scorer(folder: Path, scorer: object | None, model: object | None = None, **rerank: object):
    encoder = word_encoder() if scorer is None else scorer.encoder
    settings = Settings.model_validate({"answer": {"confidence": 0.0}, "rerank": {"weight": 1.0, **rerank}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wenyuan.engine.opening.load_late_interaction", lambda name, encoder: scorer)
        return KnowledgeBase.open(folder / "kb", settings=settings, encoder=encoder, reranker=model)


def put(base: KnowledgeBase):
    return base.put([Document(f"d{n}", f"d{n}", text, "md", "", 0.0) for n, text in enumerate(TEXTS)])


def test_token_vectors_are_made_with_the_vectors_and_used(tmp_path):
    scorer = word_scorer(word_encoder())
    with open_with_scorer(tmp_path, scorer, coarse=1.0) as base:
        put(base)
        assert len(scorer.read) == len(TEXTS)
        result = base.search("gold bank", 2)
        assert {"d1", "d2"} == set(documents(result))
        assert result.hits[0].legs["coarse"].raw == 1.0
        assert "coarse" in result.timings_ms
        assert "rerank" not in result.timings_ms
        plain = base.search("gold bank", 2, rerank=False)
        assert all("coarse" not in hit.legs for hit in plain.hits)
        assert "coarse" in base.search("gold bank", 2, rerank_ms=0).hits[0].legs
        assert put(base).reused == len(TEXTS)
        assert len(scorer.read) == len(TEXTS)


def test_the_cross_encoder_reads_the_best_of_the_coarse_stage(tmp_path):
    model = Likes()
    with open_with_scorer(tmp_path, word_scorer(word_encoder()), model, coarse=1.0, fine=2) as base:
        put(base)
        found = base.search("gold bank", 2)
        assert sorted(documents(found)) == ["d1", "d2"]
        assert sum("gold" in text and "bank" in text for text in model.read) == 2
        assert {"coarse", "rerank"} <= found.hits[0].legs.keys()
        assert {"coarse", "rerank"} <= set(found.timings_ms), "each has its own time"


def test_the_cross_encoder_reads_nothing_below_the_coarse_threshold(tmp_path):
    model = Likes()
    with open_with_scorer(
        tmp_path, word_scorer(word_encoder()), model, coarse=1.0, fine=5, coarse_threshold=1.0
    ) as base:
        put(base)
        found = base.search("gold bank", 5)
        assert sorted(documents(found)[:2]) == ["d1", "d2"]
        assert len(model.read) == 2
        assert all("rerank" not in hit.legs for hit in found.hits[2:])


def test_a_knowledge_base_without_token_vectors_says_so_until_it_is_brought_up_to_date(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("river bank gold")
    with open_with_scorer(tmp_path, None) as base:
        base.add(tmp_path / "docs")
        assert base.search("gold", 1).notes == []
    scorer = word_scorer(word_encoder())
    with open_with_scorer(tmp_path, scorer, coarse=0.5) as base:
        assert "no token vectors" in base.search("gold", 1).notes[0]
        report = base.sync()
        assert (report.changed, report.encoded) == (["docs/a.md"], 1)
        found = base.search("gold", 1)
        assert found.notes == []
        assert "coarse" in found.hits[0].legs
        assert base.sync().unchanged == 1


def test_zero_weight_makes_and_asks_nothing(tmp_path):
    scorer = word_scorer(word_encoder())
    with open_with_scorer(tmp_path, scorer, coarse=0) as base:
        put(base)
        assert scorer.read == []
        assert "coarse" not in base.search("gold", 1).timings_ms
