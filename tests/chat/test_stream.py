"""Every transcript, in pieces of every size, becomes the same reply; what is no reply becomes an error."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from itertools import count, pairwise
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcripts import Transcript, load
from wenyuan.chat.stream import Accumulator, pieces
from wenyuan.chat.wire import DONE, objects
from wenyuan.errors import EndpointError
from wenyuan.types import Piece, ReasoningDelta, Reply, TextDelta, Usage

TRANSCRIPTS = load()
OK = [t for t in TRANSCRIPTS if "error" not in t.expect]
Outcome = tuple[list[Piece], EndpointError | None]


async def chunked(data: bytes, cuts: Sequence[int]) -> AsyncIterator[bytes]:
    borders = [0, *sorted(cuts), len(data)]
    for start, end in pairwise(borders):
        yield data[start:end]


def replay(transcript: Transcript, cuts: Sequence[int]) -> Outcome:
    numbers = count()

    async def main() -> Outcome:
        accumulator = Accumulator(make_id=lambda: f"made_{next(numbers)}", **transcript.options)
        found: list[Piece] = []
        stream = objects(chunked(transcript.response, cuts), transcript.content_type)
        try:
            async for piece in pieces(stream, accumulator):
                found.append(piece)
        except EndpointError as error:
            return found, error
        return found, None

    return anyio.run(main)


def every(transcript: Transcript, size: int) -> range:
    return range(size, len(transcript.response), size)


def accumulate(*found: dict[str, Any], **options: Any) -> Reply:
    accumulator = Accumulator(**options)
    for item in found:
        accumulator.feed(item)
    reply = accumulator.finish()[-1]
    assert isinstance(reply, Reply)
    return reply


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}], **fields}


def test_there_are_enough_transcripts_of_all_servers() -> None:
    assert len(TRANSCRIPTS) >= 60
    servers = " ".join(t.server for t in TRANSCRIPTS)
    for server in ("DeepSeek", "Qwen", "DashScope", "Ollama", "vLLM", "llama.cpp", "LM Studio", "OpenAI", "litellm"):
        assert server in servers
    assert sum(not t.streamed for t in TRANSCRIPTS) >= 10
    assert all(t.source and t.quirk for t in TRANSCRIPTS)


@pytest.mark.parametrize("size", [1, 7, 1 << 30])
@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda t: t.name)
def test_a_transcript_becomes_the_reply_it_means(transcript: Transcript, size: int) -> None:
    found, error = replay(transcript, every(transcript, size))
    expect = transcript.expect
    if "error" in expect:
        assert error is not None, found
        assert error.fault == expect["error"], error
        assert expect.get("says", "") in str(error)
        assert not any(isinstance(piece, Reply) for piece in found)
        return
    assert error is None, error
    *deltas, reply = found
    assert isinstance(reply, Reply)
    assert reply.text == expect["text"]
    assert [[c.name, c.arguments] for c in reply.calls] == [c[:2] for c in expect.get("calls", [])]
    for call, wanted in zip(reply.calls, expect.get("calls", []), strict=True):
        assert call.id == wanted[2] if len(wanted) > 2 else call.id.startswith("made_")
    assert len({call.id for call in reply.calls}) == len(reply.calls)
    assert reply.finish == expect["finish"]
    assert reply.reasoning == expect.get("reasoning")
    if "usage" in expect:
        assert reply.usage == Usage(*expect["usage"])
    notes = expect.get("notes", [])
    assert len(reply.notes) == len(notes), reply.notes
    assert all(any(said in note for note in reply.notes) for said in notes)
    texts = [d.text for d in deltas if isinstance(d, TextDelta)]
    if "deltas" not in expect:
        assert "".join(texts) == reply.text
    elif expect["deltas"] is not None:
        assert texts == expect["deltas"]
    assert not any(isinstance(piece, Reply) for piece in deltas)


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda t: t.name)
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_any_split_of_the_bytes_says_the_same(transcript: Transcript, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(transcript.response)), max_size=30))
    found, error = replay(transcript, cuts)
    whole, whole_error = replay(transcript, [])
    assert found == whole
    assert (error and error.fault) == (whole_error and whole_error.fault)


@pytest.mark.parametrize("transcript", [t for t in OK if t.streamed], ids=lambda t: t.name)
def test_a_stream_cut_anywhere_is_the_same_reply_or_an_error(transcript: Transcript) -> None:
    """A cut-off text or call never passes as complete."""
    [*_, whole], _ = replay(transcript, [])
    assert isinstance(whole, Reply)
    data = transcript.response
    for end in range(0, len(data), 5):
        shorter = replace(transcript, response=data[:end])
        found, error = replay(shorter, [])
        if transcript.name == "gcli2api-finish-everywhere":
            continue  # each of its chunks says that it is the last
        assert error is not None or (found[-1].text, found[-1].calls) == (whole.text, whole.calls), data[:end]  # type: ignore[union-attr]


def test_deltas_come_at_once() -> None:
    accumulator = Accumulator()
    assert accumulator.feed(chunk({"content": "两"})) == [TextDelta("两")]
    assert accumulator.feed(chunk({"reasoning_content": "x"})) == [ReasoningDelta("x")]
    assert not accumulator.complete
    accumulator.feed(chunk(finish="stop"))
    assert accumulator.complete


def test_a_connection_lost_after_the_end_is_a_note() -> None:
    async def lost() -> AsyncIterator[dict[str, Any]]:
        yield chunk({"content": "Two years."}, "stop")
        raise EndpointError("lost", "closed", retryable=True)

    async def main() -> list[Piece]:
        return [piece async for piece in pieces(lost(), Accumulator())]

    reply = anyio.run(main)[-1]
    assert isinstance(reply, Reply)
    assert reply.text == "Two years."
    assert "after the reply was complete" in reply.notes[0]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("max_tokens", "length"), ("MAX_TOKENS", "length"), ("eos", "stop"), ("SAFETY", "content_filter")],
)
def test_finish_reasons_are_put_in_our_words(reason: str, finish: str) -> None:
    assert accumulate(chunk({"content": "x"}, reason)).finish == finish


def test_what_was_cut_stays_cut_whatever_comes_after() -> None:
    assert accumulate(chunk({"content": "x"}, "length"), chunk(finish="stop"), DONE).finish == "length"


def test_the_same_choice_twice_in_one_chunk_counts_once() -> None:
    double = chunk({"content": "x"}, "stop")
    double["choices"] *= 2
    assert accumulate(double).text == "x"


@pytest.mark.parametrize(
    "found",
    [
        {"choices": {}},
        {"choices": ["x"]},
        {"choices": []},
        {},
        chunk({"content": 7}, "stop"),
        chunk({"tool_calls": "x"}, "stop"),
        chunk({"tool_calls": ["x"]}, "stop"),
        chunk({"tool_calls": [{"function": {"name": "f", "arguments": 7}}]}, "stop"),
    ],
)
def test_what_is_no_completion_is_an_error(found: dict[str, Any]) -> None:
    with pytest.raises(EndpointError) as caught:
        accumulate(found)
    assert caught.value.fault == "protocol"


def test_nothing_at_all_is_closed() -> None:
    with pytest.raises(EndpointError) as caught:
        Accumulator().finish()
    assert caught.value.fault == "closed"
