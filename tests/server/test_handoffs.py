"""Conversations that a person is to go on with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyuan.server import handoffs as module
from wenyuan.server.database import Database
from wenyuan.server.errors import Refused
from wenyuan.server.handoffs import Handoffs


@pytest.fixture
def handoffs(tmp_path: Path) -> Iterator[Handoffs]:
    database = Database(tmp_path / "server.sqlite")
    yield Handoffs(database)
    database.close()


def test_they_are_kept_until_somebody_has_seen_to_them(handoffs: Handoffs) -> None:
    ids = [handoffs.add("acme", "kb", "k", {"reason": f"第{n} \ud800"}) for n in range(3)]
    handoffs.add("acme", "other", "k", {"reason": "x"})
    assert [each["id"] for each in handoffs.last("acme", "kb", 9)] == ids[::-1]
    assert [each["reason"] for each in handoffs.last("acme", "kb", 1, after=ids[2])] == ["第1 \ud800"]
    assert handoffs.last("acme", "kb", 9)[0]["key"] == "k"
    for tenant, kb in (("beta", "kb"), ("acme", "other")):
        assert not handoffs.remove(tenant, kb, ids[0])
        with pytest.raises(Refused):
            handoffs.last(tenant, kb, 9, after=ids[0])
    assert handoffs.remove("acme", "kb", ids[0])
    assert not handoffs.remove("acme", "kb", ids[0])
    handoffs.forget("acme", "kb")
    assert handoffs.last("acme", "kb", 9) == []
    assert len(handoffs.last("acme", "other", 9)) == 1


def test_so_many_wait_and_no_more(handoffs: Handoffs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    for _ in range(2):
        handoffs.add("acme", "kb", "k", {})
    with pytest.raises(Refused, match="2 conversations wait for a person already") as refused:
        handoffs.add("acme", "kb", "k", {})
    assert refused.value.status == 429
    handoffs.add("acme", "other", "k", {})
