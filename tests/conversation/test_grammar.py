"""A turn is read by the grammar of its language."""

from __future__ import annotations

import pytest

from wenyuan.conversation import chinese, english
from wenyuan.conversation.grammar import Grammar, grammar_of


@pytest.mark.parametrize(
    ("turn", "grammar"),
    [("它呢?", chinese), ("TiDB 呢", chinese), ("Why?", english), ("", english), ("PX-200", english)],
)
def test_the_language_of_the_turn_decides(turn: str, grammar: Grammar) -> None:
    assert grammar_of(turn) is grammar
