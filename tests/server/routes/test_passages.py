"""Passages over HTTP: listed, disabled, corrected, and what was made of them taken back."""

from __future__ import annotations

import json

import httpx
import pytest

from running import Running, finished

BASE = "/api/knowledge-bases/kb"
TEXT = "# Pump\n\n## Warranty\n\nThe warranty lasts 24 months.\n\n## Filter\n\nThe filter is PPR-9087.\n"


@pytest.fixture
def admin(server: Running) -> httpx.Client:
    server.make("kb", {})
    client = server.client(server.key("admin"))
    bring(client, "pump.md", TEXT)
    return client


def bring(client: httpx.Client, name: str, text: str, **fields: object) -> dict:
    files = [("files", (name, text.encode()))]
    job = finished(client, client.post(f"{BASE}/documents", files=files, data={"metadata": json.dumps(fields)}))
    assert job["state"] == "done", job
    return job


def passages(client: httpx.Client, document: str = "pump.md") -> list[dict]:
    return client.get(f"{BASE}/chunks", params={"document": document}).json()["chunks"]


def found(client: httpx.Client, question: str) -> list[str]:
    hits = client.post(f"{BASE}/search", json={"question": question, "legs": ["bm25"]}).json()["hits"]
    return [hit["text"] for hit in hits]


def test_a_passage_is_corrected_disabled_and_its_own_again(admin: httpx.Client) -> None:
    first, second = passages(admin)
    assert (first["disabled"], first["corrected"], first["original"]) == (False, None, None)
    place = f"{BASE}/chunks/{first['chunk']}"
    reply = admin.patch(place, json={"text": "The guarantee lasts 36 months."})
    assert reply.status_code == 200
    said = reply.json()
    assert said.pop("overlaps") == []
    assert said == first | {
        "text": "The guarantee lasts 36 months.",
        "corrected": "The guarantee lasts 36 months.",
        "original": first["text"],
    }
    assert passages(admin) == [said, second]
    assert (found(admin, "24"), found(admin, "guarantee")) == ([], [said["text"]])
    answer = admin.post(f"{BASE}/ask", json={"question": "How long does the guarantee last?", "llm": False}).json()
    for cited in answer["citations"]:
        assert cited["corrected"] == (cited["start"] == first["start"])
    assert admin.patch(place, json={"disabled": True}).json()["disabled"]
    assert found(admin, "guarantee") == []
    why = admin.post(f"{BASE}/why", json={"question": "guarantee", "document": "pump.md"}).json()
    assert why["disabled"] == 1
    bring(admin, "pump.md", TEXT + "\n## New\n\nMore.\n")
    assert [each["disabled"] for each in passages(admin)] == [True, False, False]
    assert admin.patch(place, json={"disabled": False, "text": None}).json() == first | {"overlaps": []}
    assert found(admin, "24") == [first["text"]]


def test_what_was_made_of_passages_is_listed_and_taken_back(admin: httpx.Client) -> None:
    for each in passages(admin):
        admin.patch(f"{BASE}/chunks/{each['chunk']}", json={"disabled": True})
    job = bring(admin, "pump.md", TEXT.replace("24 months", "12 months"))
    assert any("24 months" in warning for warning in job["report"]["warnings"])
    made = admin.get(f"{BASE}/corrections").json()["corrections"]
    assert [(each["state"], each["original"], each["disabled"]) for each in made] == [
        ("orphaned", "The warranty lasts 24 months.", True),
        ("applied", "The filter is PPR-9087.", True),
    ]
    assert made[0]["chunk"] is None
    assert made[1]["chunk"] == passages(admin)[1]["chunk"]
    for each in made:
        assert admin.delete(f"{BASE}/corrections/{each['id']}").status_code == 204
        assert admin.delete(f"{BASE}/corrections/{each['id']}").status_code == 404
    assert admin.get(f"{BASE}/corrections").json() == {"corrections": []}
    assert found(admin, "filter") == ["The filter is PPR-9087."]


def test_bad_requests_are_told_in_a_sentence(admin: httpx.Client) -> None:
    place = f"{BASE}/chunks/{passages(admin)[0]['chunk']}"
    for body, status in (
        ({"text": " "}, 400),
        ({"disabled": None}, 422),
        ({"x": 1}, 422),
        ({"text": "w " * 9999}, 400),
    ):
        reply = admin.patch(place, json=body, headers={"Accept-Language": "zh"})
        assert reply.status_code == status
        assert reply.json()["error"]["message"]
    for absent in ("0" * 16, "7" + "f" * 15, "f" * 16):
        assert admin.patch(f"{BASE}/chunks/{absent}", json={"disabled": True}).status_code == 404
    assert admin.patch(f"{BASE}/chunks/x", json={"disabled": True}).status_code == 422


def test_only_who_may_bring_documents_and_sees_them_corrects(server: Running, admin: httpx.Client) -> None:
    bring(admin, "pay.md", "# Pay\n\nThe salary is 90000.\n", access=["hr"])
    place = f"{BASE}/chunks/{passages(admin, 'pay.md')[0]['chunk']}"
    read, it, hr = (
        server.client(server.key(*rights, groups=groups))
        for rights, groups in ((["read"], ["hr"]), (["read", "ingest"], ["it"]), (["read", "ingest"], ["hr"]))
    )
    assert read.patch(place, json={"disabled": True}).status_code == 403
    assert it.patch(place, json={"disabled": True}).status_code == 404
    assert hr.patch(place, json={"disabled": True}).status_code == 200
    [made] = hr.get(f"{BASE}/corrections").json()["corrections"]
    assert it.get(f"{BASE}/corrections").json() == {"corrections": []}
    assert it.delete(f"{BASE}/corrections/{made['id']}").status_code == 404
    assert read.delete(f"{BASE}/corrections/{made['id']}").status_code == 403
    assert hr.delete(f"{BASE}/corrections/{made['id']}").status_code == 204
