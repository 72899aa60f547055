"""The journal of a knowledge base: calls in doubt are settled by their names, and a run must be there."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.engine.calls import open_journal, require_run, settle_call
from wenyuan.engine.writing import JOURNAL
from wenyuan.errors import WrongUse
from wenyuan.tools.journal import Journal, Key

KEY = Key("run-1", "order", "hash", 0)


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    with Journal(tmp_path / JOURNAL) as journal:
        journal.begin(KEY, "call_1", '{"product": "filter"}')
    return tmp_path


def test_a_call_in_doubt_is_settled_by_its_name(kb: Path) -> None:
    assert settle_call(kb, KEY.name, "ordered") == "run-1"
    with open_journal(kb) as journal:
        assert journal.in_doubt() == []
    with pytest.raises(WrongUse, match=r"No call .* is in doubt"):
        settle_call(kb, KEY.name, None)


def test_a_run_that_is_not_there_is_wrong_use(kb: Path) -> None:
    require_run(kb, "run-1")
    with pytest.raises(WrongUse, match="no run 'run-2'"):
        require_run(kb, "run-2")


def test_nothing_is_written_where_nothing_was(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        assert journal.in_doubt() == []
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(WrongUse, match="no knowledge base"):
        open_journal(tmp_path / "absent")
