"""How long a word takes from the server's socket to the caller's loop.

A server process on loopback writes the time at which it sends each word into the word itself; the client's side notes
when it comes out of `KnowledgeBase.stream`'s machinery (endpoint, accumulator, shown text, portal) in a plain `for`.
Beside it, in the same run, the same words through a bare socket: what the machine itself needs.

    python benchmarks/first_token.py [--words 200] [--seconds 0.02]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import socket
import time
from collections.abc import Iterator

import numpy as np

from wenyuan.chat.client import Endpoint
from wenyuan.engine.portal import Portal
from wenyuan.generate import LanguageModel, Preview
from wenyuan.prompt import build_prompt
from wenyuan.types import Context, Query, TextDelta


def serve(listener: socket.socket, words: int, seconds: float) -> None:
    """Answer every connection with so many words, one each `seconds`."""
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.recv(1 << 20)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for _ in range(words):
            time.sleep(seconds)
            chunk = {"choices": [{"index": 0, "delta": {"content": f"{time.monotonic():.6f}\n"}}]}
            connection.sendall(f"data: {json.dumps(chunk)}\n\n".encode())
        connection.sendall(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
        connection.close()


def through_the_engine(port: int) -> Iterator[str]:
    """The words as a caller of the engine gets them."""
    portal = Portal()
    endpoint = Endpoint(f"http://127.0.0.1:{port}/v1", "m")
    prompt = build_prompt(Query("q", "en", "q"), Context((), 0))
    for event in Preview(tuple).show(portal.iterate(lambda: LanguageModel(endpoint).events(prompt))):
        if isinstance(event, TextDelta):
            yield event.text
    portal.close(endpoint.aclose)


def through_a_socket(port: int) -> Iterator[str]:
    """The words as they come out of the socket."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n\r\n")
        rest = b""
        while data := connection.recv(65536):
            rest += data
            while b"\n\n" in rest:
                event, rest = rest.split(b"\n\n", 1)
                if b'"content"' in event:
                    yield json.loads(event.split(b"data: ")[1])["choices"][0]["delta"]["content"]


def delays(words: Iterator[str]) -> np.ndarray:
    """Milliseconds each word took; the first of all is left out, which waits for the SDK's import."""
    found = []
    for text in words:
        now = time.monotonic()
        found += [(now - float(word)) * 1000 for word in text.split()]
    return np.array(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=0.02)
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    process = multiprocessing.get_context("fork").Process(
        target=serve, args=(listener, options.words, options.seconds), daemon=True
    )
    process.start()
    print(f"{platform.machine()}, {options.words} words, one each {options.seconds:g} s, ms from server to caller")
    for name, way in (("socket", through_a_socket), ("engine", through_the_engine)):
        found = delays(way(port))
        p50, p95 = np.percentile(found, [50, 95])
        print(
            f"{name:8} n {len(found):4}  first {found[0]:5.2f}  p50 {p50:5.2f}  p95 {p95:5.2f}  max {found.max():5.2f}"
        )
    process.kill()


if __name__ == "__main__":
    main()
