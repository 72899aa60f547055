"""API keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyuan.errors import WrongUse
from wenyuan.server.database import Database
from wenyuan.server.keys import Keys, Pages, checked_origin, pages_of


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


SITE = "https://shop.example.com"


def test_a_key_for_pages_names_their_sites_and_what_they_ask(keys: Keys) -> None:
    pages = Pages.of("support", [SITE, "http://localhost:3000"])
    _, secret = keys.add("shop", "acme", ["read"], ["sales"], pages)
    identity = keys.identity(secret)
    assert identity is not None
    assert (identity.only, identity.origins, identity.visits) == ("support", pages.origins, True)
    assert (identity.groups, identity.reaches("other")) == (frozenset({"sales"}), False)
    assert [each.pages for each in keys.all()] == [pages]
    assert [keys.names_site(each) for each in (SITE, "http://localhost:3000", "http://localhost")] == [
        True,
        True,
        False,
    ]
    everyones = keys.identity(keys.add("b", "acme", ["read"], None, pages)[1])
    assert everyones is not None
    assert everyones.groups == frozenset(), "not all documents, as a program's"
    for each in keys.all():
        assert keys.revoke(each.id)
    assert not keys.names_site(SITE)


def test_a_key_of_a_program_is_for_no_pages(keys: Keys) -> None:
    identity = keys.identity(keys.add("a", "acme", ["read"])[1])
    assert identity is not None
    assert (identity.only, identity.origins, identity.visits) == (None, None, False)
    assert not keys.names_site(SITE)


@pytest.mark.parametrize("rights", [["admin"], ["read", "ingest"], ["ingest"]])
def test_pages_only_ask(keys: Keys, rights: list[str]) -> None:
    with pytest.raises(WrongUse, match="it may only ask"):
        keys.add("a", "acme", rights, None, Pages.of("kb", [SITE]))
    assert keys.all() == []


def test_keys_for_pages_of_a_knowledge_base_that_is_deleted_are_revoked(keys: Keys) -> None:
    secrets = {
        (tenant, kb): keys.add("a", tenant, ["read"], None, Pages.of(kb, [SITE]))[1]
        for tenant in ("acme", "beta")
        for kb in ("one", "two")
    }
    whole = keys.add("a", "acme", ["read"])[1]
    keys.forget("acme", "one")
    assert [key for key, secret in secrets.items() if keys.identity(secret) is None] == [("acme", "one")]
    assert keys.identity(whole) is not None


@pytest.mark.parametrize("site", [SITE, "http://a.b:8080", "http://127.0.0.1:1", "http://[::1]", "https://xn--a.b"])
def test_a_site_is_what_browsers_call_it(site: str) -> None:
    assert checked_origin(site) == site


@pytest.mark.parametrize(
    "site",
    ["", "*", "null", "shop.example.com", f"{SITE}/", f"{SITE}/x", SITE.upper(), "https://Shop.example.com",
     f"{SITE}:443", "http://a:80", "https://商店.example", "https://*.example.com", "https://a@b", "file://", "ftp://a",
     "https://", "http://[", "https://a b", "https://a:x", "https://a:99999", f"{SITE}?x", f"{SITE}#x", f" {SITE}",
     "javascript:alert(1)"],
)  # fmt: skip
def test_nothing_else_is_a_site(site: str) -> None:
    with pytest.raises(WrongUse, match="is no site"):
        checked_origin(site)


def test_sites_and_knowledge_base_are_given_together() -> None:
    assert pages_of(None, None) is None
    assert pages_of([SITE], "kb") == Pages.of("kb", [SITE])
    for origins, kb in (([SITE], None), (None, "kb"), ([], "kb"), ([SITE], "../kb")):
        with pytest.raises(WrongUse):
            pages_of(origins, kb)
