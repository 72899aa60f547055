"""What a knowledge base has read, without its index."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

from archives import change, open_archive
from wenyuan.errors import Damaged
from wenyuan.store.ledger import FILE_NAME, FORMAT, is_in, read_ledger
from wenyuan.types import Root


def test_it_is_what_the_archive_says(tmp_path):
    assert not is_in(tmp_path)
    with open_archive(tmp_path) as kb:
        kb.add_root("docs", Root({"product": "X"}, ("drafts/",)))
        kb.replace(
            [replace(change("docs/a.md", ["red apple"]), stamp="s1"), replace(change("made", ["plum"]), stamp="")]
        )
        roots, version = kb.roots(), kb.version
    assert is_in(tmp_path)
    ledger = read_ledger(tmp_path)
    assert (ledger.roots, ledger.stamps, ledger.settled) == (roots, {"docs/a.md": "s1"}, True)
    assert (ledger.meta["version"], ledger.meta["format"]) == (version, FORMAT)


def test_a_journal_is_unsettled_another_format_is_none_and_damage_is_said(tmp_path):
    open_archive(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as file:
        file.execute("INSERT INTO journal VALUES ('a.md')")
    file.close()
    assert not read_ledger(tmp_path).settled
    with sqlite3.connect(tmp_path / FILE_NAME) as file:
        file.execute("UPDATE meta SET value = 2 WHERE name = 'format'")
    file.close()
    assert read_ledger(tmp_path) is None
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 99)
    with pytest.raises(Damaged):
        read_ledger(tmp_path)
