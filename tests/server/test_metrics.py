"""Figures for Prometheus."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from running import Running, running

from .conftest import PUMP
from .wire import Wire, asked


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("metrics")) as server:
        server.make("secret-kb", {"secret-document.md": PUMP})
        server.make("kb", {"pump.md": PUMP}, tenant="secret-tenant")
        yield server


def figures(server: Running) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = asked(server, "GET", "/metrics").body.decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_by_the_pattern_of_their_path(counted: Running) -> None:
    path = "/api/knowledge-bases/{kb}/documents/{document:path}"
    for _ in range(3):
        asked(counted, "GET", "/api/knowledge-bases/secret-kb/documents/secret-document.md")
    asked(counted, "GET", "/api/knowledge-bases/secret-kb/documents/absent.md")
    found = figures(counted)
    assert found["wenyuan_requests_total", (("method", "GET"), ("route", path), ("status", "200"))] == 3
    assert found["wenyuan_requests_total", (("method", "GET"), ("route", path), ("status", "404"))] == 1
    assert found["wenyuan_request_seconds_count", (("route", path),)] == 4


def test_what_was_turned_away_is_counted(counted: Running) -> None:
    before = figures(counted)
    asked(counted, "GET", "/livez", host="evil.example")
    asked(counted, "BREW", "/nowhere/else")
    found = figures(counted)
    for status in ("421", "404"):
        key = "wenyuan_requests_total", (("method", ""), ("route", "none"), ("status", status))
        assert found[key] == before.get(key, 0) + 1


def test_questions_are_counted_by_stage_and_decision(counted: Running) -> None:
    body = json.dumps({"question": "How long is the warranty?"}).encode()
    for stream in (False, True):
        sent = json.dumps(json.loads(body) | {"stream": stream}).encode()
        assert asked(counted, "POST", "/api/knowledge-bases/secret-kb/ask", sent).status == 200
    found = figures(counted)
    assert found["wenyuan_answers_total", (("decision", "answered"),)] == 2
    assert any(name == "wenyuan_stage_seconds_count" for name, _ in found)
    assert found["wenyuan_open_knowledge_bases", ()] >= 1
    assert (found["wenyuan_questions_working", ()], found["wenyuan_questions_waiting", ()]) == (0, 0)
    assert found["wenyuan_jobs_waiting", ()] == 0


def test_no_label_names_what_callers_brought(counted: Running) -> None:
    for target in ("/secret-path", "/api/knowledge-bases/secret-name", "/api/jobs/secret-job?secret=1"):
        asked(counted, "GET", target)
    text = asked(counted, "GET", "/metrics").body.decode()
    assert "secret" not in text
    assert "pump" not in text


def test_callers_cannot_make_the_figures_grow(counted: Running) -> None:
    for n in range(50):
        asked(counted, f"BREW{n}", f"/nowhere/{n}")
        asked(counted, f"BREW{n}", "/livez")
    lines = [each for each in asked(counted, "GET", "/metrics").body.decode().splitlines() if "BREW" in each]
    assert lines == []


def test_who_hangs_up_is_counted(counted: Running) -> None:
    with Wire(counted) as wire:
        wire.ask("POST", "/api/knowledge-bases/secret-kb/search", content_length="10", content_type="application/json")
    asked(counted, "GET", "/livez")
    statuses = {dict(labels).get("status") for name, labels in figures(counted) if name == "wenyuan_requests_total"}
    assert all(re.fullmatch(r"\d+", str(status)) for status in statuses)


def test_they_are_for_who_administers(server: Running) -> None:
    assert server.client(server.key("read")).get("/metrics").status_code == 403
    assert server.client().get("/metrics").status_code == 401
    assert server.client(server.key("admin")).get("/metrics").headers["content-type"].startswith("text/plain")
