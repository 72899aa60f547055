"""A guessed topic stays in a question where the documents speak of both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.settings import Settings
from wenyuan.types import Document, Message

BACKUPS = (
    "# Backups\n\nDaily backups are kept for 14 days, weekly ones longer.\n\n## Restore\n\nA restore takes an hour."
)
STAFF = "# Staff\n\nThe maximum severance pay is eleven salaries. Employees get 27 vacation days."
PUMP = "# 水泵\n\n水泵除垢用柠檬酸。水泵的密封圈重四克，水泵保修三年。"
LEAVE = "# 假期\n\n满一年有年假八天。婚假十三天。客服周末九点上班。"


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    settings = Settings.model_validate({"rerank": {"model": "none"}, "answer": {"confidence": 0.0}})
    with KnowledgeBase.open(tmp_path_factory.mktemp("kb"), encoder=word_encoder(), settings=settings) as kb:
        texts = {"backups": BACKUPS, "staff": STAFF, "水泵": PUMP, "假期": LEAVE}
        kb.put([Document(f"{name}.md", name, text, "md", name, 0.0) for name, text in texts.items()])
        yield kb


BACKED_UP = (Message("user", "How long are daily backups kept?"), Message("assistant", "For 14 days. [1]"))
DESCALED = (Message("user", "水泵怎么除垢？"), Message("assistant", "水泵除垢用柠檬酸。 [1]"))


@pytest.mark.parametrize(
    ("said", "question"),
    [
        (BACKED_UP, "What is the maximum severance pay?"),
        (BACKED_UP, "How many vacation days do employees get?"),
        (DESCALED, "年假有几天?"),
        (DESCALED, "婚假几天?"),
    ],
)
def test_a_question_about_something_else_stays_as_typed(kb: KnowledgeBase, said: tuple[Message, ...], question: str):
    query = kb.understand(question, history=said)
    assert (query.normalised, query.rewritten, query.context) == (question, None, "")


@pytest.mark.parametrize(
    ("said", "question", "rewritten"),
    [
        (BACKED_UP, "How long does a restore take?", "How long does a restore take for backups?"),
        (BACKED_UP, "and for the weekly ones?", "and for the weekly backups?"),
        (BACKED_UP, "Are they encrypted?", "Are backups encrypted?"),
        (BACKED_UP, "What is the period?", "What is the period of backups?"),
        (DESCALED, "密封圈有多重?", "水泵的密封圈有多重?"),
        (DESCALED, "保修多久?", "水泵保修多久?"),
        (DESCALED, "那年假呢?", "那水泵年假呢?"),  # it says itself that it goes on
    ],
)
def test_a_question_about_the_same_gets_its_topic(
    kb: KnowledgeBase, said: tuple[Message, ...], question: str, rewritten: str
) -> None:
    assert kb.understand(question, history=said).rewritten == rewritten


def test_what_the_documents_do_not_know_is_searched_with_what_was_said(kb: KnowledgeBase) -> None:
    query = kb.understand("What does the gym membership cost?", history=BACKED_UP)
    assert (query.rewritten, query.context) == (None, "How long are daily backups kept?")


def test_where_the_documents_know_neither_nothing_changes(kb: KnowledgeBase) -> None:
    said = [Message("user", "What is throat cancer?"), Message("assistant", "A disease.")]
    assert kb.understand("Is there a vaccine?", history=said).rewritten == "Is there a vaccine of throat cancer?"
