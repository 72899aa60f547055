"""A knowledge base is opened only with what it was made with."""

from __future__ import annotations

import sqlite3

import pytest

from archives import change, open_archive
from wenyuan.errors import Damaged, WrongModel


@pytest.mark.parametrize("given", [{"model": "other@2"}, {"analyser": "a2"}, {"dimension": 64}], ids=str)
def test_another_model_is_refused_until_all_is_made_anew(tmp_path, given):
    with open_archive(tmp_path) as kb:
        kb.replace([change("a.md", ["red apple"])])
        kb.add_root("/data")
    with pytest.raises(WrongModel, match="sync --rebuild"):
        open_archive(tmp_path, **given)
    with open_archive(tmp_path, **given, repair="all") as kb:
        assert kb.documents() == kb.check() == []
        assert list(kb.roots()) == ["/data"]
        assert kb.version == 2
    with pytest.raises(WrongModel):
        open_archive(tmp_path)


def test_another_format_is_refused(tmp_path):
    open_archive(tmp_path).close()
    with sqlite3.connect(tmp_path / "catalogue.sqlite") as later:
        later.execute("UPDATE meta SET value = 9 WHERE name = 'format'")
    later.close()
    with pytest.raises(Damaged, match="format 9"):
        open_archive(tmp_path)
