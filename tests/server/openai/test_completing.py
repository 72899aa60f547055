"""A chat completion on its way."""

from __future__ import annotations

from typing import Any

import pytest

from running import Running
from wenyuan.server.errors import Refused
from wenyuan.server.identity import Identity
from wenyuan.server.metrics import Metrics
from wenyuan.server.openai.bodies import ChatBody
from wenyuan.server.openai.completing import Caller, Completion, frame

CALLER = Caller(Identity("k", "default", frozenset(["read"])), "http://h/")


def completion(server: Running, **fields: Any) -> Completion:
    asked = {"model": "manuals", "messages": [{"role": "user", "content": "How long does the warranty last?"}]}
    return Completion(server.service, Metrics(server.service), CALLER, ChatBody.model_validate(asked | fields))


def test_an_event_is_framed_without_its_name() -> None:
    assert frame(("chunk", {"a": "中"})) == 'data: {"a": "中"}\n\n'.encode()


def test_chunks_say_what_the_whole_says(library: Running) -> None:
    whole = completion(library).whole()
    chunks = [chunk for _, chunk in completion(library, stream=True).chunks()]
    deltas = [each["choices"][0]["delta"] for each in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(each.get("content", "") for each in deltas) == whole["choices"][0]["message"]["content"]
    assert [each["annotations"] for each in deltas if "annotations" in each] == [
        whole["choices"][0]["message"]["annotations"]
    ]


def test_closed_before_it_begins_it_says_nothing(library: Running) -> None:
    for make in (lambda it: it.whole(), lambda it: dict(it.chunks())):
        made = completion(library)
        made.close()
        assert make(made) == {}


def test_an_unknown_model_is_told_when_it_is_looked_for(library: Running) -> None:
    with pytest.raises(Refused, match="no model 'x'"):
        completion(library, model="x").whole()
    with pytest.raises(Refused, match="no model 'x'"):
        next(completion(library, model="x").chunks())
