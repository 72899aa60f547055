"""A knowledge base that holds nothing."""

from __future__ import annotations

from wenyuan.generate import nothing_held
from wenyuan.types import Decision
from wenyuan.understand import understand


def test_nothing_is_answered_and_what_to_do_is_said_in_the_questions_language() -> None:
    for question, word in (("保修多久？", "还没有任何文档"), ("How long is the warranty?", "empty")):
        answer = nothing_held(understand(question))
        assert (answer.decision, answer.citations, answer.confidence) == (Decision.ABSTAINED, (), 0.0)
        assert word in answer.text
        assert "wenyuan add" in answer.text
