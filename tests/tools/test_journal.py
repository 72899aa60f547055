"""The journal: what was done, or may have been, is not begun again."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from wenyuan.errors import Damaged, WrongUse
from wenyuan.tools.journal import Journal, Key, State

KEY = Key("run", "pay", "h", 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def test_a_finished_call_gives_its_result_again(path: Path) -> None:
    with Journal(path) as journal:
        assert journal.begin(KEY, "id", "{}") is None
        journal.finish(KEY, "支付成功")
    with Journal(path) as journal:
        entry = journal.begin(KEY, "another", "{}")
        assert entry is not None
        assert (entry.state, entry.content, entry.call) == (State.FINISHED, "支付成功", "id")
        for other in (
            KEY._replace(occurrence=1),
            KEY._replace(hash="i"),
            KEY._replace(run="2"),
            KEY._replace(tool="t"),
        ):
            assert journal.begin(other, "id", "{}") is None


def test_a_failed_call_is_known_as_failed(path: Path) -> None:
    with Journal(path) as journal:
        journal.begin(KEY, "id", "{}")
        journal.finish(KEY, "no money", ok=False)
        entry = journal.begin(KEY, "id", "{}")
        assert entry is not None
        assert (entry.state, entry.content) == (State.FAILED, "no money")
        assert journal.begin(KEY._replace(occurrence=1), "id", "{}") is None  # to try again is the model's to decide


def test_a_call_without_an_end_is_in_doubt_and_so_are_its_equals(path: Path) -> None:
    with Journal(path) as journal:
        journal.begin(KEY, "id", '{"n": 1}')
    with Journal(path) as journal:
        for key in (KEY, KEY._replace(occurrence=1)):
            entry = journal.begin(key, "id", "{}")
            assert entry is not None
            assert entry.state is State.STARTED
        assert journal.begin(KEY._replace(hash="i"), "id", "{}") is None
        assert [entry.key.hash for entry in journal.in_doubt("run")] == ["h", "i"]
        assert journal.in_doubt()[0].arguments == '{"n": 1}'
        assert journal.in_doubt("other") == []
        assert journal.begin(KEY, "id", "{}", idempotent=True) is None


@pytest.mark.parametrize("content", [None, "seen on the statement"])
def test_a_person_settles_the_doubt(path: Path, content: str | None) -> None:
    with Journal(path) as journal:
        journal.begin(KEY, "id", "{}")
        journal.settle(KEY, content)
        assert journal.in_doubt() == []
        entry = journal.begin(KEY, "id", "{}")
        assert (entry.content if entry else None) == content
        with pytest.raises(WrongUse, match="not in doubt"):
            journal.settle(KEY._replace(run="2"), None)


def test_an_approval_holds_for_these_arguments_once(path: Path) -> None:
    with Journal(path) as journal:
        assert not journal.approved(KEY)
        journal.approve(KEY, "id", "{}")
        assert journal.approved(KEY)
        assert not journal.approved(KEY._replace(hash="i"))
        assert not journal.approved(KEY._replace(occurrence=1))
        assert journal.begin(KEY, "id", "{}") is None
        journal.finish(KEY, "done")
        journal.approve(KEY, "id", "{}")  # changes nothing of what is done
        entry = journal.begin(KEY, "id", "{}")
        assert entry is not None
        assert entry.state is State.FINISHED


def test_old_calls_are_forgotten_but_not_those_in_doubt(path: Path) -> None:
    with Journal(path) as journal:
        journal.begin(KEY, "id", "{}")
        journal.begin(KEY._replace(hash="i"), "id", "{}")
        journal.finish(KEY, "done")
        assert journal.forget(time.time() - 60) == 0
        assert journal.forget(time.time() + 60) == 1
        assert len(journal.in_doubt()) == 1


def test_replies_are_kept_by_run_and_conversation(path: Path) -> None:
    with Journal(path) as journal:
        journal.remember("run", "c", "first")
        journal.remember("run", "c", "second")
    with Journal(path) as journal:
        assert journal.remembered("run", "c") == "first"
        assert journal.remembered("run", "d") is None
        assert journal.remembered("other", "c") is None
        journal.forget(time.time() + 60)
        assert journal.remembered("run", "c") is None


def test_the_file_is_its_owners_only(path: Path) -> None:
    with Journal(path) as journal:
        journal.approve(KEY, "id", "{}")
        assert path.stat().st_mode & 0o077 == 0
    with pytest.raises(WrongUse, match="cannot be written"):
        Journal(path / "deeper")


def test_of_many_that_begin_at_once_one_may(path: Path) -> None:
    begun: list[bool] = []
    journals = [Journal(path) for _ in range(4)]
    barrier = threading.Barrier(8)

    def begin(journal: Journal) -> None:
        barrier.wait()
        begun.append(journal.begin(KEY, "id", "{}") is None)

    threads = [threading.Thread(target=begin, args=(journals[at % 4],)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for journal in journals:
        journal.close()
    assert sum(begun) == 1


def test_a_file_that_is_no_journal_is_said_so(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(Damaged, match="damaged"):
        Journal(path)
