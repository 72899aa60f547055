"""Keys over HTTP."""

from __future__ import annotations

import pytest

from running import Running


def test_a_key_is_made_used_and_revoked(server: Running) -> None:
    admin = server.client(server.key("admin", tenant="acme"))
    made = admin.post("/api/keys", json={"name": "CRM", "rights": ["read"], "groups": ["hr"]}).json()
    assert (made["tenant"], made["rights"], made["groups"]) == ("acme", ["read"], ["hr"])
    caller = server.client(made["secret"])
    assert caller.get("/api/knowledge-bases").status_code == 200
    assert "secret" not in admin.get("/api/keys").text
    assert admin.delete(f"/api/keys/{made['id']}").status_code == 204
    assert caller.get("/api/knowledge-bases").status_code == 401
    assert admin.delete(f"/api/keys/{made['id']}").status_code == 404


def test_a_tenants_keys_are_its_own(server: Running) -> None:
    acme, other = (server.client(server.key("admin", tenant=tenant)) for tenant in ("acme", "other"))
    made = acme.post("/api/keys", json={"name": "a"}).json()
    assert [key["tenant"] for key in other.get("/api/keys").json()["keys"]] == ["other"]
    assert other.delete(f"/api/keys/{made['id']}").status_code == 404


@pytest.mark.parametrize("right", ["read", "ingest"])
def test_who_does_not_administer_makes_no_keys(server: Running, right: str) -> None:
    caller = server.client(server.key(right))
    assert caller.get("/api/keys").status_code == 403
    assert caller.post("/api/keys", json={"name": "a", "rights": ["admin"]}).status_code == 403
    assert caller.get("/api/audit").status_code == 403


def test_the_log_has_changes_and_who_was_turned_away_but_no_question(server: Running) -> None:
    server.make("kb", {"a.md": "# A\n\nalpha"})
    admin, reader = server.client(server.key("admin")), server.client(server.key("read"))
    reader.post("/api/knowledge-bases/kb/ask", json={"question": "a secret question"})
    reader.delete("/api/knowledge-bases/kb/documents/a.md")
    admin.delete("/api/knowledge-bases/kb/documents/a.md")
    entries = admin.get("/api/audit").json()["entries"]
    assert [(each["action"], each["status"]) for each in entries] == [("DELETE", 200), ("DELETE", 403)]
    assert entries[0]["target"] == "/api/knowledge-bases/kb/documents/a.md"
    assert entries[0]["address"] == "127.0.0.1"


def test_a_key_for_pages_of_a_site_is_made_and_listed(server: Running) -> None:
    server.make("kb", {"a.md": "# A\n\nalpha"})
    admin = server.client(server.key("admin"))
    body = {"name": "shop", "origins": ["https://b.example", "https://a.example"], "only": "kb"}
    made = admin.post("/api/keys", json=body)
    assert made.status_code == 201, made.text
    assert (made.json()["origins"], made.json()["only"]) == (["https://a.example", "https://b.example"], "kb")
    listed = {each["name"]: (each["origins"], each["only"]) for each in admin.get("/api/keys").json()["keys"]}
    assert listed == {"test": (None, None), "shop": (["https://a.example", "https://b.example"], "kb")}
    for wrong in ({"only": "none"}, {"only": None}, {"origins": None}, {"origins": ["x"]}, {"rights": ["admin"]}):
        assert admin.post("/api/keys", json=body | wrong).status_code in (400, 404), wrong


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "a", "rights": []}, {"name": "a", "rights": ["all"]}])
def test_what_is_not_valid_makes_no_key(server: Running, body: dict[str, object]) -> None:
    admin = server.client(server.key("admin"))
    assert admin.post("/api/keys", json=body).status_code in (400, 422)
    assert len(admin.get("/api/keys").json()["keys"]) == 1
