"""Every path of the service, and how a request to it is made: one that is new and has no entry here fails the tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .world import SALARY, Ids

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    given: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {dict(self.given)}"


@dataclass(frozen=True)
class Entry:
    """How a path is called. `slots` are the kinds of ids that take part; `whole`: also by who may do it, for what is
    its own, as it changes nothing that other cases need."""

    slots: tuple[str, ...]
    given: Callable[[Ids], list[dict[str, Any]]] = lambda ids: [{}]
    whole: bool = True


def _json(**fields: Any) -> dict[str, Any]:
    return {"json": fields}


def _filters(ids: Ids) -> list[dict[str, Any]]:
    """Ways to narrow a search to one document."""
    tree = {"field": "document", "op": "eq", "value": ids.document}
    folder = ids.document.rpartition("/")[0] or "x"
    return [
        {"where": [f"document={ids.document}"]},
        {"filter": {"or": [tree, {"field": "source", "op": "in", "value": [ids.document, folder]}]}},
        {"filter": {"not": tree}, "where": ["access=hr"]},
        {"where": ["access!=it", "project!=x"], "constraints": False},
    ]


def _questions(ids: Ids, **more: Any) -> list[dict[str, Any]]:
    asked = f"What is the {SALARY}, and the warranty of the pump? And the canteen?"
    return [_json(question=asked, **narrowed, **more) for narrowed in _filters(ids)]


def _listings(ids: Ids) -> list[dict[str, Any]]:
    tree = json.dumps({"field": "document", "op": "in", "value": [ids.document]})
    return [
        {"params": {}},
        {"params": {"folder": ids.document}},
        {"params": {"folder": ids.document.rpartition("/")[0]}},
        {"params": {"where": [f"document={ids.document}", "access=hr"]}},
        {"params": {"filter": tree}},
        {"params": {"after": ids.document, "limit": 1}},
    ]


def _why(ids: Ids) -> list[dict[str, Any]]:
    plain = {"question": f"the {SALARY} at the moat, the canteen", "document": ids.document}
    return [_json(**plain), _json(**plain, ask=True), _json(**plain, where=["access=hr"])]


def _chat(ids: Ids, **more: Any) -> dict[str, Any]:
    asked = f"What is the {SALARY}, according to {ids.document}?"
    return _json(model=ids.kb, messages=[{"role": "user", "content": asked}], **more)


def _upload(ids: Ids) -> list[dict[str, Any]]:
    """A file of a format that is not read: what is asked is whether the knowledge base is there."""
    return [{"files": [("files", ("x.exe", b"x"))]}, {"files": [("files", ("x.exe", b"x"))], "data": {"metadata": "{"}}]


KB = "/api/knowledge-bases/{kb}"
SURFACE: dict[str, Entry] = {
    "GET /livez": Entry(()),
    "GET /readyz": Entry(()),
    "GET /version": Entry(()),
    "GET /metrics": Entry(()),
    "GET /api/me": Entry(()),
    "GET /api/knowledge-bases": Entry(()),
    "POST /api/knowledge-bases": Entry((), lambda ids: [_json(name="../x"), _json(name="")]),
    f"GET {KB}": Entry(("kb",)),
    f"DELETE {KB}": Entry(("kb",), whole=False),
    f"GET {KB}/health": Entry(("kb",)),
    f"GET {KB}/settings": Entry(("kb",)),
    f"PUT {KB}/settings": Entry(("kb",), lambda ids: [_json(toml="["), _json(toml="x = 1")]),
    f"GET {KB}/rules": Entry(("kb",)),
    f"PUT {KB}/rules": Entry(("kb",), lambda ids: [_json(toml="["), _json(toml="[[rule]]")]),
    f"GET {KB}/documents": Entry(("kb", "document"), _listings),
    f"POST {KB}/documents": Entry(("kb",), _upload),
    f"GET {KB}/documents/{{document}}": Entry(("kb", "document")),
    f"DELETE {KB}/documents/{{document}}": Entry(("kb", "document"), whole=False),
    f"GET {KB}/text": Entry(("kb", "document"), lambda ids: [{"params": {"document": ids.document, "start": 1}}]),
    f"GET {KB}/chunks": Entry(("kb", "document"), lambda ids: [{"params": {"document": ids.document}}]),
    f"GET {KB}/file": Entry(("kb", "document"), lambda ids: [{"params": {"document": ids.document}}]),
    f"GET {KB}/places": Entry(
        ("kb", "document"), lambda ids: [{"params": {"document": ids.document, "start": 0, "end": 99}}]
    ),
    f"POST {KB}/sync": Entry(("kb",), lambda ids: [_json(), _json(rebuild=True)], whole=False),
    f"POST {KB}/add": Entry(("kb",), lambda ids: [_json(paths=["/nowhere"])], whole=False),
    f"POST {KB}/delete": Entry(("kb", "document"), lambda ids: [_json(documents=[ids.document])], whole=False),
    f"POST {KB}/search": Entry(("kb", "document"), lambda ids: _questions(ids, explain=True, trace=True)),
    f"POST {KB}/ask": Entry(
        ("kb", "document"), lambda ids: [*_questions(ids, trace=True), *_questions(ids, stream=True)[:1]]
    ),
    f"POST {KB}/why": Entry(("kb", "document"), _why),
    f"GET {KB}/traces/{{trace}}": Entry(("kb", "trace")),
    f"POST {KB}/feedback": Entry(("kb", "trace"), lambda ids: [_json(verdict="wrong", trace_id=ids.trace)]),
    f"GET {KB}/feedback": Entry(("kb",), lambda ids: [{"params": {"before": 1 << 40}}, {"params": {"before": -1}}]),
    f"GET {KB}/sources": Entry(("kb",)),
    f"POST {KB}/sources": Entry(("kb",), lambda ids: [_json(name="x", location="http://127.0.0.1/"), _json(name="")]),
    f"GET {KB}/sources/{{name}}": Entry(("kb", "source")),
    f"PATCH {KB}/sources/{{name}}": Entry(("kb", "source"), lambda ids: [_json(paused=True)], whole=False),
    f"DELETE {KB}/sources/{{name}}": Entry(("kb", "source"), whole=False),
    f"POST {KB}/sources/{{name}}/run": Entry(("kb", "source"), whole=False),
    f"GET {KB}/sources/{{name}}/failures": Entry(("kb", "source")),
    f"POST {KB}/documents/url": Entry(("kb",), lambda ids: [_json(url="http://127.0.0.1/"), _json(url="file:///x")]),
    f"GET {KB}/backup": Entry(("kb",)),
    f"POST {KB}/restore": Entry(("kb",), lambda ids: [{"files": [("file", ("x.tar.gz", b"x"))]}]),
    f"GET {KB}/snapshots": Entry(("kb",)),
    f"POST {KB}/snapshots": Entry(("kb",), lambda ids: [_json(name="../x")]),
    f"POST {KB}/snapshots/{{name}}/restore": Entry(("kb", "snapshot"), whole=False),
    f"DELETE {KB}/snapshots/{{name}}": Entry(("kb", "snapshot"), whole=False),
    f"GET {KB}/curated-answers": Entry(("kb",)),
    f"PUT {KB}/curated-answers/{{name}}": Entry(("kb",), lambda ids: [_json(text="x", expires="2099-01-01")]),
    f"DELETE {KB}/curated-answers/{{name}}": Entry(("kb", "answer"), whole=False),
    "GET /v1/models": Entry(()),
    "GET /v1/models/{model}": Entry(("kb",)),
    "POST /v1/chat/completions": Entry(("kb",), lambda ids: [_chat(ids), _chat(ids, stream=True)]),
    "POST /v1/embeddings": Entry(("kb",), lambda ids: [_json(model=ids.kb, input="x")]),
    **{
        f"POST {path}": Entry(("kb",), lambda ids: [_json(model=ids.kb, query="x", documents=["x", "y"])])
        for path in ("/rerank", "/v1/rerank", "/v2/rerank")
    },
    "GET /api/jobs": Entry(()),
    "GET /api/jobs/{job}": Entry(("job",)),
    "GET /api/jobs/{job}/events": Entry(("job",)),
    "DELETE /api/jobs/{job}": Entry(("job",)),
    "GET /api/keys": Entry(()),
    "POST /api/keys": Entry((), lambda ids: [_json(name="x", rights=["owner"])]),
    "DELETE /api/keys/{key}": Entry(("key",), whole=False),
    "GET /api/audit": Entry((), lambda ids: [{"params": {"before": 1 << 40}}, {"params": {"limit": 0}}]),
}


def operations(schema: Mapping[str, Any]) -> list[str]:
    """Every operation of an OpenAPI document, as `SURFACE` has them."""
    return [
        f"{method.upper()} {path.replace(':path}', '}')}"
        for path, methods in schema["paths"].items()
        for method in methods
        if method in METHODS
    ]


def calls(operation: str, ids: Ids) -> Iterator[Call]:
    """The requests of an operation for these ids."""
    method, path = operation.split(" ", 1)
    for place, kind in _places(path):
        path = path.replace(f"{{{place}}}", _quoted(kind, ids.of(kind)))
    for given in SURFACE[operation].given(ids):
        yield Call(method, path, given)


def _places(path: str) -> Iterator[tuple[str, str]]:
    """What stands in braces in a path, and of which kind it is."""
    yield from ((kind, kind) for kind in ("kb", "document", "job", "trace", "key"))
    yield "model", "kb"
    for kind in ("source", "snapshot", "answer"):
        if f"{kind}s/{{name}}" in path:
            yield "name", kind


def _quoted(kind: str, id: str) -> str:
    """In a path; dots are written so that a client does not take them for a way up."""
    return quote(id, safe="/" if kind == "document" else "").replace("..", "%2E%2E")
