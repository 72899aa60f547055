"""The shipped cross-encoder through its public interface; golden_rerank.json is its baseline."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from wenyuan.engine import KnowledgeBase
from wenyuan.models import load_cross_encoder, locate
from wenyuan.settings import Settings
from wenyuan.types import Document

GOLDEN = Path(__file__).with_name("golden_rerank.json")
PASSAGES = [
    "The rated current of the breaker PPR-9087 is 63 amperes.",
    "断路器 PPR-9087 的额定电流为 63 安。",
    "The breaker PPR-9087 is mounted on a DIN rail and weighs 210 grams.",
    "年假须提前两周在系统中申请，由主管批准。",
    "Annual leave is requested in the portal two weeks ahead and approved by the manager.",
    "公司的年会将于十二月举行。",
]
QUESTIONS = {  # → the passage that answers it in its language
    "What is the rated current of PPR-9087?": 0,
    "PPR-9087 的额定电流是多少？": 1,
    "怎么申请年假？": 3,
    "How do I apply for annual leave?": 4,
}


@pytest.fixture(scope="module")
def model():
    return load_cross_encoder("rerank")


def test_the_card_says_what_it_is():
    artefact = locate("rerank")
    artefact.verify()
    card = artefact.card
    assert (card.kind, card.max_tokens) == ("reranker", 512)
    assert sum((artefact.folder / name).stat().st_size for name in card.files) <= 35e6
    assert card.scores["fp32_ndcg@10"] - card.scores["ndcg@10"] <= 0.005
    assert "Apache-2.0" in card.licence


def test_scores_are_those_of_the_baseline(model):
    golden = json.loads(GOLDEN.read_text("utf-8"))
    for question in QUESTIONS:
        np.testing.assert_allclose(model.score(question, PASSAGES), golden[question], atol=0.15)


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_answers_comes_first_in_either_language(model, question):
    assert np.argmax(model.score(question, PASSAGES)) == QUESTIONS[question]


@pytest.mark.parametrize(
    ("question", "passage", "words"),
    [
        ("What is the rated current of PPR-9087?", 0, "63 amperes"),
        ("PPR-9087 的额定电流是多少？", 1, "63 安"),
        ("怎么申请年假？", 3, "提前两周在系统中申请"),
        ("How do I apply for annual leave?", 4, "in the portal two weeks ahead"),
    ],
)
def test_it_sees_where_the_answer_stands(model, question, passage, words):
    text = PASSAGES[passage]
    [seen] = model.read_spans(question, [text], [0])[1]
    assert words in text[seen[0].start : seen[0].end]
    assert seen[0].margin == max(span.margin for span in seen)


@pytest.mark.parametrize(
    ("question", "answered", "passage"),
    [
        ("PPR-9087 的保修期是多久？", "PPR-9087 的额定电流是多少？", 1),
        ("年假最多能休几天？", "怎么申请年假？", 3),
        ("Who repairs the breaker PPR-9087?", "What is the rated current of PPR-9087?", 0),
    ],
)
def test_a_near_miss_has_a_smaller_margin_than_a_question_that_is_answered(model, question, answered, passage):
    margins = [model.read_spans(each, [PASSAGES[passage]], [0])[1][0][0].margin for each in (question, answered)]
    assert margins[0] < 0 < margins[1]


def test_across_languages_what_answers_beats_what_does_not(model):
    scores = model.score("What is the rated current of PPR-9087?", [PASSAGES[n] for n in (1, 3, 5)])
    assert scores[0] > scores[1:].max()


def test_it_is_in_use_unless_settings_say_otherwise(tmp_path, monkeypatch):
    monkeypatch.delenv("WENYUAN_RERANK__MODEL")
    documents = [Document(f"{n}.md", f"{n}", text, "md", str(n), 0.0) for n, text in enumerate(PASSAGES)]
    with KnowledgeBase.open(tmp_path / "kb") as base:
        base.put(documents)
        result = base.search("PPR-9087 的额定电流是多少？", 3)
        assert result.hits[0].chunk.document == "1.md"
        assert result.hits[0].legs["rerank"].weight == 0.5
    off = Settings.model_validate({"rerank": {"model": "none"}})
    with KnowledgeBase.open(tmp_path / "kb", settings=off) as base:
        assert "rerank" not in base.search("PPR-9087 的额定电流是多少？", 3).hits[0].legs
