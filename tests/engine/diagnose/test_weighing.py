"""Weights of the legs by question: in the search, in its trace, run again, and against the fixed ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import word_encoder, write_policy
from wenyuan.engine import KnowledgeBase
from wenyuan.engine.diagnose.replay import recorded, replay
from wenyuan.settings import Settings
from wenyuan.types import Candidate, Document
from wenyuan.weigh import FEATURES

TEXTS = [
    "The printer jams when the paper is damp.",
    "A paper jam is cleared from behind.",
    "Damp rooms are bad for books.",
    "打印机卡纸时请先关机。",
]


def open_kb(folder: Path, **fuse: object) -> KnowledgeBase:
    settings = Settings.model_validate({"fuse": fuse, "rerank": {"model": "none"}})
    kb = KnowledgeBase.open(folder / "kb", settings=settings, encoder=word_encoder())
    kb.put(Document(f"d{n}", "", text, "md", "", 0.0) for n, text in enumerate(TEXTS))
    return kb


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    with open_kb(tmp_path, policy=str(write_policy(tmp_path / "mine"))) as opened:
        yield opened


def test_a_sure_policy_weighs_a_search_and_says_why(kb: KnowledgeBase) -> None:
    result = kb.search("damp paper jams")
    assert result.hits[0].legs["dense"].weight == pytest.approx(0.7)
    weighed = result.trace.weighed
    assert weighed is not None
    assert (weighed.reason, weighed.policy) == ("sure", kb.policy)
    assert set(weighed.features) == set(FEATURES)
    record = result.trace.as_json()["fuse"]["policy"]
    assert record["gain"] == pytest.approx(0.05)
    assert "weigh" in kb.why("damp paper jams", "d0").weighed.__class__.__name__.lower()


def test_an_unsure_policy_leaves_the_fixed_weights(kb: KnowledgeBase) -> None:
    result = kb.search("打印机卡纸")
    assert result.trace.weighed is not None
    assert result.trace.weighed.reason == "unsure"
    assert result.hits == kb.without("policy").search("打印机卡纸").hits


def test_with_fixed_weights_no_policy_is_asked(kb: KnowledgeBase) -> None:
    fixed = kb.without("policy")
    assert fixed.policy is None
    assert fixed.search("damp paper jams").trace.weighed is None
    assert kb.search("damp paper jams", legs=["bm25"]).trace.weighed is None


def test_a_trace_run_again_gives_the_same_order(kb: KnowledgeBase) -> None:
    result = kb.search("damp paper jams", 3)
    record = json.loads(json.dumps(result.trace.as_json()))
    assert replay(record) == recorded(record) == [Candidate(hit.chunk.id, hit.score) for hit in result.hits]


def test_documents_by_each_share(kb: KnowledgeBase) -> None:
    weighing = kb.weigh("damp paper jams", [0.0, 0.5, 1.0])
    assert weighing.features is not None
    assert weighing.features.shape == (len(FEATURES),)
    by_bm25, half, by_dense = weighing.orders
    fixed = kb.without("policy")
    assert half == [hit.chunk.document for hit in fixed.search("damp paper jams").hits]
    assert by_dense[0] == fixed.search("damp paper jams", legs=["dense"]).hits[0].chunk.document
    assert by_bm25[0] == fixed.search("damp paper jams", legs=["bm25"]).hits[0].chunk.document
    alone = kb.weigh("?!", [0.5, 0.6])
    assert alone.features is None
    assert alone.orders[0] == alone.orders[1] != []


def test_conditions_that_nothing_meets_are_dropped_as_when_a_question_is_served(kb: KnowledgeBase) -> None:
    question = "announcements since 2025 about damp paper jams"
    assert kb.understand(question).constraints
    served, taught = kb.search(question), kb.weigh(question, [0.7])
    assert any("No document fits" in note for note in served.notes)
    assert taught.features is not None
    assert served.trace.weighed is not None
    assert taught.features == pytest.approx(list(served.trace.weighed.features.values()))
    assert taught.orders[0] == [hit.chunk.document for hit in served.hits]
