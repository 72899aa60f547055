"""Who reads."""

from __future__ import annotations

from wenyuan.types import EVERYONE, WHOLE, Scope


def test_a_reader_is_of_its_groups_and_of_everyone() -> None:
    assert Scope(frozenset({"hr", "finance"})).parties == (EVERYONE, "finance", "hr")
    assert Scope(frozenset()).parties == (EVERYONE,)


def test_the_owner_needs_no_group() -> None:
    assert (WHOLE.whole, WHOLE.parties) == (True, ())
    assert not Scope(frozenset()).whole
