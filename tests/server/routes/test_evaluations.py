"""Question sets and runs over HTTP."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from running import Running, finished, until
from wenyuan.engine import KnowledgeBase

BASE = "/api/knowledge-bases/kb"
SETS = f"{BASE}/question-sets"
ROWS = [
    {"question": "How long is the warranty of the pump?", "document": "pump.md", "evidence": "lasts 24 months"},
    {
        "question": "水泵的保修期多长？",
        "documents": ["泵.md", "pump.md"],
        "evidence": "保修期为 24 个月",
        "answer": "两年",
    },
    {"question": "When does the canteen open?", "document": "canteen.md"},
    {"question": "Which colour has the submarine of the director?", "answerable": False},
]
DOCUMENTS = {
    "pump.md": "# Pump PX-200\n\n## Warranty\n\nThe warranty lasts 24 months from the date of delivery.\n",
    "泵.md": "# 水泵 PX-200\n\n## 保修\n\n保修期为 24 个月，自交货之日起计算。\n",
    "canteen.md": "# Canteen\n\nThe canteen opens at noon.\n",
}


def lines(*rows: object) -> dict[str, str]:
    return {"jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)}


@pytest.fixture
def admin(server: Running) -> httpx.Client:
    server.make("kb", DOCUMENTS)
    made = server.client(server.key("admin"))
    assert made.put(f"{SETS}/support", json=lines(*ROWS)).status_code == 200
    return made


def measured(admin: httpx.Client, measure: str = "answers", name: str = "support") -> dict[str, Any]:
    job = finished(admin, admin.post(f"{SETS}/{name}/run", json={"measure": measure}))
    assert job["state"] == "done", job
    found: dict[str, Any] = admin.get(f"{BASE}/evaluations/{job['id']}").json()
    return found


class Held:
    """A knowledge base that a test lends, question by question."""

    def __init__(self, server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.go = threading.Event(), threading.Semaphore(0)
        self.shelf, self.tenant = server.service.shelf, "default"
        monkeypatch.setattr(server.service.evaluating, "_shelf", self)

    @contextmanager
    def lent(self, tenant: str, name: str) -> Iterator[KnowledgeBase]:
        self.asked.set()
        assert self.go.acquire(timeout=60)
        with self.shelf.lent(tenant, name) as base:
            yield base

    def release(self) -> None:
        for _ in range(100):
            self.go.release()


def test_a_set_is_written_read_and_deleted(admin: httpx.Client) -> None:
    whole = admin.get(f"{SETS}/support").json()
    assert (whole["questions"], whole["jsonl"]) == (4, lines(*ROWS)["jsonl"])
    assert [row["answerable"] for row in whole["rows"]] == [True, True, True, False]
    assert whole["rows"][1]["documents"] == ["泵.md", "pump.md"]
    admin.put(f"{SETS}/support", json=lines(ROWS[0]))
    admin.put(f"{SETS}/售后", json=lines(ROWS[1]))
    known = admin.get(SETS).json()["question_sets"]
    assert [(each["name"], each["questions"]) for each in known] == [("support", 1), ("售后", 1)]
    assert admin.delete(f"{SETS}/support").status_code == 204
    assert [admin.get(f"{SETS}/support").status_code, admin.delete(f"{SETS}/support").status_code] == [404, 404]


@pytest.mark.parametrize(
    ("text", "line", "said", "zh"),
    [
        ('{"question": "a", "document": "a.md"}\n{"question"', "2", "support.jsonl, line 2", "第 2 行"),
        ('\n{"question": "a"}', "2", "line 2: it names no document", "没有指明文档"),
        ('{"question": "a", "documnt": "a.md"}', "1", "unknown key 'documnt'", "documnt"),
        ("", "1", "no question", "没有问题"),
    ],
)
def test_one_that_is_not_valid_changes_nothing(admin: httpx.Client, text: str, line: str, said: str, zh: str) -> None:
    for language, expected in (("en", said), ("zh", zh)):
        reply = admin.put(f"{SETS}/support", json={"jsonl": text}, headers={"Accept-Language": language})
        error = reply.json()["error"]
        assert (reply.status_code, error["code"], error["param"]) == (422, "not_valid", line)
        assert expected in error["message"]
    assert admin.get(f"{SETS}/support").json()["questions"] == 4
    assert admin.put(f"{SETS}/..x", json=lines(ROWS[0])).status_code == 400


def test_answers_are_measured_and_shown_as_eval_shows_them(admin: httpx.Client) -> None:
    run = measured(admin)
    figures, record = run["figures"], run["record"]
    assert (run["state"], run["question_set"], run["measure"], figures["n"], figures["near_misses"]) == (
        *("done", "support", "answers"),
        *(3, 1),
    )
    assert (figures["evidence"], figures["right_document"]) == (1.0, 1.0)
    assert {row["question"] for row in record["questions"]} == {row["question"] for row in ROWS}
    assert record["changed"] is False
    listed = admin.get(f"{BASE}/evaluations").json()["evaluations"]
    assert [(each["id"], each["figures"]) for each in listed] == [(run["id"], figures)]


def test_a_search_is_measured_stage_by_stage(admin: httpx.Client) -> None:
    run = measured(admin, "search")
    assert run["figures"]["n"] == 3
    assert run["figures"]["r@10"] > 0.9
    assert [stage["name"] for stage in run["record"]["stages"]][:3] == ["bm25", "dense", "fused"]


@pytest.mark.parametrize("measure", ["answers", "search"])
def test_the_report_is_a_page_that_may_do_nothing_else(admin: httpx.Client, measure: str) -> None:
    admin.put(f"{SETS}/support", json=lines(*ROWS, ROWS[2] | {"question": "<script>alert(1)</script> canteen?"}))
    run = measured(admin, measure)
    page = admin.get(f"{BASE}/evaluations/{run['id']}/report")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none';")
    assert re.search(r"script-src 'sha256-[\w+/=]+';", policy)
    assert page.text.count("<script>") == 1
    assert "&lt;script&gt;alert(1)" in page.text
    assert "水泵的保修期多长？" in page.text


@pytest.mark.parametrize("measure", ["answers", "search"])
def test_two_runs_are_compared(admin: httpx.Client, measure: str) -> None:
    before = measured(admin, measure)
    exclude = '[[rule]]\nname = "shut"\nexclude.documents = ["canteen.md"]\n'
    admin.put(f"{BASE}/rules", json={"toml": exclude})
    after = measured(admin, measure)
    found = admin.get(f"{BASE}/evaluations/{after['id']}", params={"against": before["id"]}).json()["against"]
    assert (found["wins"], found["losses"], found["n"]) == (0, 1, 4 if measure == "answers" else 3)
    assert found["changes"][0]["question"] == "When does the canteen open?"
    other = measured(admin, "answers" if measure == "search" else "search")
    unlike = admin.get(f"{BASE}/evaluations/{after['id']}", params={"against": other["id"]})
    assert (unlike.status_code, "like with like" in unlike.text) == (400, True)
    assert admin.get(f"{BASE}/evaluations/{after['id']}", params={"against": "0" * 32}).status_code == 404


def test_a_run_whose_set_names_nothing_that_is_there_fails_with_a_sentence(admin: httpx.Client) -> None:
    for row, said in (
        ({"question": "a", "document": "nope.md"}, "there is no document 'nope.md'"),
        ({"question": "a", "document": "pump.md", "evidence": "36 months"}, "does not stand in 'pump.md'"),
    ):
        admin.put(f"{SETS}/wrong", json=lines(ROWS[0], row))
        job = finished(admin, admin.post(f"{SETS}/wrong/run"))
        assert job["state"] == "failed"
        assert job["error"]["message"].startswith("wrong.jsonl, line 2: ")
        assert said in job["error"]["message"]
        run = admin.get(f"{BASE}/evaluations").json()["evaluations"][0]
        assert (run["state"], run["error"]) == ("failed", job["error"])
        assert run["id"] == job["id"]
        assert admin.get(f"{BASE}/evaluations/{run['id']}/report").status_code == 404


def test_a_run_tells_how_far_it_is_and_is_cancelled(
    admin: httpx.Client, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(server, monkeypatch)
    job = admin.post(f"{SETS}/support/run").json()["job"]
    for _ in range(4):  # twice to look at the set, then two questions
        held.go.release()
    until(lambda: (admin.get(f"/api/jobs/{job}").json()["progress"] or {}).get("total") == 4)
    shown = admin.get(f"{BASE}/evaluations/{job}").json()
    assert (shown["state"], shown["record"]) == ("running", None)
    admin.delete(f"/api/jobs/{job}")
    held.release()
    until(lambda: admin.get(f"/api/jobs/{job}").json()["state"] == "cancelled")
    assert admin.get(f"{BASE}/evaluations/{job}").json()["state"] == "cancelled"


def test_what_changes_while_a_run_goes_on_waits_for_no_end_of_it_and_is_noted(
    admin: httpx.Client, server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(server, monkeypatch)
    job = admin.post(f"{SETS}/support/run").json()["job"]
    for _ in range(3):
        held.go.release()
    until(lambda: (admin.get(f"/api/jobs/{job}").json()["progress"] or {}).get("done") == 1)
    assert admin.put(f"{BASE}/settings", json={"toml": "[answer]\nsources = 3\n"}).status_code == 200
    held.release()
    until(lambda: admin.get(f"{BASE}/evaluations/{job}").json()["state"] == "done")
    assert admin.get(f"{BASE}/evaluations/{job}").json()["record"]["changed"] is True


@pytest.mark.parametrize("what", ["run", "knowledge base"])
def test_what_is_deleted_while_it_is_measured_leaves_nothing(
    admin: httpx.Client, server: Running, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    held = Held(server, monkeypatch)
    job = admin.post(f"{SETS}/support/run").json()["job"]
    held.asked.wait(60)
    path = f"{BASE}/evaluations/{job}" if what == "run" else BASE
    assert admin.delete(path).status_code == 204
    if what == "knowledge base":
        assert admin.post("/api/knowledge-bases", json={"name": "kb"}).status_code == 201
        assert admin.get(SETS).json() == {"question_sets": []}
    held.release()
    until(lambda: admin.get(f"/api/jobs/{job}").json()["state"] in ("cancelled", "failed"))
    assert admin.get(f"{BASE}/evaluations").json() == {"evaluations": []}


def test_sets_and_runs_are_an_administrators(admin: httpx.Client, server: Running) -> None:
    run = measured(admin)
    paths = (SETS, f"{SETS}/support", f"{BASE}/evaluations", f"{BASE}/evaluations/{run['id']}")
    reader, other = (
        server.client(server.key("read", "ingest")),
        server.client(server.key("admin", tenant="other")),
    )
    for path in (*paths, f"{paths[-1]}/report"):
        assert (reader.get(path).status_code, other.get(path).status_code) == (403, 404)
    assert reader.post(f"{SETS}/support/run").status_code == 403
    assert admin.post(f"{SETS}/nope/run").status_code == 404
    server.make("kb", DOCUMENTS, "other")
    assert [other.get(path).status_code for path in paths[1:2] + paths[3:]] == [404, 404]
    assert other.get(paths[2]).json() == {"evaluations": []}
    assert admin.delete(paths[3]).status_code == 204
    assert admin.get(paths[3]).status_code == 404
