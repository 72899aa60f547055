"""Jobs over HTTP."""

from __future__ import annotations

import json

import httpx
import pytest

from running import Running, finished, until

BASE = "/api/knowledge-bases/kb"


@pytest.fixture
def ingester(server: Running) -> httpx.Client:
    server.make("kb", {})
    return server.client(server.key("ingest"))


def upload(client: httpx.Client, count: int) -> httpx.Response:
    files = [("files", (f"{n}.md", f"# {n}\n\nalpha {n}".encode())) for n in range(count)]
    return client.post(f"{BASE}/documents", files=files)


def test_progress_is_told_and_the_job_itself_last(ingester: httpx.Client) -> None:
    job = upload(ingester, 5).json()["job"]
    events: list[tuple[str, dict]] = []
    with ingester.stream("GET", f"/api/jobs/{job}/events") as response:
        name = ""
        for line in response.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))
    assert {name for name, _ in events[:-1]} <= {"progress"}
    assert (events[-1][0], events[-1][1]["state"]) == ("end", "done")
    assert len(events[-1][1]["report"]["added"]) == 5
    assert ingester.get("/api/jobs").json()["jobs"][0]["id"] == job


def test_a_job_that_waits_is_cancelled(server: Running, ingester: httpx.Client) -> None:
    over = finished(ingester, upload(ingester, 1))["id"]
    server.service.worker.close()
    waits = upload(ingester, 1).json()["job"]
    assert ingester.delete(f"/api/jobs/{waits}").json()["state"] == "cancelled"
    assert ingester.delete(f"/api/jobs/{over}").json()["state"] == "done", "what is over stays as it is"


def test_who_comes_in_while_the_server_ends_is_told_how_far_a_job_is(server: Running, ingester: httpx.Client) -> None:
    server.service.worker.close()
    job = upload(ingester, 1).json()["job"]
    server.service.ending.set()
    body = ingester.get(f"/api/jobs/{job}/events").text
    assert body.startswith("event: progress")
    assert body.count("event: ") == 1


def test_a_job_is_not_there_for_others(server: Running, ingester: httpx.Client) -> None:
    job = finished(ingester, upload(ingester, 1))["id"]
    for other in (server.key("ingest"), server.key("admin", tenant="other")):
        client = server.client(other)
        for reply in (
            client.get(f"/api/jobs/{job}"),
            client.get(f"/api/jobs/{job}/events"),
            client.delete(f"/api/jobs/{job}"),
        ):
            assert reply.status_code == 404
        assert client.get("/api/jobs").json() == {"jobs": []}
    assert server.client(server.key("admin")).get(f"/api/jobs/{job}").status_code == 200
    assert server.client(server.key("read")).get(f"/api/jobs/{job}").status_code == 403


def test_who_hangs_up_leaves_no_thread_watching(server: Running, ingester: httpx.Client) -> None:
    server.service.worker.close()
    queued = upload(ingester, 1).json()["job"]
    with ingester.stream("GET", f"/api/jobs/{queued}/events") as response:
        next(response.iter_raw())
    until(lambda: server.service.watching.working == 0)
