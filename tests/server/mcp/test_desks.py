"""The desks of knowledge bases that are open, as callers see them."""

from __future__ import annotations

import pytest

from running import Running
from wenyuan.desk import Looking
from wenyuan.server.errors import Refused
from wenyuan.server.identity import Identity
from wenyuan.server.mcp.desks import Opened, Seen
from wenyuan.server.metrics import Metrics
from wenyuan.types import Answer

READER = Identity("k", "default", frozenset(["read"]), frozenset(["staff"]))


def test_an_open_knowledge_base_replies_with_shapes(library: Running) -> None:
    answers: list[Answer] = []
    with library.service.shelf.lent("default", "manuals") as base:
        desk = Opened(base, lambda answer, trace: answers.append(answer))
        found = desk.search("warranty", Looking(3, ("bm25", "dense")), history=(), filter=None)
        assert found["hits"][0]["document"] == "en/pump.md"
        *_, (name, answer) = desk.ask("How long is the warranty?", history=(), filter=None)
        assert (name, answer["decision"]) == ("answer", "ANSWERED")
        assert desk.why("warranty", "zh/泵.md", k=5, filter=None, ask=False)["document"] == "zh/泵.md"
        assert len(desk.documents(None, filter=None)["documents"]) == 2
        assert "24 months" in desk.document("en/pump.md")["text"]
        with pytest.raises(Refused, match="There is nothing of this name"):
            desk.document("en/none.md")
    assert [each.decision for each in answers] == ["ANSWERED"]


def test_an_answer_can_be_closed(library: Running) -> None:
    with library.service.shelf.lent("default", "manuals") as base:
        events = Opened(base).ask("How long is the warranty?", history=(), filter=None)
        events.close()
        assert [*events] == []


def test_a_caller_sees_its_tenants_knowledge_bases_and_its_groups_documents(server: Running) -> None:
    server.make("open", {"a.md": "# A\n\nFor all."})
    server.make("closed", {"b.md": "# B\n\nFor the board."}, access=["board"])
    server.make("theirs", {"c.md": "# C\n\nTheirs."}, tenant="other")
    seen = Seen(server.service, Metrics(server.service), READER)
    assert seen.names() == ["closed", "open"]
    with seen.at("closed") as desk:
        assert desk.documents(None, filter=None)["documents"] == []
        with pytest.raises(Refused):
            desk.document("b.md")
    with pytest.raises(Refused), seen.at("theirs"):
        pass
