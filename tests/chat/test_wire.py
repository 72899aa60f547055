"""Bytes → objects: what servers send, cut anywhere; what is no JSON is said in one sentence without secrets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.chat.wire import DONE, objects
from wenyuan.errors import EndpointError

KEY = "sk-0123456789abcdefghij"


def read(data: bytes, size: int = 1 << 30, content_type: str = "text/event-stream", **options: Any) -> list[Any]:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(data), size):
            yield data[start : start + size]

    async def main() -> list[Any]:
        return [found async for found in objects(chunks(), content_type, **options)]

    return anyio.run(main)


def fails(data: bytes, **options: Any) -> EndpointError:
    faults = set()
    for size in (1, 7, 1 << 30):
        with pytest.raises(EndpointError) as caught:
            read(data, size, **options)
        faults.add(caught.value.fault)
    assert len(faults) == 1
    return caught.value


GOOD = [
    b'data: {"a": 1}\n\ndata: [DONE]\n\n',
    b'data:{"a": 1}\r\n\r\ndata:[DONE]\r\n\r\n',
    b'data: {"a": 1}\rdata: [DONE]\r',
    b'data: {"a": 1}\ndata: [DONE]',
    b"\xef\xbb\xbf\n\n: ping\n\ndata:\n\ndata\n\n"
    b'id: 3\nretry: 9\nevent: message\ndata: {"a":\ndata: 1}\n\ndata: [DONE]\n\n',
    b': keep-alive\n\ndata: {"a": 1}\n\nevent: done\ndata: [DONE]\n\ndata: {"never": "read"}\n\n',
    b'data: null\n\ndata: {"a": 1}\n\ndata: [DONE]\n\n',
]


@pytest.mark.parametrize("size", [1, 2, 7, 1 << 30])
@pytest.mark.parametrize("data", GOOD)
def test_events_are_read_however_they_are_ended(data: bytes, size: int) -> None:
    found = read(data, size)
    assert found == [{"a": 1}, DONE]
    assert found[-1] is DONE


@pytest.mark.parametrize("size", [1, 7, 1 << 30])
@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "text/event-stream", "text/html", ""])
def test_a_body_is_read_whatever_it_is_called(content_type: str, size: int) -> None:
    assert read('\n \r\n{"a": "北京"}'.encode(), size, content_type) == [{"a": "北京"}]
    assert read(b'{\n  "a": {\n    "b": 1\n  }\n}\n', size, content_type) == [{"a": {"b": 1}}]
    assert read(b'data: {"a": 1}\n\n', size, content_type) == [{"a": 1}]
    assert read(b'{"a": 1}\n{"a": 2}\n', size, content_type) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("data", "fault", "says"),
    [
        (b"", "closed", "without an answer"),
        (b"\n\n  \n", "closed", "without an answer"),
        (b"<html><title>404</title></html>", "protocol", "web page"),
        (b"\n\n<!doctype html>" + b"x" * 100, "protocol", "/v1"),
        (b"Internal Server Error", "protocol", "Internal Server Error"),
        (b"\x1f\x8b\x08\x00rest", "protocol", "compressed"),
        (b'{"a": 1', "closed", "middle"),
        (b'{"a": }', "protocol", "broken JSON"),
        (b'data: {"a": 1\n\ndata: [DONE]\n\n', "protocol", "broken JSON"),
        (b'data: {"a": 1', "closed", "middle"),
        (b"data: hello\n\n", "protocol", "hello"),
        (b"data: [1, 2]\n\n", "protocol", "instead of an object"),
        (b'data: {"a": "\xe4\xba\xac\xe5"}\n\n', "protocol", "UTF-8"),
        (b'{"a": "\xff"}', "protocol", "UTF-8"),
        (b'{"a": "\xe4\xba', "protocol", "UTF-8"),
        (b'data: {"error": {"message": "no", "code": 429}}\n\n', "rate_limit", "no"),
        (b'data: {"error": "out of memory"}\n\n', "server", "out of memory"),
        (b'event: error\ndata: {"message": "stop here"}\n\n', "server", "stop here"),
        (b"event: error\ndata: plain words\n\n", "server", "plain words"),
        (b'data: {"a": 1}\n\n{"detail": "Not Found"}\n', "not_found", "Not Found"),
        (
            b'[{"error": {"code": 400, "message": "Invalid value", "status": "INVALID_ARGUMENT"}}]',
            "rejected",
            "Invalid",
        ),
        (b'{"base_resp": {"status_code": 1004, "status_msg": "login fail: token"}}', "server", "login fail"),
        (b"data: " + b"[" * 100_000 + b"\n\n", "protocol", "broken JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "protocol", "broken JSON"),
    ],
)
def test_what_is_no_answer_is_one_sentence(data: bytes, fault: str, says: str) -> None:
    error = fails(data, content_type="", where="qwen3@http://127.0.0.1:1/v1")
    assert error.fault == fault
    assert says in str(error)
    assert str(error).startswith("qwen3@http://127.0.0.1:1/v1 ")
    assert len(str(error)) < 500
    assert "\n" not in str(error)


def test_lines_bodies_and_whole_responses_have_a_limit() -> None:
    line = b'data: {"a": "' + b"x" * 1000 + b'"}\n\n'
    assert len(read(line, 100, limit=2000)) == 1
    assert "more than 500 bytes" in str(fails(line, limit=500))
    assert fails(b'{"a": "' + b"x" * 1000, limit=500).fault == "protocol"
    assert fails(b"{\n" + b"1,\n" * 1000, limit=500).fault == "protocol"
    assert fails(b": keep-alive\n\n" * 1000, limit=500).fault == "protocol"


def test_a_web_page_is_seen_before_it_ends() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"<html>" * 20

    async def main() -> None:
        async for _ in objects(endless(), "text/html"):
            pass

    with pytest.raises(EndpointError, match="web page"):
        anyio.run(main)


def test_an_event_is_given_before_the_next_byte_comes() -> None:
    async def main() -> None:
        sent, received = anyio.create_memory_object_stream[bytes](8)
        async with sent, received:
            found = objects(received, "text/event-stream")
            await sent.send(b'data: {"a": 1}\n')
            with anyio.fail_after(2):
                assert await anext(found) == {"a": 1}
            await found.aclose()  # type: ignore[attr-defined]

    anyio.run(main)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 30))
def test_any_bytes_are_objects_or_an_endpoint_error(data: bytes, size: int) -> None:
    for start in (b"", b"data: ", b"{", b'data: {"a": "'):
        outcomes = []
        for step in (size, 1 << 30):
            try:
                outcomes.append(read(start + data, step))
            except EndpointError as error:
                outcomes.append([error.fault])
        assert outcomes[0] == outcomes[1]


def test_no_secret_is_in_a_sentence() -> None:
    assert KEY not in str(fails(f"data: Incorrect API key provided: {KEY}.;\n\n".encode()))
    assert "hunter2" not in str(fails(b'{"error": "bad key hunter2"}', secrets=["hunter2"]))
