"""What callers may name as a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from running import Running
from wenyuan.server import networks
from wenyuan.server.errors import Refused
from wenyuan.server.identity import Identity

OWNER = Identity("k", "default", frozenset(["read"]))
STRANGER = Identity("k", "other", frozenset(["read"]))
DOCUMENTS = {"a.md": "# A\n\nPumps.\n"}


def named(server: Running, caller: Identity) -> list[tuple[str, str]]:
    return [(each.id.partition("@")[0], each.kind) for each in networks.models(server.service, caller)]


def test_knowledge_bases_come_first_then_each_network_once(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WENYUAN_RERANK__MODEL")
    for name in ("one", "two"):
        server.make(name, DOCUMENTS)
    shared = [("embed", "encoder"), ("rerank", "reranker")]
    assert named(server, OWNER) == [("one", "knowledge_base"), ("two", "knowledge_base"), *shared]
    assert named(server, STRANGER) == shared
    only = Identity("k", "default", frozenset(["read"]), only="two")
    assert named(server, only) == [("two", "knowledge_base"), *shared]


def test_a_broken_knowledge_base_hides_no_other_model(server: Running) -> None:
    server.make("one", DOCUMENTS)
    server.set("one", "nonsense = 1")
    assert named(server, OWNER) == [("one", "knowledge_base"), ("embed", "encoder")]
    server.set("one", '[encoder]\nmodel = "nowhere"')
    assert named(server, OWNER) == [("one", "knowledge_base"), ("embed", "encoder")]


def test_a_name_is_compared_and_never_loaded(server: Running, tmp_path: Path) -> None:
    server.make("one", DOCUMENTS)
    service = server.service
    embed = networks.encoder(service, OWNER, "embed")
    assert networks.encoder(service, OWNER, "one") is networks.encoder(service, OWNER, "kb:one") is embed
    assert networks.encoder(service, STRANGER, embed.id) is embed
    assert networks.knowledge_base(service, OWNER, "kb:one") == "one"
    assert networks.model(service, OWNER, "kb:one").id == "one"
    assert networks.model(service, OWNER, "embed").kind == "encoder"
    for name in ("two", "kb:embed", "rerank", str(tmp_path), "hf:org/name", "../one", ""):
        for find in (networks.encoder, networks.reranker, networks.knowledge_base, networks.model):
            with pytest.raises(Refused) as refused:
                find(service, OWNER, name)
            assert (refused.value.status, refused.value.code, refused.value.param) == (404, "model_not_found", "model")
    with pytest.raises(Refused):
        networks.encoder(service, STRANGER, "one")


def test_there_is_no_reranker_where_none_is_set(server: Running) -> None:
    server.make("one", DOCUMENTS)
    for name in (None, "one", "rerank"):
        with pytest.raises(Refused, match="no model"):
            networks.reranker(server.service, OWNER, name)


def test_the_reranker_of_a_knowledge_base_is_one_that_remembers_nothing(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WENYUAN_RERANK__MODEL")
    server.make("one", DOCUMENTS)
    model, encoder = networks.reranker(server.service, OWNER, "one")
    assert model.id.startswith("rerank@")
    assert encoder.id.startswith("embed@")
    assert networks.reranker(server.service, OWNER, None) == (model, encoder)
    assert not hasattr(model, "forget")
