"""A scripted chat-completions server: it replies what a function of the request says; it counts 900 tokens."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Message = dict[str, Any]  # as the assistant says it: content, tool_calls


@contextmanager
def llm_server(reply: Callable[[dict[str, Any]], Message | int]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Its base URL, and the requests as they come; a number as the reply is an HTTP status."""
    seen: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append(body)
            said = reply(body)
            if isinstance(said, int):
                key = str(self.headers["Authorization"]).removeprefix("Bearer ")  # some servers say it again
                told = {"error": {"message": f"out of order for the key {key} at {self.path}"}}
                self._send(said, "application/json", json.dumps(told).encode())
                return
            usage = {"prompt_tokens": said.pop("prompt_tokens", 900), "completion_tokens": 20}
            if not body["stream"]:
                whole = {
                    "model": "m",
                    "choices": [{"index": 0, "message": said, "finish_reason": "stop"}],
                    "usage": usage,
                }
                self._send(200, "application/json", json.dumps(whole).encode())
                return
            text = said.get("content") or ""
            deltas: list[Message] = [{"content": text[n : n + 7]} for n in range(0, len(text), 7)]
            calls = said.get("tool_calls") or []
            deltas += [{"tool_calls": [{"index": n, **call}]} for n, call in enumerate(calls)]
            chunks = [{"model": "m", "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
            chunks += [
                {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
                {"choices": [], "usage": usage},
            ]
            events = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
            self._send(200, "text/event-stream", events.encode())

        def do_GET(self) -> None:
            self._send(200, "application/json", json.dumps({"object": "list", "data": [{"id": "m"}]}).encode())

        def _send(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def call(name: str, arguments: dict[str, Any], id: str = "call_1") -> Message:
    """A tool call as servers write it."""
    text = json.dumps(arguments, ensure_ascii=False)
    return {"id": id, "type": "function", "function": {"name": name, "arguments": text}}
