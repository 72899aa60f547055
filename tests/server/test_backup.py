"""A whole server in one file, and back."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from copies import held, made
from wenyuan.engine.backup import backup
from wenyuan.engine.tarball import packed, unpacked
from wenyuan.errors import NoAccess, SourceError, WrongUse
from wenyuan.server.backup import backup_home, restore_home
from wenyuan.server.database import Database
from wenyuan.server.home import Home
from wenyuan.server.identity import DEFAULT_TENANT, Identity
from wenyuan.server.jobs import Jobs
from wenyuan.server.keys import Keys


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made_ = Home(tmp_path / "home", {})
    for tenant, name in (("default", "manuals"), ("other", "泵")):
        made(tmp_path / "home/tenants" / tenant / name, "a.md", "b/c.md")
    database = Database(made_.database)
    Keys(database).add("one", "default", ["admin"])
    Jobs(database).put(Identity("k", DEFAULT_TENANT, frozenset(["admin"])), "manuals", "take", {}, id="ab" * 16)
    database.close()
    (made_.staging / ("ab" * 16)).mkdir()
    (made_.staging / ("ab" * 16) / "0").write_text("staged")
    return tmp_path / "home"


def test_there_and_back(home: Path, tmp_path: Path) -> None:
    database = Database(home / "server.sqlite")  # while it is open
    _, secret = Keys(database).add("two", "other", ["read"])
    backup_home(home, tmp_path / "all.tar.gz")
    database.close()
    assert restore_home(tmp_path / "all.tar.gz", tmp_path / "back") == ["default/manuals", "other/泵"]
    for at in ("tenants/default/manuals", "tenants/other/泵"):
        assert held(tmp_path / "back" / at) == held(home / at)
    database = Database(tmp_path / "back/server.sqlite")
    identity = Keys(database).identity(secret)
    assert identity is not None
    assert identity.tenant == "other"
    assert Jobs(database).get("ab" * 16) is not None
    database.close()
    assert (tmp_path / "back/staging" / ("ab" * 16) / "0").read_text() == "staged"
    assert not [each for each in (*home.iterdir(), *tmp_path.iterdir()) if each.name.startswith(".")]


def test_no_secret_of_a_key_is_in_it(home: Path, tmp_path: Path) -> None:
    database = Database(home / "server.sqlite")
    _, secret = Keys(database).add("two", "other", ["read"])
    database.close()
    backup_home(home, tmp_path / "all.tar.gz")
    (tmp_path / "out").mkdir()
    with (tmp_path / "all.tar.gz").open("rb") as file:
        unpacked(file, tmp_path / "out", lambda name: True)
    assert not any(
        secret[-20:].encode() in each.read_bytes() for each in (tmp_path / "out").rglob("*") if each.is_file()
    )


def test_a_home_is_named_and_the_file_lies_outside(home: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="no server's folder"):
        backup_home(tmp_path / "nowhere", tmp_path / "x.tar.gz")
    with pytest.raises(WrongUse, match="outside"):
        backup_home(home, home / "x.tar.gz")
    backup_home(home, tmp_path / "x.tar.gz")
    with pytest.raises(WrongUse, match="there already"):
        restore_home(tmp_path / "x.tar.gz", home)
    with pytest.raises(NoAccess):
        restore_home(tmp_path / "y.tar.gz", tmp_path / "back")


def test_a_broken_or_another_file_makes_nothing(home: Path, tmp_path: Path) -> None:
    file, back = tmp_path / "x.tar.gz", tmp_path / "back"
    backup_home(home, file)
    whole = file.read_bytes()
    backup(home / "tenants/default/manuals", tmp_path / "one.tar.gz")
    (tmp_path / "in/tenants/default/x").mkdir(parents=True)
    (tmp_path / "in/server.sqlite").write_bytes(b"x")
    (tmp_path / "in/tenants/default/x/catalogue.sqlite").write_bytes(b"nonsense" * 500)
    hostile = b"".join(packed(tmp_path / "in", {"kind": "server", "format": 1}))
    newer = b"".join(packed(tmp_path / "in", {"kind": "server", "format": 2}))
    for content in (b"", whole[:-20], whole[: len(whole) // 2], (tmp_path / "one.tar.gz").read_bytes(), hostile, newer):
        file.write_bytes(content)
        with pytest.raises(SourceError, match="nothing was changed"):
            restore_home(file, back)
        assert not back.exists()


@pytest.mark.parametrize("name", ["tenants/a/b/index/x", "tenants/../b/catalogue.sqlite", "tenants/a/_b/rules.toml", "tenants/a/b", "staging/x/0", "staging/" + "ab" * 16, "server.json", "tenants/a/catalogue.sqlite"])  # fmt: skip # noqa: E501
def test_what_has_no_place_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "in" / name.replace("..", "dots")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    archive = b"".join(packed(tmp_path / "in", {"kind": "server", "format": 1})).replace(b"dots", b"..")
    (tmp_path / "x.tar.gz").write_bytes(archive)
    with pytest.raises(SourceError):
        restore_home(tmp_path / "x.tar.gz", tmp_path / "back")
    assert io.BytesIO(archive).read(2) == b"\x1f\x8b"
