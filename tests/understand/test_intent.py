"""The intent of a question, with a classifier that a test can follow."""

from __future__ import annotations

import time

import numpy as np
import pytest

from fakes import WordEncoder, word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.settings import Settings
from wenyuan.understand import understand


class Halves:
    """Says "howto" with the given probability, and "lookup" with the rest."""

    labels = ("howto", "lookup", "policy")

    def __init__(self, howto: float) -> None:
        self.howto = howto

    def probabilities(self, vectors):
        return np.array([[self.howto, 0.95 - self.howto, 0.05]] * len(vectors), np.float32)


@pytest.mark.parametrize(("probability", "intent"), [(0.9, "howto"), (0.0, "lookup"), (0.48, None)])
def test_an_intent_is_named_where_it_is_likelier_than_all_others(probability, intent):
    assert understand("重置 router", encoder=word_encoder(), intents=Halves(probability)).intent == intent


def test_without_a_classifier_there_is_no_intent():
    assert understand("怎么重置").intent is None
    assert understand("怎么重置", encoder=word_encoder()).intent is None


def test_a_knowledge_base_recognises_it(tmp_path):
    with KnowledgeBase.open(tmp_path / "kb") as base:
        result = base.search("怎样把数据库迁移到新服务器", 3)
        assert result.query.intent == "howto"
        assert "understand" in result.timings_ms
    off = Settings.model_validate({"understand": {"intent": "none"}})
    with KnowledgeBase.open(tmp_path / "kb", settings=off) as base:
        assert base.search("怎样把数据库迁移到新服务器", 3).query.intent is None


class Slow(WordEncoder):
    """Takes a while for each question, and remembers none."""

    def encode_queries(self, texts):
        time.sleep(0.05)
        return super().encode_queries(texts)


def test_the_vector_that_it_is_read_from_is_a_stage_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("wenyuan.engine.opening.load_classifier", lambda name, encoder: Halves(0.9))
    with KnowledgeBase.open(tmp_path / "kb", encoder=Slow()) as base:
        result = base.search("怎么重置", 3)
    assert result.query.intent == "howto"
    assert list(result.timings_ms)[:2] == ["understand", "encode"]
    assert result.timings_ms["encode"] >= 2 * 50, "the intent's and that of recall"


def test_another_encoder_has_no_intents(tmp_path):
    with KnowledgeBase.open(tmp_path / "kb", encoder=word_encoder()) as base:
        assert base.search("怎么重置", 3).query.intent is None
