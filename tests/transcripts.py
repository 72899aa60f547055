"""Replies of real servers with their quirks, as bytes, and what must become of them.

A file holds `events` (an object is one `data:` line, a text is sent as it is) or `body` (an object or a text).
Fields that every chunk has (`id`, `object`, `created`, `model`) are filled in where a file leaves them out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "chat" / "transcripts"
COMMON = {"id": "chatcmpl-1", "created": 1790000000, "model": "test-model"}


@dataclass(frozen=True)
class Transcript:
    name: str
    server: str
    quirk: str
    source: str
    streamed: bool
    content_type: str
    response: bytes
    options: dict[str, Any]  # of the Accumulator: what the endpoint's profile would say
    expect: dict[str, Any]


def load() -> list[Transcript]:
    return [read(path) for path in sorted(FOLDER.glob("*.json"))]


def read(path: Path) -> Transcript:
    found = json.loads(path.read_text("utf-8"))
    streamed = "events" in found
    if streamed:
        response = b"".join(event(item) for item in found["events"])
    elif isinstance(found["body"], str):
        response = found["body"].encode()
    else:
        response = json.dumps(filled(found["body"], "chat.completion"), ensure_ascii=False).encode()
    given = found.get("content_type", "text/event-stream" if streamed else "application/json")
    return Transcript(
        path.stem,
        found["server"],
        found["quirk"],
        found["source"],
        streamed,
        given,
        response,
        found.get("options", {}),
        found["expect"],
    )


def event(item: object) -> bytes:
    if isinstance(item, str):
        return item.encode("utf-8")
    return b"data: " + json.dumps(filled(item, "chat.completion.chunk"), ensure_ascii=False).encode() + b"\n\n"


def filled(item: Any, kind: str) -> Any:
    if not isinstance(item, dict) or "choices" not in item:
        return item
    return {**COMMON, "object": kind, **item}
