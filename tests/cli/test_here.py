"""A knowledge base that this process opens, and closes."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Wenyuan
from wenyuan.cli.here import Here
from wenyuan.cli.holder import Manner
from wenyuan.engine import KnowledgeBase
from wenyuan.store.lock import Lock


def test_a_conversation_opens_it_once_and_its_end_closes_it(filled: Wenyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    plain = KnowledgeBase.open.__func__  # type: ignore[attr-defined]

    def noted(cls: type[KnowledgeBase], folder: Path, **given: object) -> KnowledgeBase:
        opened.append(folder)
        base: KnowledgeBase = plain(cls, folder, **given)
        return base

    monkeypatch.setattr(KnowledgeBase, "open", classmethod(noted))
    with Here(Path("kb"), Manner(trace=True)) as desk:
        for _ in range(2):
            *_, (name, shape) = desk.ask("滤芯型号是什么？", history=(), filter=None)
            assert (name, shape["decision"], shape["trace"]["format"]) == ("answer", "ANSWERED", 1)
    assert opened == [Path("kb")]
    Lock(Path("kb/lock")).release()


def test_a_desk_that_nobody_asks_opens_nothing(filled: Wenyuan) -> None:
    with Here(Path("nowhere"), Manner()):
        pass
    assert not Path("nowhere").exists()


def test_shapes_have_a_trace_only_where_it_is_wanted(filled: Wenyuan) -> None:
    with Here(Path("kb"), Manner()) as desk:
        *_, (_, shape) = desk.ask("滤芯型号是什么？", history=(), filter=None)
    assert "trace" not in shape
