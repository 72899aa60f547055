"""A language model that says what a test has it say, word by word, as slowly as the test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Model:
    """What is said next, and how."""

    url: str = ""
    pieces: list[str] = field(default_factory=lambda: ["24 months [1]."])
    pause: float = 0.0  # seconds before each piece
    go_on: threading.Event = field(default_factory=threading.Event)  # what the last piece waits for

    def say(self, *pieces: str, pause: float = 0.0, wait: bool = False) -> None:
        """From the next question on. `wait`: the last piece comes when the test lets it."""
        self.pieces, self.pause = list(pieces), pause
        self.go_on = threading.Event()
        if not wait:
            self.go_on.set()


@contextmanager
def speaking() -> Iterator[Model]:
    """The model behind an address as OpenAI has it."""
    model = Model()
    model.go_on.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            pieces, pause, go_on = model.pieces, model.pause, model.go_on
            self.send_response(200)
            streams = bool(asked.get("stream"))
            self.send_header("Content-Type", "text/event-stream" if streams else "application/json")
            self.end_headers()
            if not streams:
                said = {"role": "assistant", "content": "".join(pieces)}
                choice = {"index": 0, "message": said, "finish_reason": "stop"}
                self._write(json.dumps({"model": "m", "choices": [choice], "usage": _USAGE}))
                return
            for n, piece in enumerate(pieces):
                time.sleep(pause)
                if n == len(pieces) - 1:
                    go_on.wait(30)
                self._event({"choices": [{"index": 0, "delta": {"content": piece}}]})
            self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            self._event({"choices": [], "usage": _USAGE})
            self._write("data: [DONE]\n\n")

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self._write(json.dumps({"object": "list", "data": [{"id": "m"}]}))

        def _event(self, chunk: dict[str, object]) -> None:
            self._write(f"data: {json.dumps({'model': 'm', **chunk})}\n\n")

        def _write(self, text: str) -> None:
            try:
                self.wfile.write(text.encode())
                self.wfile.flush()
            except OSError:
                self.close_connection = True  # whoever asked has gone

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_USAGE = {"prompt_tokens": 900, "completion_tokens": 20}
