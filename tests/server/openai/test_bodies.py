"""What callers send in OpenAI's shapes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from wenyuan.server.errors import Refused
from wenyuan.server.openai.bodies import ChatBody, EmbeddingsBody

ASKED: dict[str, Any] = {"model": "kb", "messages": [{"role": "user", "content": "q"}]}


def test_what_changes_nothing_is_ignored() -> None:
    more = {"temperature": 1.5, "seed": 1, "stop": ["x"], "user": "u", "max_tokens": 5, "n": 1, "chat_id": "ui"}
    body = ChatBody.model_validate(ASKED | more | {"response_format": {"type": "text"}, "modalities": ["text"]})
    body.check()
    assert body.messages[0].content == "q"
    assert body.wenyuan.narrowed() is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 0),
        ("n", 3),
        ("logprobs", True),
        ("response_format", {"type": "json_schema"}),
        ("modalities", ["audio"]),
        ("functions", [{}]),
    ],
)
def test_what_would_not_be_done_is_refused(field: str, value: object) -> None:
    with pytest.raises(Refused) as refused:
        ChatBody.model_validate(ASKED | {field: value}).check()
    assert (refused.value.status, refused.value.param) == (400, field)


def test_half_a_character_is_not_taken_and_nor_is_what_is_nested_without_end() -> None:
    for said in ("\ud800", ["x", "\udfff"]):
        with pytest.raises(ValidationError, match="half a character"):
            EmbeddingsBody.model_validate({"model": "m", "input": said})
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValidationError, match="too deeply"):
        EmbeddingsBody.model_validate({"model": "m", "input": deep})
    while deep:
        deep = deep[0]
