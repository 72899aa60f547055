"""Traces of the last questions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wenyuan.server import traces as module
from wenyuan.server.identity import Identity, rights_of
from wenyuan.server.traces import Traces
from wenyuan.trace import Trace

ASKER = Identity("k", "acme", rights_of(["read"]), frozenset({"hr"}))


def test_a_trace_is_its_askers_alone_as_long_as_nothing_was_taken_from_him() -> None:
    traces, trace = Traces(), Trace()
    kept = traces.get(traces.keep(ASKER, "kb", trace))
    assert kept is not None
    assert kept.trace is trace
    assert kept.belongs_to(ASKER, "kb")
    assert not kept.belongs_to(ASKER, "other")
    for other in ({"key": "k2"}, {"tenant": "other"}, {"groups": frozenset()}, {"groups": None}):
        assert not kept.belongs_to(replace(ASKER, **other), "kb")


def test_the_oldest_are_forgotten_and_those_of_a_knowledge_base_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT", 3)
    traces = Traces()
    ids = [traces.keep(ASKER, "kb", Trace()) for _ in range(4)]
    assert [traces.get(each) is None for each in ids] == [True, False, False, False]
    traces.forget("acme", "other")
    assert traces.get(ids[3]) is not None
    traces.forget("acme", "kb")
    assert traces.get(ids[3]) is None
