"""Where things are."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.errors import NoAccess, WrongUse
from wenyuan.server.errors import Refused
from wenyuan.server.home import Home
from wenyuan.server.identity import Identity, rights_of
from wenyuan.store.ledger import FILE_NAME


def kb(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / FILE_NAME).write_text("")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home", {"manuals": kb(tmp_path / "elsewhere" / "manuals")})
    kb(made.folder / "tenants" / "acme" / "support")
    kb(made.folder / "tenants" / "default" / "own")
    (made.folder / "tenants" / "acme" / "no-kb").mkdir()
    kb(made.folder / "tenants" / ".hidden" / "x")
    return made


def test_each_tenant_has_its_own_and_the_default_one_what_is_served_beside(home: Home, tmp_path: Path) -> None:
    assert (home.names("acme"), home.names("default"), home.names("absent")) == (["support"], ["manuals", "own"], [])
    assert home.all() == [("acme", "support"), ("default", "manuals"), ("default", "own")]
    assert home.place("default", "manuals") == tmp_path / "elsewhere" / "manuals"
    assert home.place("acme", "support") == home.folder / "tenants" / "acme" / "support"
    assert home.reached(Identity("k", "default", rights_of(["read"]), only="own")) == ["own"]


@pytest.mark.parametrize(
    ("tenant", "name"),
    [("acme", "manuals"), ("acme", "own"), ("default", "support"), ("acme", "../default/own"), ("acme", "no-kb"),
     ("acme", ""), ("acme", "."), ("..", "x"), ("acme/../default", "own")],
)  # fmt: skip
def test_what_is_not_the_tenants_is_not_there(home: Home, tenant: str, name: str) -> None:
    with pytest.raises(Refused) as refused:
        home.place(tenant, name)
    assert refused.value.status == 404


def test_a_new_one_needs_a_free_name(home: Home) -> None:
    assert home.new("acme", "more") == home.folder / "tenants" / "acme" / "more"
    with pytest.raises(Refused, match="already"):
        home.new("acme", "support")
    with pytest.raises(WrongUse):
        home.new("acme", "../x")


def test_one_is_removed_whole_and_one_that_is_only_served_stays(home: Home) -> None:
    home.remove("acme", "support")
    assert home.names("acme") == []
    assert list(home.staging.iterdir()) == []
    with pytest.raises(WrongUse, match="delete that folder yourself"):
        home.remove("default", "manuals")
    assert home.place("default", "manuals").exists()


def test_only_its_user_may_look_into_it(home: Home) -> None:
    assert home.staging.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoAccess, match="--home"):
        Home(tmp_path / "file" / "home", {})


def test_it_knows_what_is_its_own(home: Home, tmp_path: Path) -> None:
    assert home.owns(home.folder.resolve() / "server.sqlite")
    assert home.owns((tmp_path / "elsewhere" / "manuals" / "catalogue.sqlite").resolve())
    assert not home.owns((tmp_path / "elsewhere" / "docs").resolve())


def test_nobody_else_looks_into_a_new_one(tmp_path: Path) -> None:
    assert Home(tmp_path / "new", {}).folder.stat().st_mode & 0o777 == 0o700
