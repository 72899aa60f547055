"""Rights that end in the middle: the next request sees nothing of what was seen a moment before."""

from __future__ import annotations

import json
import threading

import httpx
import pytest

from running import Running, finished, until
from wenyuan.engine.report import Report

BASE = "/api/knowledge-bases/kb"
CANARY = "zqrevoked"
TEXT = f"# Moat {CANARY}\n\nThe moat {CANARY} is nine metres deep, says the moat survey.\n"
QUESTION = "How deep is the moat?"


@pytest.fixture
def admin(server: Running) -> httpx.Client:
    server.make("kb", {"open.md": "# Canteen\n\nThe canteen opens at noon, and the moat is closed.\n"})
    made = server.client(server.key("admin"))
    brought(made, "it", "survey.md")
    return made


def brought(caller: httpx.Client, groups: str, name: str, text: str = TEXT) -> dict[str, object]:
    files, fields = [("files", (name, text.encode()))], {"metadata": json.dumps({"access": groups})}
    return finished(caller, caller.post(f"{BASE}/documents", files=files, data=fields))


def seen(caller: httpx.Client, trace: str = "") -> str:
    """All that a caller is told, and may look at."""
    asked = {"question": QUESTION, "trace": True}
    replies = [
        caller.post(f"{BASE}/search", json=asked | {"explain": True}),
        caller.post(f"{BASE}/ask", json=asked),
        caller.post(f"{BASE}/ask", json=asked | {"stream": True}),
        caller.post(f"{BASE}/ask", json={"question": "And in the survey?", "history": history()}),
        caller.post(f"{BASE}/why", json={"question": QUESTION, "document": "survey"}),
        caller.get(f"{BASE}/documents"),
        caller.get(f"{BASE}/documents/survey.md"),
        caller.get(f"{BASE}/text", params={"document": "survey.md"}),
        caller.get(f"{BASE}/chunks", params={"document": "survey.md"}),
        caller.get(BASE),
        caller.get("/api/jobs"),
    ]
    if trace:
        replies.append(caller.get(f"{BASE}/traces/{trace}"))
    assert all(reply.status_code < 500 for reply in replies)
    return "".join(reply.text for reply in replies)


def history() -> list[dict[str, str]]:
    return [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "Nine metres."}]


def test_a_document_that_is_given_to_another_group_is_gone_for_the_first(server: Running, admin: httpx.Client) -> None:
    it, hr = (server.client(server.key("read", "ingest", groups=[group])) for group in ("it", "hr"))
    assert CANARY in seen(it)
    assert CANARY not in seen(hr)
    named = {"question": "How deep is it, according to the survey manual?", "trace": True}
    traces = [it.post(f"{BASE}/{path}", json=named).json()["trace_id"] for path in ("search", "ask")]
    assert all(it.get(f"{BASE}/traces/{trace}").status_code == 200 for trace in traces)
    brought(admin, "hr", "survey.md")
    assert CANARY not in seen(it)
    assert CANARY in seen(hr)
    for trace in traces:
        gone, never = (it.get(f"{BASE}/traces/{each}") for each in (trace, "0" * 32))
        assert (gone.status_code, gone.text) == (404, never.text)
        assert hr.get(f"{BASE}/traces/{trace}").status_code == 404, "another's trace"
    assert admin.delete(f"{BASE}/documents/survey.md").status_code == 200
    assert CANARY not in seen(hr)


def test_a_trace_that_named_a_document_without_finding_it_goes_with_it(server: Running, admin: httpx.Client) -> None:
    it = server.client(server.key("read", groups=["it"]))
    named = {"question": "What does the survey report say? 《survey》", "where": ["type=pdf"], "trace": True}
    told = it.post(f"{BASE}/search", json=named).json()
    assert "survey.md" in json.dumps(told["trace"]["query"]["constraints"])
    assert it.get(f"{BASE}/traces/{told['trace_id']}").status_code == 200
    brought(admin, "hr", "survey.md")
    assert it.get(f"{BASE}/traces/{told['trace_id']}").status_code == 404


def test_a_revoked_key_ends_with_the_next_request_and_within_a_stream(server: Running, admin: httpx.Client) -> None:
    begun = threading.Event()

    def wait(job: object, tell: object) -> Report:
        begun.wait(30)
        return Report()

    server.service.worker._kinds["sync"] = wait  # type: ignore[assignment] # a job that goes on until it is told
    key, secret = server.service.keys.add("short", "default", ["read", "ingest"])
    caller = server.client(secret)
    assert CANARY in seen(caller)
    job = caller.post(f"{BASE}/sync", json={}).json()["job"]
    until(lambda: caller.get(f"/api/jobs/{job}").json()["state"] == "running")
    with caller.stream("GET", f"/api/jobs/{job}/events") as events:
        lines = events.iter_lines()
        assert next(lines) == "event: progress"
        assert admin.delete(f"/api/keys/{key.id}").status_code == 204
        begun.set()
        rest = list(lines)
    assert "event: error" in rest, rest
    assert CANARY not in seen(caller)
    assert caller.get(f"/api/jobs/{job}").status_code == 401


def test_who_made_keys_is_not_open_to_all_again_once_they_are_revoked(server: Running, admin: httpx.Client) -> None:
    for key in server.service.keys.all():
        server.service.keys.revoke(key.id)
    assert server.client().get("/api/knowledge-bases").status_code == 401


def test_a_knowledge_base_that_is_made_anew_has_nothing_of_the_one_before(server: Running, admin: httpx.Client) -> None:
    made = server.client(server.key("admin"))
    made.post("/api/knowledge-bases", json={"name": "again"})
    folder = server.service.home.place("default", "again")
    token = json.loads((folder / "server.json").read_text())["token"]
    owner = server.client(token)
    assert owner.get("/api/knowledge-bases/again").status_code == 200
    made.post("/api/knowledge-bases/again/feedback", json={"verdict": "right", "comment": CANARY})
    assert made.delete("/api/knowledge-bases/again").status_code == 204
    assert made.post("/api/knowledge-bases", json={"name": "again"}).status_code == 201
    assert owner.get("/api/knowledge-bases/again").status_code == 401
    assert made.get("/api/knowledge-bases/again/feedback").json() == {"feedback": []}


def test_a_caller_of_some_groups_is_not_told_of_others_by_reports(server: Running, admin: httpx.Client) -> None:
    other = server.client(server.key("read", "ingest", groups=["hr"]))
    assert other.post(f"{BASE}/sync", json={}).status_code == 403
    job = brought(other, "hr", "copy.md")
    assert (job["report"]["reused"], job["report"]["encoded"]) == (0, 0)  # type: ignore[index]
    new = brought(other, "hr", "new.md", "# New\n\nNobody has written this before.\n")
    assert (new["report"]["reused"], new["report"]["encoded"]) == (0, 0)  # type: ignore[index]


def test_who_sees_some_documents_only_has_no_right_to_administer(server: Running, admin: httpx.Client) -> None:
    asked = {"name": "half", "rights": ["admin"], "groups": ["it"]}
    assert admin.post("/api/keys", json=asked).status_code == 400


def test_deletions_are_logged_whatever_a_knowledge_base_is_called(server: Running, admin: httpx.Client) -> None:
    for name in ("search", "mcp", "why"):
        admin.post("/api/knowledge-bases", json={"name": name})
        assert admin.delete(f"/api/knowledge-bases/{name}").status_code == 204
        wanted = ("DELETE", f"/api/knowledge-bases/{name}")
        until(lambda wanted=wanted: wanted in logged(admin))  # the reply is sent before it is recorded


def logged(admin: httpx.Client) -> list[tuple[str, str]]:
    entries = admin.get("/api/audit").json()["entries"]
    return [(each["action"], each["target"]) for each in entries]
