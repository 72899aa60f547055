"""Who calls, and what it may."""

from __future__ import annotations

import pytest

from wenyuan.errors import WrongUse
from wenyuan.server.identity import Identity, rights_of


def test_who_administers_may_do_the_rest() -> None:
    admin, reader = (Identity("k", "t", rights_of([right])) for right in ("admin", "read"))
    assert all(admin.may(right) for right in ("read", "ingest", "admin"))
    assert [reader.may(right) for right in ("read", "ingest", "admin")] == [True, False, False]


def test_one_may_be_let_into_one_knowledge_base_only() -> None:
    assert Identity("k", "t", rights_of(["read"])).reaches("any")
    only = Identity("k", "t", rights_of(["read"]), only="one")
    assert (only.reaches("one"), only.reaches("other")) == (True, False)


@pytest.mark.parametrize("names", [[], ["write"], ["read", ""], ["READ"]])
def test_there_are_no_other_rights(names: list[str]) -> None:
    with pytest.raises(WrongUse, match="choose from read, ingest, admin"):
        rights_of(names)
