"""API keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyuan.errors import WrongUse
from wenyuan.server.database import Database
from wenyuan.server.keys import Keys


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    database = Database(tmp_path / "server.sqlite")
    yield Keys(database)
    database.close()


def test_a_key_is_known_by_its_secret_which_is_not_kept(keys: Keys, tmp_path: Path) -> None:
    key, secret = keys.add("CRM", "acme", ["read", "ingest"], ["hr", "财务"])
    identity = keys.identity(secret)
    assert identity is not None
    assert (identity.key, identity.tenant, identity.rights) == (key.id, "acme", frozenset({"read", "ingest"}))
    assert (identity.groups, identity.owner) == (frozenset({"hr", "财务"}), False)
    kept = (tmp_path / "server.sqlite").read_bytes() + (tmp_path / "server.sqlite-wal").read_bytes()
    assert secret.rsplit("-", 1)[-1].encode() not in kept


@pytest.mark.parametrize(
    "change", [lambda s: s[:-1], lambda s: s + "x", lambda s: s.upper(), lambda s: "", lambda s: "wy--"]
)
def test_nothing_like_it_is_known(keys: Keys, change) -> None:
    _, secret = keys.add("a", "acme", ["read"])
    assert keys.identity(change(secret)) is None


def test_a_secret_of_one_key_does_not_open_another(keys: Keys) -> None:
    (one, first), (two, second) = keys.add("a", "acme", ["read"]), keys.add("b", "other", ["admin"])
    assert keys.identity(first.replace(one.id, two.id)) is None
    assert keys.identity(second) is not None


def test_a_revoked_key_is_none(keys: Keys) -> None:
    key, secret = keys.add("a", "acme", ["read"])
    assert keys.any()
    assert keys.ever()
    assert not keys.revoke(key.id, "other"), "another tenant's"
    assert keys.identity(secret) is not None
    assert keys.revoke(key.id, "acme")
    assert (keys.identity(secret), keys.any(), keys.revoke(key.id)) == (None, False, False)
    assert keys.ever()
    [listed] = keys.all()
    assert listed.revoked is not None


def test_a_key_of_no_group_sees_what_is_everyones_and_one_without_groups_all(keys: Keys) -> None:
    none, all_ = keys.add("a", "t", ["read"], [])[1], keys.add("b", "t", ["read"], None)[1]
    assert keys.identity(none).groups == frozenset()  # type: ignore[union-attr]
    assert keys.identity(all_).groups is None  # type: ignore[union-attr]


def test_tenants_see_their_own_keys(keys: Keys) -> None:
    keys.add("a", "one", ["read"])
    keys.add("b", "two", ["read"])
    assert [key.name for key in keys.all("one")] == ["a"]
    assert [key.name for key in keys.all()] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "tenant", "rights", "groups"),
    [("", "t", ["read"], None), ("a", "../t", ["read"], None), ("a", "t", [], None), ("a", "t", ["read"], ["a,b"]),
     ("a", "t", ["read"], [" "]), ("a", "t", ["admin"], ["hr"]), ("a", "t", ["read", "admin"], []),
     ("x" * 201, "t", ["read"], None)],
)  # fmt: skip
def test_what_is_not_valid_makes_no_key(keys: Keys, name, tenant, rights, groups) -> None:
    with pytest.raises(WrongUse):
        keys.add(name, tenant, rights, groups)
    assert keys.all() == []


def test_a_database_that_is_copied_gives_no_key_away(keys: Keys, tmp_path: Path) -> None:
    keys.add("a", "acme", ["admin"])
    with sqlite3.connect(tmp_path / "server.sqlite") as copy:
        [(hash_,)] = copy.execute("SELECT hash FROM keys").fetchall()
    copy.close()
    assert len(hash_) == 32
