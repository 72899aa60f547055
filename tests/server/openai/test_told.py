"""A stream only adds: whatever was said before, the answer stands at its end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from wenyuan.server.openai.told import Told
from wenyuan.types import Answer, Decision

CALL = None


def stream(pieces: Sequence[str | None], text: str, decision: Decision = Decision.ANSWERED) -> tuple[str, str]:
    """What a client has at the end, and what was told of its end; None is a call."""
    told, sent = Told(), ""
    for piece in pieces:
        if piece is None:
            told.called()
        else:
            sent += told.more(piece)
    last = told.ended(Answer(decision, "", text, (), 0.0))
    sent += last
    assert sent == told.text
    return sent, last


@pytest.mark.parametrize(
    ("pieces", "answer", "text"),
    [
        (["It is ", "so [1]."], "It is so [1].", "It is so [1]."),
        (["It is "], "It is so [1].", "It is so [1]."),
        ([], "Quoted [1].", "Quoted [1]."),
        (["It is so [1]. And so [2]."], "It is so [1]. And so.", "It is so [1]. And so [2]."),
        (["It is so"], "No source.", "It is so\n\nNo source."),
        (["A moment.", CALL, "It is so."], "It is so.", "A moment.\n\nIt is so."),
        (["A moment.", CALL], "No source.", "A moment.\n\nNo source."),
        ([CALL, "It is so."], "It is so.", "It is so."),
        (["It is so.", CALL, "It is not"], "No source.", "It is so.\n\nIt is not\n\nNo source."),
    ],
)
def test_the_answer_stands_at_the_end(pieces: Sequence[str | None], answer: str, text: str) -> None:
    assert stream(pieces, answer)[0] == text


def test_a_word_before_the_client_s_functions_is_not_said_again() -> None:
    assert stream(["A moment.", CALL], "A moment.", Decision.CALLED) == ("A moment.", "")
    assert stream([CALL], "", Decision.CALLED) == ("", "")
