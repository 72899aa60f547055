"""Whether it lives."""

from __future__ import annotations

import re

from running import Running


def test_it_lives_is_ready_and_says_its_version(library: Running) -> None:
    caller = library.client()
    assert caller.get("/livez").json() == {"status": "alive"}
    ready = caller.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert re.match(r"\d+\.\d+", caller.get("/version").json()["version"])


def test_who_watches_it_may_ask_for_the_head_only(library: Running) -> None:
    for path in ("/livez", "/readyz"):
        reply = library.client().head(path)
        assert (reply.status_code, reply.content) == (200, b"")


def test_figures_name_no_tenant_document_or_question(library: Running) -> None:
    reader, admin = library.client(library.key("read", tenant="default")), library.client(library.key("admin"))
    reader.post("/api/knowledge-bases/manuals/ask", json={"question": "quite unmistakable words"})
    reader.get("/nonsense/unmistakable")
    text = admin.get("/metrics").text
    assert 'wenyuan_requests_total{method="POST",route="/api/knowledge-bases/{kb}/ask",status="200"}' in text
    assert "wenyuan_open_knowledge_bases 1.0" in text
    assert 'wenyuan_stage_seconds_count{stage="encode"}' in text
    assert "unmistakable" not in text
    assert "manuals" not in text
    assert reader.get("/metrics").status_code == 403
