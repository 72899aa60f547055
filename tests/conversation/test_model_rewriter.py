"""A language model rewrites a turn; where it does not, rules do."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from wenyuan.conversation import ModelRewriter, Standalone
from wenyuan.errors import EndpointError
from wenyuan.types import Message

SAID = [Message("user", "PX-200 水泵的保修期是多久？"), Message("assistant", "两年。")]


class Rules:
    def rewrite(self, question: str, history: Sequence[Message]) -> Standalone:
        return Standalone(f"by rules: {question}", "context")


def rewriter(reply: str | EndpointError, asked: list[Sequence[Message]] | None = None) -> ModelRewriter:
    def ask(messages: Sequence[Message]) -> str:
        if asked is not None:
            asked.append(messages)
        if isinstance(reply, EndpointError):
            raise reply
        return reply

    return ModelRewriter(ask, Rules())


def test_the_model_is_told_the_conversation_in_the_language_of_the_question() -> None:
    asked: list[Sequence[Message]] = []
    assert rewriter(" ＰＸ-200 多重？ ", asked).rewrite("它多重？", SAID) == Standalone("PX-200 多重?")
    [(system, user)] = asked
    assert "改写" in system.content
    assert "PX-200 水泵" in user.content
    assert "它多重？" in user.content
    rewriter("How heavy is it?", asked).rewrite("How heavy is it?", SAID)
    assert "Rewrite" in asked[1][0].content


@pytest.mark.parametrize(
    "reply", ["", "a\nb", "x" * 1000, EndpointError("down.", "connect")], ids=["empty", "lines", "long", "down"]
)
def test_rules_answer_where_it_does_not(reply: str | EndpointError) -> None:
    assert rewriter(reply).rewrite("它多重？", SAID) == Standalone("by rules: 它多重？", "context")


def test_without_a_conversation_nobody_is_asked() -> None:
    asked: list[Sequence[Message]] = []
    assert rewriter("x", asked).rewrite("它多重？", [Message("user", " ")]).context == "context"
    assert asked == []
