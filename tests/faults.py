"""The table of faults: what a server does, streamed and not, and what a client must make of it.

`expect` speaks of a client with time limits of at most a second (to connect, for the first byte, between bytes) and
two seconds in all. Where `retries` is set, one that asks again gets the reply, one that does not an error of `faults`.
No fault may ever show an error, a web page or half a reply as the text of an answer.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from fault_server import Drip, Pause, Reset, Script, Step

TEXT = "保修期为两年。Two years."
HANG = Pause()
JSON, SSE = "application/json", "text/event-stream"
DONE = b"data: [DONE]\n\n"
BEIJING, SHANGHAI = '{"city": "北京"}', '{"city": "上海"}'
SECRET = "sk-test-0123456789abcdef"


@dataclass(frozen=True)
class Expect:
    """A reply (`text`, `calls`, `finish`), or an error with one of `faults`, or with `retries` either."""

    text: str | None = None
    calls: tuple[tuple[str, str], ...] = ()
    finish: str = "stop"
    faults: tuple[str, ...] = ()
    retries: bool = False


@dataclass(frozen=True)
class Fault:
    """One row: scripts for the first, second, … request; none at all: the connection is refused."""

    name: str
    expect: Expect
    streamed: tuple[Script, ...]
    whole: tuple[Script, ...]
    expect_whole: Expect | None = None  # where it differs

    def scripts(self, *, stream: bool) -> Sequence[Script]:
        return self.streamed if stream else self.whole

    def wanted(self, *, stream: bool) -> Expect:
        return self.expect if stream or self.expect_whole is None else self.expect_whole


def good(text: str = TEXT, finish: str = "stop", calls: tuple[tuple[str, str], ...] = ()) -> Expect:
    return Expect(text, calls, finish)


def bad(*faults: str) -> Expect:
    return Expect(faults=faults)


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **fields: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **fields}


def said(text: str | None = TEXT, finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
    usage = {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [choice],
        "usage": usage,
    }


def raw(found: object) -> bytes:
    return json.dumps(found, ensure_ascii=False).encode()


def head(status: str = "200 OK", kind: str | None = JSON, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def answer(body: object, status: str = "200 OK", kind: str | None = JSON, **headers: str) -> Script:
    """A body with its length."""
    data = body if isinstance(body, bytes) else raw(body)
    return [head(status, kind, Content_Length=str(len(data)), **headers), data]


def frame(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def stream(*items: dict[str, Any] | Step, kind: str | None = SSE, end: bool = True, **headers: str) -> Script:
    """Events in HTTP chunks: an object is one event, bytes are sent as they are; `end`: the last chunk comes."""
    steps: list[Step] = [head(kind=kind, Transfer_Encoding="chunked", **headers)]
    for item in items:
        if isinstance(item, dict):
            steps.append(frame(b"data: " + raw(item) + b"\n\n"))
        else:
            steps.append(frame(item) if isinstance(item, bytes) else item)
    return [*steps, b"0\r\n\r\n"] if end else steps


FIRST, SECOND = chunk({"role": "assistant", "content": "保修期为"}), chunk({"content": "两年。Two years."})
STOP = chunk(finish="stop")
GOOD_STREAM = stream(FIRST, SECOND, STOP, DONE)
GOOD_WHOLE = answer(said())
BODY = raw(said())


def call(index: int | None, name: str | None, arguments: Any, identity: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"function": {"name": name, "arguments": arguments}}
    if index is not None:
        found["index"] = index
    if identity is not None:
        found |= {"id": identity, "type": "function"}
    return found


def calling(*calls: dict[str, Any], finish: str | None = "tool_calls") -> list[dict[str, Any]]:
    """Each call in a chunk of its own, then the finish reason."""
    return [*(chunk({"tool_calls": [one]}) for one in calls), *([chunk(finish=finish)] if finish else [])]


def row(name: str, expect: Expect, streamed: Script, whole: Script, expect_whole: Expect | None = None) -> Fault:
    return Fault(name, expect, (streamed,), (whole,), expect_whole)


def same(name: str, expect: Expect, script: Script) -> Fault:
    """What the server does before it knows, or cares, whether a stream was asked for."""
    return row(name, expect, script, script)


def status(name: str, line: str, fault: str, body: object, kind: str = JSON, **headers: str) -> Fault:
    return same(name, bad(fault), answer(body, line, kind, **headers))


def then_good(name: str, fault: str, first: Script) -> Fault:
    expect = Expect(TEXT, faults=(fault,), retries=True)
    return Fault(name, expect, (first, GOOD_STREAM), (first, GOOD_WHOLE))


def error(message: str, code: object = None, kind: str = "error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code}}


def calls_row(
    name: str, wanted: tuple[tuple[str, str], ...], *calls: dict[str, Any], finish: str = "tool_calls"
) -> Fault:
    shown = "length" if finish == "length" else "tool_calls"
    return row(
        name,
        good("", shown, wanted),
        stream(*calling(*calls, finish=finish), DONE),
        answer(said(None, finish, tool_calls=list(calls))),
    )


BUSY = error("Rate limit reached, slow down", "rate_limit_exceeded")
BROKEN = error("internal error", 500, "server_error")
HTML = b"<!DOCTYPE html>\n<html><head><title>nginx</title></head><body>Welcome</body></html>"
LONG = "长" * (10 * 2**20 // 3)
TOO_LONG = b'"' + b"x" * (20 * 2**20) + b'"'
BOTH_CITIES = (("get_weather", BEIJING), ("get_weather", SHANGHAI))
A, B = call(0, "get_weather", BEIJING, "call_a"), call(0, "get_weather", SHANGHAI, "call_b")

EVENT = b"data: " + raw(FIRST) + b"\n\n"
INSIDE = EVENT.index("修".encode()) + 2  # between the second and the third byte of a character
SPLIT = (EVENT[:INSIDE], Pause(0.05), EVENT[INSIDE:])

CONNECTION = (
    Fault("refuse", bad("connect"), (), ()),
    same("close-before-headers", bad("closed", "connect"), []),
    same("reset-before-headers", bad("closed", "connect"), [Reset()]),
    same("close-in-status-line", bad("closed", "connect", "protocol"), [b"HTTP/1."]),
    same("close-in-headers", bad("closed", "connect", "protocol"), [b"HTTP/1.1 200 OK\r\nContent-Ty"]),
    same("not-http", bad("closed", "connect", "protocol"), [b"SSH-2.0-OpenSSH_9.6\r\n", Pause(0.2)]),
    same("hang-before-headers", bad("timeout"), [HANG]),
    same("hang-in-headers", bad("timeout"), [b"HTTP/1.1 200 OK\r\n", HANG]),
    row("hang-after-headers", bad("timeout"), stream(HANG), [head(Content_Length="100"), HANG]),
    row("hang-mid-token", bad("timeout"), stream(FIRST, HANG), [head(Content_Length=str(len(BODY))), BODY[:99], HANG]),
    row(
        "hang-in-thought",
        bad("timeout"),
        stream(chunk({"reasoning_content": "先看"}), HANG),
        [head(Content_Length="500"), b"\n\n", HANG],
    ),
    row(
        "drip",
        bad("timeout"),
        [head(kind=SSE), Drip(b"data: " + raw(FIRST) + b"\n\n", 0.3)],
        [head(Content_Length=str(len(BODY))), Drip(BODY, 0.3)],
    ),
    row(
        "slow-but-alive",
        good(),
        stream(Pause(0.1), FIRST, Pause(0.1), SECOND, Pause(0.1), STOP, DONE),
        [head(Content_Length=str(len(BODY))), Pause(0.2), BODY[:99], Pause(0.2), BODY[99:]],
    ),
    row(
        "one-byte-packets",
        good(),
        [
            head(kind=SSE),
            Drip(b"data: " + raw(FIRST) + b"\n\ndata: " + raw(SECOND) + b"\n\n", 0),
            b"data: " + raw(STOP) + b"\n\n" + DONE,
        ],
        [head(Content_Length=str(len(BODY))), Drip(BODY, 0)],
    ),
    row(
        "reset-mid-stream",
        bad("closed"),
        stream(FIRST, Pause(0.1), Reset()),
        [head(Content_Length=str(len(BODY))), BODY[:99], Pause(0.1), Reset()],
    ),
    row("close-mid-stream", bad("closed"), stream(FIRST, end=False), [head(Content_Length="9999"), BODY[:99]]),
    row(
        "close-mid-event",
        bad("closed"),
        stream(FIRST, b'data: {"choices": [{"index": 0, "del'),
        [head(kind=JSON), BODY[:99]],
    ),
    row("end-without-finish", bad("closed"), stream(FIRST, SECOND), [head(kind=JSON), BODY[:-2]]),
    row("length-promised-too-long", bad("closed"), stream(FIRST, end=False), [head(Content_Length="9999"), BODY[:-1]]),
    row("no-done", good(), stream(FIRST, SECOND, STOP), [head(kind=JSON), BODY]),
    row("reset-after-finish", good(), stream(FIRST, SECOND, STOP, Pause(0.1), Reset()), GOOD_WHOLE),
    row("close-after-finish", good(), stream(FIRST, SECOND, STOP, end=False), GOOD_WHOLE),
    row("hang-after-finish", good(), stream(FIRST, SECOND, STOP, HANG), [*GOOD_WHOLE, HANG]),
    row("hang-after-done", good(), stream(FIRST, SECOND, STOP, DONE, HANG), [*GOOD_WHOLE, HANG]),
    row("comments-forever", bad("timeout"), stream(*([b": keep-alive\n\n", Pause(0.2)] * 60)), [HANG]),
    row(
        "blank-lines-forever", bad("timeout"), stream(*([b"\n", Pause(0.2)] * 60)), stream(*([b"\n", Pause(0.2)] * 60))
    ),
)
STATUS = (
    then_good("429-then-good", "rate_limit", answer(BUSY, "429 Too Many Requests", Retry_After="0")),
    then_good("429-no-header-then-good", "rate_limit", answer(BUSY, "429 Too Many Requests")),
    then_good("429-date-then-good", "rate_limit", answer(BUSY, "429 Too Many Requests", Retry_After=formatdate(0))),
    then_good("429-odd-header-then-good", "rate_limit", answer(BUSY, "429 Too Many Requests", Retry_After="soon")),
    status("429-forever", "429 Too Many Requests", "rate_limit", BUSY, Retry_After="0"),
    status("429-wait-a-day", "429 Too Many Requests", "rate_limit", BUSY, Retry_After="86400"),
    status(
        "429-no-quota",
        "429 Too Many Requests",
        "rate_limit",
        error("You exceeded your current quota", "insufficient_quota"),
    ),
    then_good("500-then-good", "server", answer(BROKEN, "500 Internal Server Error")),
    then_good("503-then-good", "server", answer(b"", "503 Service Unavailable", Retry_After="0")),
    then_good("408-then-good", "timeout", answer(error("timeout"), "408 Request Timeout")),
    then_good("reset-then-good", "closed", [Reset()]),
    status("500-forever", "500 Internal Server Error", "server", BROKEN),
    status("502-html", "502 Bad Gateway", "server", b"<html><h1>502 Bad Gateway</h1></html>", "text/html"),
    status("503-detail", "503 Service Unavailable", "server", {"detail": "模型正在加载"}),
    status("504-empty", "504 Gateway Timeout", "server", b""),
    status("529-overloaded", "529 Overloaded", "server", error("Overloaded", None, "overloaded_error")),
    status("401-key", "401 Unauthorized", "auth", error(f"Incorrect API key provided: {SECRET}", "invalid_api_key")),
    status("401-text", "401 Unauthorized", "auth", b"Unauthorized", "text/plain"),
    status("403-region", "403 Forbidden", "auth", error("Country not supported")),
    status("404-model", "404 Not Found", "not_found", error("The model `m` does not exist", "model_not_found")),
    status("404-html", "404 Not Found", "not_found", b"<html>Not Found</html>", "text/html"),
    status("405-method", "405 Method Not Allowed", "rejected", {"detail": "Method Not Allowed"}),
    status("400-context", "400 Bad Request", "rejected", error("maximum context length is 4096", 400)),
    status("400-tools", "400 Bad Request", "rejected", error("registry/m does not support tools", None, "api_error")),
    status(
        "400-chinese",
        "400 Bad Request",
        "rejected",
        {"code": "InvalidParameter", "message": "参数错误", "request_id": "1"},
    ),
    status("402-balance", "402 Payment Required", "rejected", error("Insufficient Balance")),
    status("413-too-large", "413 Payload Too Large", "rejected", b"<html>413</html>", "text/html"),
    status(
        "422-detail", "422 Unprocessable Entity", "rejected", {"detail": [{"loc": ["body"], "msg": "field required"}]}
    ),
    same("204-empty", bad("closed", "protocol"), [head("204 No Content", None)]),
    same(
        "redirect-loop",
        bad("protocol", "rejected", "connect", "server"),
        answer(b"", "307 Moved", Location="completions"),
    ),
)
BODIES = (
    same("html", bad("protocol"), answer(HTML, kind="text/html")),
    same("html-called-json", bad("protocol"), answer(HTML)),
    same("html-called-events", bad("protocol"), answer(HTML, kind=SSE)),
    same("plain-text", bad("protocol"), answer(b"Internal error, try later", kind="text/plain")),
    same("empty", bad("closed"), answer(b"")),
    same("error-with-200", bad("server"), answer(BROKEN)),
    same("error-text-with-200", bad("server"), answer({"error": "CUDA out of memory"})),
    row(
        "error-first",
        bad("rejected"),
        stream(error("context length exceeded", 400)),
        answer(error("context length", 400)),
    ),
    row("error-mid-stream", bad("server"), stream(FIRST, BROKEN, DONE), answer({**said("保修期为", None), **BROKEN})),
    row(
        "error-event",
        bad("server"),
        stream(FIRST, b"event: error\n", BROKEN),
        answer({"object": "error", "message": "x"}),
    ),
    row(
        "error-field",
        bad("rejected"),
        stream(b"error: " + raw({"code": 400, "message": "context size"}) + b"\n\n", DONE),
        answer({"code": 400, "message": "context size"}),
    ),
    row("error-after-call", bad("server"), stream(*calling(A, finish=None), BROKEN), answer({**said(None), **BROKEN})),
    row("finish-error", bad("server"), stream(FIRST, chunk(finish="error"), DONE), answer(said("保修期为", "error"))),
    row(
        "bad-utf8",
        bad("protocol"),
        stream(FIRST, b'data: {"a": "\xff"}\n\n'),
        answer(BODY.replace("保".encode(), b"\xe4\xbf")),
    ),
    row(
        "utf8-split",
        good(),
        stream(*SPLIT, SECOND, STOP, DONE),
        [head(kind=JSON), BODY[: BODY.index("保".encode()) + 1], Pause(0.05), BODY[BODY.index("保".encode()) + 1 :]],
    ),
    row(
        "utf8-cut",
        bad("protocol", "closed"),
        stream(FIRST, b'data: {"a": "\xe4\xbf'),
        [head(kind=JSON), b'{"a": "\xe4\xbf'],
    ),
    row("bad-json", bad("protocol"), stream(FIRST, b'data: {"choices": [}\n\n'), answer(b'{"choices": [}')),
    row("not-an-object", bad("protocol"), stream(b"data: 42\n\n"), answer(b"42")),
    row("called-json", good(), stream(FIRST, SECOND, STOP, DONE, kind=JSON), answer(said(), kind=SSE)),
    row("called-nothing", good(), stream(FIRST, SECOND, STOP, DONE, kind=None), answer(said(), kind=None)),
    row("called-html", good(), stream(FIRST, SECOND, STOP, DONE, kind="text/html"), answer(said(), kind="text/html")),
    row("body-for-stream-and-back", good(), GOOD_WHOLE, GOOD_STREAM),
    row("10-mb-line", good(LONG), stream(chunk({"content": LONG}), STOP, DONE), answer(said(LONG))),
    row(
        "20-mb-line",
        bad("protocol"),
        stream(b'data: {"a": ' + TOO_LONG + b"}\n\n"),
        answer(b'{"a": ' + TOO_LONG + b"}"),
    ),
    row(
        "gzip",
        good(),
        answer(
            gzip.compress(b"".join(b"data: " + raw(c) + b"\n\n" for c in (FIRST, SECOND, STOP)) + DONE),
            kind=SSE,
            Content_Encoding="gzip",
        ),
        answer(gzip.compress(BODY), Content_Encoding="gzip"),
    ),
    same("gzip-unsaid", bad("protocol"), answer(gzip.compress(BODY))),
    same("gzip-broken", bad("protocol", "closed"), answer(b"\x1f\x8b" + b"\x00" * 40, Content_Encoding="gzip")),
    row(
        "blank-lines-first",
        good(),
        stream(b"\n\n", b"\r\n", FIRST, b"\n", SECOND, STOP, DONE),
        answer(b"\n\n \r\n" + BODY),
    ),
    row(
        "comments-between",
        good(),
        stream(b": hi\n\n", FIRST, b": ping\n", SECOND, b":\n\n", STOP, DONE),
        answer(b"\n" + BODY),
    ),
    row(
        "single-newlines",
        good(),
        stream(*(b"data:" + raw(c) + b"\r\n" for c in (FIRST, SECOND, STOP)), b"data:[DONE]"),
        answer(b"\xef\xbb\xbf" + BODY),
    ),
)
REPLIES = (
    row("choices-null", bad("protocol"), stream({**STOP, "choices": None}, DONE), answer({**said(), "choices": None})),
    row("choices-empty", bad("protocol"), stream({**STOP, "choices": []}, DONE), answer({**said(), "choices": []})),
    row("only-done", bad("protocol"), stream(DONE), answer({"id": "c"})),
    row(
        "choices-empty-between",
        good(),
        stream({**STOP, "choices": []}, FIRST, {**STOP, "choices": None}, SECOND, STOP, DONE),
        GOOD_WHOLE,
    ),
    row(
        "choices-twice",
        good(),
        stream({**FIRST, "choices": FIRST["choices"] * 2}, SECOND, STOP, DONE),
        answer({**said(), "choices": said()["choices"] * 2}),
    ),
    row(
        "choices-several",
        good(),
        stream(FIRST, {**STOP, "choices": [{"index": 1, "delta": {"content": "No"}}]}, SECOND, STOP, DONE),
        answer({**said(), "choices": [*said()["choices"], {"index": 1, "message": {"content": "No"}}]}),
    ),
    row("usage-missing", good(), GOOD_STREAM, answer({key: value for key, value in said().items() if key != "usage"})),
    row(
        "usage-odd",
        good(),
        stream(FIRST, SECOND, STOP, {"choices": None, "usage": "many"}, DONE),
        answer({**said(), "usage": []}),
    ),
    row(
        "think",
        good(),
        stream(chunk({"content": "<thi"}), chunk({"content": "nk>想\n</think>\n\n"}), FIRST, SECOND, STOP, DONE),
        answer(said("<think>想</think>\n" + TEXT)),
    ),
    row(
        "think-unclosed",
        good("", "length"),
        stream(chunk({"content": "<think>保修"}), chunk(finish="length"), DONE),
        answer(said("<think>保修", "length")),
    ),
    row(
        "content-filter",
        good("保修期为", "content_filter"),
        stream(FIRST, chunk(finish="content_filter"), DONE),
        answer(said("保修期为", "content_filter")),
    ),
    row(
        "length",
        good("保修期为", "length"),
        stream(FIRST, chunk(finish="length"), DONE),
        answer(said("保修期为", "length")),
    ),
    row(
        "refusal",
        good("", "content_filter"),
        stream(chunk({"refusal": "I can't."}), STOP, DONE),
        answer(said(None, refusal="I can't.")),
    ),
    row(
        "content-number",
        bad("protocol"),
        stream(chunk({"content": 7}), STOP, DONE),
        answer({**said(), "choices": [{"message": {"content": 7}}]}),
    ),
    row("finish-unknown", good(), stream(FIRST, SECOND, chunk(finish="natural"), DONE), answer(said(finish="natural"))),
    row("finish-missing", good(), stream(FIRST, SECOND, DONE), answer(said(finish=None))),
    row(
        "call-as-text",
        good(f"<tool_call>{BEIJING}</tool_call>"),
        stream(chunk({"content": f"<tool_call>{BEIJING}</tool_call>"}), STOP, DONE),
        answer(said(f"<tool_call>{BEIJING}</tool_call>")),
    ),
    calls_row("calls-index-zero", BOTH_CITIES, A, B),
    calls_row(
        "calls-no-index", BOTH_CITIES, call(None, "get_weather", BEIJING, "a"), call(None, "get_weather", SHANGHAI, "b")
    ),
    calls_row("calls-no-id", BOTH_CITIES, call(0, "get_weather", BEIJING), call(0, "get_weather", SHANGHAI)),
    calls_row("calls-one-id", BOTH_CITIES, call(0, "get_weather", BEIJING, "a"), call(1, "get_weather", SHANGHAI, "a")),
    calls_row("calls-finish-stop", BOTH_CITIES, A, B, finish="stop"),
    calls_row("call-dict", (("get_weather", BEIJING),), call(0, "get_weather", {"city": "北京"}, "a")),
    calls_row("call-null-arguments", (("current_time", "{}"),), call(0, "current_time", None, "a")),
    calls_row("call-broken-arguments", (("get_weather", '{"city": '),), call(0, "get_weather", '{"city": ', "a")),
    calls_row(
        "call-glued-arguments", (("get_weather", BEIJING + SHANGHAI),), call(0, "get_weather", BEIJING + SHANGHAI, "a")
    ),
    calls_row(
        "call-cut-by-length",
        (("transfer", '{"amount": 12'),),
        call(0, "transfer", '{"amount": 12', "a"),
        finish="length",
    ),
    row(
        "call-filtered",
        good("", "content_filter"),
        stream(*calling(A, finish="content_filter"), DONE),
        answer(said("", "content_filter", tool_calls=[A])),
    ),
    row(
        "call-cut-by-close",
        bad("closed"),
        stream(*calling(A, finish=None)),
        [head(kind=JSON), raw(said(None, "tool_calls", tool_calls=[A]))[:-150]],
    ),
    row(
        "call-cut-by-done",
        bad("closed"),
        stream(*calling(call(0, "f", '{"a": 1', "a"), finish=None), DONE),
        [head(kind=JSON), b'{"choices": ['],
    ),
    row(
        "call-nameless",
        bad("protocol"),
        stream(*calling(call(0, None, BEIJING, "a")), DONE),
        answer(said(None, "tool_calls", tool_calls=[call(0, None, BEIJING, "a")])),
    ),
)
FAULTS: tuple[Fault, ...] = (*CONNECTION, *STATUS, *BODIES, *REPLIES)
