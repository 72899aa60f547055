"""Answers in OpenAI's shapes."""

from __future__ import annotations

from wenyuan.server.openai.annotations import Place
from wenyuan.server.openai.shapes import Completed, Head
from wenyuan.types import Answer, Citation, Decision, ToolCall, Usage

CITED = Citation(1, "a.md", None, "A", 0, 4, "long")
ANSWER = Answer(Decision.ANSWERED, "r", "So [1].", (CITED,), 0.5, usage=Usage(7, None))
DONE = Completed(ANSWER, ANSWER.text, {"a.md": Place("A", "http://h/a")}, "t", ["n"])
CALLED = Answer(Decision.CALLED, "r", "", (), 0.0, calls=(ToolCall("1", "f", "{}"), ToolCall("2", "g", "{}")))
CALLS = Completed(CALLED, "", {}, "t")


def test_a_message_has_its_citations_and_our_own_block() -> None:
    whole = Head("kb").whole(DONE)
    message = whole["choices"][0]["message"]
    assert (message["role"], message["content"], whole["model"]) == ("assistant", "So [1].", "kb")
    assert "tool_calls" not in message
    assert message["annotations"][0]["url_citation"] == {
        "start_index": 3,
        "end_index": 6,
        "title": "A",
        "url": "http://h/a",
    }
    assert whole["usage"] == {"prompt_tokens": 7, "completion_tokens": 0, "total_tokens": 7}
    ours = whole["wenyuan"]
    assert (ours["decision"], ours["confidence"], ours["trace_id"], ours["notes"]) == ("ANSWERED", 0.5, "t", ["n"])
    assert "usage" not in ours


def test_calls_end_a_message_that_has_no_text() -> None:
    choice = Head("kb").whole(CALLS)["choices"][0]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)
    assert [each["id"] for each in choice["message"]["tool_calls"]] == ["1", "2"]


def test_the_last_chunks_are_citations_calls_and_the_end() -> None:
    head = Head("kb")
    cited, end = head.last_chunks(DONE)
    assert cited["choices"][0]["delta"] == {"annotations": DONE.annotations}
    assert cited["wenyuan"] == DONE.ours
    assert (end["choices"][0]["delta"], end["choices"][0]["finish_reason"]) == ({}, "stop")
    _, called, end = head.last_chunks(CALLS)
    assert [each["index"] for each in called["choices"][0]["delta"]["tool_calls"]] == [0, 1]
    assert end["choices"][0]["finish_reason"] == "tool_calls"
    assert {each["id"] for each in (cited, called, end, head.usage_chunk(DONE))} == {head.id}
    assert head.usage_chunk(DONE)["choices"] == []
