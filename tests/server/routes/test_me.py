"""Who calls."""

from __future__ import annotations

import json
from importlib.metadata import version

from running import Running


def test_who_calls_is_told_what_it_may_do(server: Running) -> None:
    server.service.keys.add("other", "elsewhere", ["admin"])
    _, secret = server.service.keys.add("客服 page", "acme", ["ingest"], ["hr", "everyone"])
    assert server.client(secret).get("/api/me").json() == {
        "tenant": "acme",
        "name": "客服 page",
        "rights": ["ingest"],
        "owner": False,
        "groups": ["everyone", "hr"],
        "only": None,
        "version": version("wenyuan"),
    }
    admin = server.client(server.key("admin")).get("/api/me").json()
    assert (admin["rights"], admin["groups"]) == (["read", "ingest", "admin"], None)
    server.make("manuals", {})
    server.service.point("default", "manuals")
    note = json.loads((server.service.home.place("default", "manuals") / "server.json").read_text())
    owner = server.client(note["token"]).get("/api/me").json()
    assert (owner["name"], owner["owner"], owner["only"]) == (None, True, "manuals")


def test_who_needs_no_key_is_the_owner(server: Running) -> None:
    mine = server.client().get("/api/me").json()
    assert (mine["tenant"], mine["name"], mine["owner"], mine["groups"]) == ("default", None, True, None)
    assert server.client("wy-00000000-x").get("/api/me").status_code == 401
    secret = server.key("admin")
    assert server.client().get("/api/me").status_code == 401
    assert server.client(secret).get("/api/me").status_code == 200
