"""A question in the light of what was said before, through the knowledge base."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.settings import Settings
from wenyuan.types import Message

SAID = [Message("user", "PX-200 水泵的保修期是多久？"), Message("assistant", "两年。")]
LEANS = "The question leans on the conversation: the user's earlier turns were searched with it."


def opened(folder: Path, rewrite: bool = True) -> KnowledgeBase:
    settings = Settings.model_validate({"answer": {"confidence": 0.0}, "understand": {"rewrite": rewrite}})
    return KnowledgeBase.open(folder / "kb", encoder=word_encoder(), settings=settings)


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "px200.md").write_text("# 水泵\n\nPX-200 水泵的额定功率是 750 瓦。", "utf-8")
    (docs / "px300.md").write_text("# 风机\n\nPX-300 风机的额定功率是 900 瓦。", "utf-8")
    with opened(tmp_path) as base:
        base.add(docs)
        yield base


def test_search_finds_what_the_last_turn_only_points_at(kb: KnowledgeBase) -> None:
    result = kb.search("它的额定功率？", 1, history=SAID)
    assert result.query.text == "它的额定功率？"
    assert result.query.normalised == result.query.rewritten == "PX-200 水泵的额定功率?"
    assert result.query.context == "PX-200 水泵的保修期是多久?"
    assert result.notes == ["Asked as: PX-200 水泵的额定功率?", LEANS]
    assert "understand" in result.timings_ms
    assert "750" in result.hits[0].chunk.text


def test_ask_answers_and_says_what_was_asked(kb: KnowledgeBase) -> None:
    answer = kb.ask("它的额定功率？", history=SAID)
    assert "750" in answer.citations[0].quote
    assert answer.notes[0] == "Asked as: PX-200 水泵的额定功率?"


def test_a_question_that_stands_alone_is_asked_as_it_is(kb: KnowledgeBase) -> None:
    alone, talked = (kb.search("PX-300 的额定功率？", history=history) for history in ([], SAID))
    assert (talked.query, talked.notes) == (alone.query, [])
    assert [hit.chunk.id for hit in talked.hits] == [hit.chunk.id for hit in alone.hits]


def test_the_answer_is_in_the_language_that_was_typed(kb: KnowledgeBase) -> None:
    result = kb.search("它多重？", history=[Message("user", "What is the Two-Stage Heavy Duty Water Pump?")])
    assert (result.query.language, result.query.rewritten) == ("zh", "Two-Stage Heavy Duty Water Pump多重?")


def test_the_setting_switches_it_off(tmp_path: Path) -> None:
    with opened(tmp_path, rewrite=False) as base:
        result = base.search("它的额定功率？", history=SAID)
    assert (result.query.rewritten, result.query.context) == (None, "")


def test_an_unknown_role_is_one_sentence(kb: KnowledgeBase) -> None:
    with pytest.raises(WrongUse, match='role "robot"'):
        kb.ask("它？", history=[Message("robot", "x")])  # type: ignore[arg-type]


def test_an_empty_question_stays_wrong_use(kb: KnowledgeBase) -> None:
    with pytest.raises(WrongUse, match="empty"):
        kb.search(" ", history=SAID)
