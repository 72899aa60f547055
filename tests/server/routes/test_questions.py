"""Questions over HTTP."""

from __future__ import annotations

import json

import httpx
import pytest

from running import Running

BASE = "/api/knowledge-bases/manuals"


@pytest.fixture(scope="session")
def reader(library: Running) -> httpx.Client:
    return library.client(library.key("read"))


def test_a_search_has_hits_and_a_trace(reader: httpx.Client) -> None:
    found = reader.post(
        f"{BASE}/search", json={"question": "How long is the warranty?", "k": 1, "explain": True}
    ).json()
    [hit] = found["hits"]
    assert (hit["document"], hit["headings"]) == ("en/pump.md", ["Pump PX-200", "Warranty"])
    assert set(hit["legs"]) == {"bm25", "dense"}
    assert "fuse" in hit["stages"]
    trace = reader.get(f"{BASE}/traces/{found['trace_id']}").json()
    assert trace["query"]["text"] == "How long is the warranty?"
    assert reader.post(f"{BASE}/search", json={"question": "warranty", "trace": True}).json()["trace"]["format"] == 1


@pytest.mark.parametrize(
    ("question", "document"), [("保修期多长？", "zh/泵.md"), ("How long is the warranty?", "en/pump.md")]
)
def test_an_answer_quotes_its_source(reader: httpx.Client, question: str, document: str) -> None:
    answer = reader.post(f"{BASE}/ask", json={"question": question}).json()
    assert answer["decision"] == "ANSWERED"
    [citation] = answer["citations"]
    stretch = {name: citation[name] for name in ("document", "start", "end")}
    assert citation["document"] == document
    assert reader.get(f"{BASE}/text", params=stretch).json()["text"] == citation["quote"]
    assert citation["quote"] in answer["answer"]


def test_an_answer_is_streamed_the_answer_last(reader: httpx.Client) -> None:
    body = {"question": "How long is the warranty?", "stream": True}
    with reader.stream("POST", f"{BASE}/ask", json=body) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["x-accel-buffering"] == "no"
        lines = [line for line in response.iter_lines() if line]
    assert lines[-2] == "event: answer"
    answer = json.loads(lines[-1].removeprefix("data: "))
    assert "24 months" in answer["answer"]
    assert reader.get(f"{BASE}/traces/{answer['trace_id']}").status_code == 200


def test_a_follow_up_is_asked_in_the_light_of_the_turns_before(reader: httpx.Client) -> None:
    turns = [
        {"role": "user", "content": "水泵 PX-200 的保修期多长？"},
        {"role": "assistant", "content": "保修期为 24 个月。"},
    ]
    found = reader.post(f"{BASE}/search", json={"question": "从什么时候算起？", "history": turns}).json()
    assert found["rewritten"] is not None or found["notes"]


def test_why_says_what_became_of_a_document(reader: httpx.Client) -> None:
    body = {"question": "warranty", "document": "zh/泵.md"}
    assert reader.post(f"{BASE}/why", json=body).json()["stage"] in ("found", "distinct", "rerank")
    body = {"question": "warranty", "document": "absent.md"}
    assert reader.post(f"{BASE}/why", json=body).json()["stage"] == "unknown"


def test_filters_and_options_reach_the_engine(reader: httpx.Client) -> None:
    def ids(**body: object) -> list[str]:
        found = reader.post(f"{BASE}/search", json={"question": "warranty 保修", **body}).json()
        return sorted({hit["document"] for hit in found["hits"]})

    assert ids() == ["en/pump.md", "zh/泵.md"]
    assert ids(where=["source=zh"]) == ["zh/泵.md"]
    assert ids(filter={"field": "document", "op": "eq", "value": "en/pump.md"}) == ["en/pump.md"]
    assert ids(legs=["bm25"], rerank=False) == ["en/pump.md", "zh/泵.md"]
    dated = {"question": "What changed in the pump manual of 1999?"}
    with_date, without = (
        reader.post(f"{BASE}/search", json=dated | {"constraints": wanted}).json()["constraints"]
        for wanted in (True, False)
    )
    assert with_date
    assert without == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "question"),
        ({"question": ""}, 400, None),
        ({"question": "x", "k": 0}, 422, "k"),
        ({"question": "x", "nonsense": 1}, 422, "nonsense"),
        ({"question": "x" * 70_000}, 422, "question"),
        ({"question": "x", "legs": ["other"]}, 400, None),
        ({"question": "x", "where": ["time>soon"]}, 400, None),
        ({"question": "x", "filter": {"and": []}}, 400, None),
        ({"question": "x", "history": [{"role": "system", "content": "x"}]}, 422, "history.0.role"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_sentence(reader: httpx.Client, body, status: int, field) -> None:
    reply = reader.post(f"{BASE}/search", json=body)
    error = reply.json()["error"]
    assert (reply.status_code, error["type"], error["param"]) == (status, "invalid_request_error", field)
    assert "\n" not in error["message"]


def test_a_stream_that_cannot_begin_has_its_errors_status(reader: httpx.Client) -> None:
    body = {"question": "x", "stream": True, "where": ["nonsense"]}
    assert reader.post(f"{BASE}/ask", json=body).status_code == 400
    assert reader.post("/api/knowledge-bases/absent/ask", json=body).status_code == 404


def test_feedback_is_kept_for_who_administers(library: Running, reader: httpx.Client) -> None:
    said = {"verdict": "wrong", "question": "保修期？", "correction": "二十四个月"}
    assert reader.post(f"{BASE}/feedback", json=said).status_code == 201
    assert reader.get(f"{BASE}/feedback").status_code == 403
    admin = library.client(library.key("admin"))
    assert admin.get(f"{BASE}/feedback").json()["feedback"][0]["correction"] == "二十四个月"
    assert reader.post(f"{BASE}/feedback", json={"verdict": "good"}).status_code == 422


def test_a_trace_is_not_shown_to_others_nor_once_its_documents_are_hidden(server: Running) -> None:
    server.make("kb", {"a.md": "# A\n\nThe valve is green."})
    asker, other = (server.client(server.key("read", groups=[])) for _ in range(2))
    path = "/api/knowledge-bases/kb/"
    found = asker.post(f"{path}search", json={"question": "valve"}).json()
    assert len(found["hits"]) == 1
    assert asker.get(f"{path}traces/{found['trace_id']}").status_code == 200
    assert other.get(f"{path}traces/{found['trace_id']}").status_code == 404
    server.put(server.service.home.place("default", "kb"), {"a.md": "# A\n\nThe valve is green."}, {"access": "hr"})
    with server.service.shelf.lent("default", "kb") as base:
        base.take("a.md")
    assert asker.get(f"{path}traces/{found['trace_id']}").status_code == 404
