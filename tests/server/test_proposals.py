"""Sources as callers propose them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wenyuan.errors import FetchError, WenyuanError, WrongUse
from wenyuan.fetch import Source
from wenyuan.server.bodies import SourceBody
from wenyuan.server.errors import Refused
from wenyuan.server.home import Home
from wenyuan.server.identity import Identity
from wenyuan.server.proposals import check_url, kind_of, source_of

ADMIN = Identity("a", "acme", frozenset(["admin"]))
OWNER = Identity("o", "acme", frozenset(["admin"]), owner=True)


def proposed(home: Path, caller: Identity, **fields: Any) -> Source:
    return source_of(SourceBody(name="web", **fields), caller, Home(home, {}), ())


@pytest.mark.parametrize(
    ("location", "kind"),
    [("/docs", "folder"), ("docs", "folder"), ("https://example.com", "site"), ("https://example.com/docs/", "site"),
     ("https://example.com/a.html", "web"), ("https://example.com/a?b=/", "web"),
     ("https://example.com/sitemap.xml", "sitemap"), ("http://example.com/x/sitemap_index.xml.gz", "sitemap"),
     ("s3://bucket/folder", "fsspec"), ("webdav://host/x", "fsspec"), ("sftp://host/x", "fsspec")],
)  # fmt: skip
def test_a_location_looks_like_its_kind(location: str, kind: str) -> None:
    assert kind_of(location) == kind


def test_a_source_is_made_of_what_is_proposed(tmp_path: Path) -> None:
    made = proposed(
        tmp_path, ADMIN, location="https://example.com/docs/", metadata={"access": ["hr"]}, exclude=["x/"], every=600
    )
    assert (made.kind, made.metadata, made.exclude, made.interval) == ("site", {"access": ("hr",)}, ("x/",), 600)
    assert made.allow == ()


@pytest.mark.parametrize(
    "fields",
    [{"location": "https://example.com/", "metadata": {"access": []}}, {"location": "https://user@example.com/"},
     {"location": "ftp://example.com/"}, {"location": "https://example.com/", "credentials": {"key": "x"}},
     {"location": "http://127.0.0.1/"}, {"location": "http://[::1]/"}, {"location": "http://169.254.169.254/latest/"},
     {"location": "http://0x7f.1/"}, {"location": "s3://user:word@bucket", "credentials": {"key": "k", "secret": "s"}},
     {"location": "https://example.com/", "kind": "folder"}, {"location": "/docs", "kind": "web"},
     {"location": "https://example.com/", "exclude": ["!"]}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(tmp_path: Path, fields: dict[str, Any]) -> None:
    with pytest.raises(WenyuanError):
        proposed(tmp_path, ADMIN, **fields)


@pytest.mark.parametrize("location", ["file:///etc", "memory://x", "local:///etc"])
def test_places_on_the_servers_disk_are_no_trees(tmp_path: Path, location: str) -> None:
    with pytest.raises(Refused) as caught:
        proposed(tmp_path, ADMIN, location=location)
    assert caught.value.status == 403


def test_only_the_owner_names_folders_and_none_of_the_server(tmp_path: Path) -> None:
    docs, home = tmp_path / "docs", tmp_path / "home"
    docs.mkdir()
    (docs / "a.md").write_text("# A", "utf-8")
    assert proposed(home, OWNER, location=str(docs)).location == str(docs)
    with pytest.raises(Refused, match="Only who owns"):
        proposed(home, ADMIN, location=str(docs))
    for wrong in (str(docs / "a.md"), str(docs / "none"), "docs", str(home / "staging"), str(home)):
        with pytest.raises(WrongUse):
            proposed(home, OWNER, location=wrong)


def test_callers_bring_their_own_credentials_and_nothing_of_the_servers(tmp_path: Path) -> None:
    own = {"key": "k", "secret": "s", "endpoint_url": "https://s3.example.com"}
    assert proposed(tmp_path, ADMIN, location="s3://b", credentials=own).storage == own
    sftp = proposed(tmp_path, ADMIN, location="sftp://me@example.com/x", credentials={"password": "p"})
    assert sftp.storage == {"password": "p", "allow_agent": False, "look_for_keys": False}
    with pytest.raises(WrongUse, match="of your own"):
        proposed(tmp_path, ADMIN, location="s3://b")
    for location, option in (("sftp://h/x", "key_filename"), ("s3://b", "profile"), ("webdav://h/x", "verify")):
        with pytest.raises(Refused, match=option):
            proposed(tmp_path, ADMIN, location=location, credentials={option: "/root/.ssh/id_rsa"})
    given = {"key_filename": "/keys/a"}
    assert proposed(tmp_path, OWNER, location="sftp://h/x", credentials=given).storage == given


def test_addresses_are_judged_at_once_and_names_later() -> None:
    check_url("https://internal.example/", ())
    with pytest.raises(FetchError, match="no public address"):
        check_url("http://192.168.1.1/", ())
