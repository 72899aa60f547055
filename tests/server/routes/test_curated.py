"""Curated answers over HTTP."""

from __future__ import annotations

import httpx
import pytest

from running import Running

BASE = "/api/knowledge-bases/kb/curated-answers"
RULES = '# our own words\n[[rule]]\nname = "pin"\nwhen.all = ["valve"]  # keep this\npin = ["a.md"]\n'
HOURS = {
    "any": ["opening hours", "营业时间"],
    "text": "Nine to five.",
    "expires": "2099-01-01",
    "url": "https://example.com/",
}


@pytest.fixture
def admin(server: Running) -> httpx.Client:
    server.make("kb", {"a.md": "# A\n\nThe valve is green."})
    made = server.client(server.key("admin"))
    made.put("/api/knowledge-bases/kb/rules", json={"toml": RULES})
    return made


def test_an_answer_is_written_given_changed_and_taken_away(admin: httpx.Client) -> None:
    assert admin.put(f"{BASE}/hours", json=HOURS).json() == {"name": "hours", **HOURS, "problems": []}

    def asked(question: str) -> str | None:
        answer = admin.post("/api/knowledge-bases/kb/ask", json={"question": question}).json()
        return answer["answer"] if answer["curated"] else None

    assert asked("What are the opening hours?") == "Nine to five. [1]"
    assert asked("你们的营业时间是？") == "Nine to five. [1]"
    admin.put(f"{BASE}/hours", json=HOURS | {"text": "Ten to six."})
    assert asked("What are the opening hours?") == "Ten to six. [1]"
    assert [each["text"] for each in admin.get(BASE).json()["answers"]] == ["Ten to six."]
    assert admin.delete(f"{BASE}/hours").status_code == 204
    assert asked("What are the opening hours?") is None
    assert admin.get("/api/knowledge-bases/kb/rules").json()["toml"].rstrip() == RULES.rstrip()


def test_a_quote_that_is_given_proves_it(admin: httpx.Client) -> None:
    body = {
        "all": ["valve colour"],
        "text": "Green.",
        "expires": "2099-01-01",
        "document": "a.md",
        "quote": "valve is green",
    }
    assert admin.put(f"{BASE}/colour", json=body).status_code == 200
    answer = admin.post("/api/knowledge-bases/kb/ask", json={"question": "valve colour?"}).json()
    assert answer["citations"][0]["quote"] == "valve is green"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"expires": "2020-01-01"}, "it expired on 2020-01-01"),
        ({"url": None, "document": "gone.md"}, "its source gone.md is not in the knowledge base"),
        ({"url": None, "document": "a.md", "quote": "valve is blue"}, "its quote is no longer in a.md"),
    ],
)
def test_one_that_no_question_gets_is_written_and_says_so(admin: httpx.Client, change, problem: str) -> None:
    written = admin.put(f"{BASE}/hours", json=HOURS | change)
    assert written.status_code == 200
    assert written.json()["problems"] == [f"It is given to no question: {problem}."]
    [listed] = admin.get(BASE, headers={"Accept-Language": "zh"}).json()["answers"]
    assert listed["problems"][0].startswith("任何问题都得不到它：")


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("x", {**HOURS, "any": []}, 422),
        ("x", {**HOURS, "expires": "soon"}, 400),
        ("x", {**HOURS, "document": "a.md"}, 400),
        ("x", {**HOURS, "url": "ftp://x"}, 400),
        ("pin", HOURS, 400),
        ("x", {}, 422),
    ],
)
def test_one_that_is_not_valid_changes_nothing(admin: httpx.Client, name: str, body, status: int) -> None:
    assert admin.put(f"{BASE}/{name}", json=body).status_code == status
    assert admin.get("/api/knowledge-bases/kb/rules").json()["toml"] == RULES


def test_only_answers_are_taken_away_here(admin: httpx.Client, server: Running) -> None:
    for name in ("pin", "absent"):
        assert admin.delete(f"{BASE}/{name}").status_code == 404
    assert server.client(server.key("read")).get(BASE).status_code == 403
