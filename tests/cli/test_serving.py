"""`wenyuan serve` and `wenyuan keys`: what is refused before anything listens, and who may call."""

from __future__ import annotations

import builtins
import socket
from pathlib import Path

import pytest

from commands import Wenyuan
from server.followed import with_words


def test_a_key_is_made_listed_and_revoked(wenyuan: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = wenyuan(
        "keys", "add", "CRM 系统", "--right", "read", "--right", "ingest", "--group", "hr", "--tenant", "acme"
    )
    secret = made.out.strip()
    assert (made.code, made.err) == (0, "Keep it now: it is not shown again.\n")
    assert secret.startswith("wy-")
    listed = wenyuan("keys", "list")
    id_ = secret.split("-")[1]
    assert listed.out == f"{id_}  CRM 系统  acme  ingest read  hr  in force\n1 keys in all\n"
    assert secret.rsplit("-", 1)[-1] not in listed.out + wenyuan("keys", "list", "--json").out
    assert wenyuan("keys", "revoke", id_).out == f"The key {id_} is revoked.\n"
    assert wenyuan("keys", "revoke", id_).code == 2
    assert "revoked" in wenyuan("keys", "list").out


def test_a_key_as_json_has_its_secret_once(wenyuan: Wenyuan, tmp_path: Path) -> None:
    made = wenyuan("keys", "add", "a", "--home", str(tmp_path / "home"), "--json").json
    assert (made["rights"], made["groups"], made["secret"][:3]) == (["read"], None, "wy-")
    [listed] = wenyuan("keys", "list", "--home", str(tmp_path / "home"), "--json").json["keys"]
    assert "secret" not in listed


@pytest.mark.parametrize(
    "arguments", [["add", "a", "--right", "write"], ["add", ""], ["add", "a", "--tenant", "../x"], ["revoke", "absent"]]
)
def test_a_key_that_cannot_be_is_wrong_use(
    wenyuan: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    said = wenyuan("keys", *arguments)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)


def test_others_are_not_let_in_without_a_key(wenyuan: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["--host", "0.0.0.0"],
        ["--allow-host", "wenyuan.example.com"],
        ["--allow-origin", "https://a.b"],
    ):
        said = wenyuan("serve", "--port", str(free()), *arguments)
        assert said.code == 2
        assert "there is no key; make one with `wenyuan keys add NAME --home " in said.err


def test_a_key_for_pages_of_a_site_names_what_they_ask(
    wenyuan: Wenyuan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    made = wenyuan("keys", "add", "shop", "--origin", "https://shop.example.com", "--only", "kb", "--json").json
    assert (made["origins"], made["only"], made["groups"]) == (["https://shop.example.com"], "kb", [])
    listed = wenyuan("keys", "list").out
    shown = f"{made['id']}  shop  default  read  no group  https://shop.example.com  kb  in force"
    assert listed == f"{shown}\n1 keys in all\n"
    for more in (["--only", "kb"], ["--origin", "https://a.example"], ["--origin", "a.example", "--only", "kb"]):
        assert wenyuan("keys", "add", "shop", *more).code == 2


def test_what_cannot_be_served_is_said(filled: Wenyuan, tmp_path: Path) -> None:
    missing = filled("serve", "--kb", "nowhere")
    assert (missing.code, missing.err) == (
        2,
        "wenyuan: There is no knowledge base in nowhere; make one with `wenyuan add`.\n",
    )
    twice = filled("serve", "--kb", "kb", "--kb", str(tmp_path / "kb"))
    assert (twice.code, "have one name" in twice.err) == (2, True)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = filled("serve", "--port", str(port))
    assert (said.code, f"127.0.0.1:{port} cannot be listened on" in said.err) == (1, True)


def test_without_the_extra_it_is_named(wenyuan: Wenyuan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    real = builtins.__import__

    def missing(name: str, *rest: object, **more: object) -> object:
        if name == "uvicorn":
            raise ImportError(name)
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", missing)
    for command in (["serve"], ["keys", "list"]):
        said = wenyuan(*command)
        assert (said.code, said.err) == (1, "wenyuan: A server needs the extra: `pip install 'wenyuan[server]'`.\n")


def test_the_sample_is_read_once_and_has_a_folder_of_its_own(
    stocked: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_words(monkeypatch)
    monkeypatch.setenv("WENYUAN_HOME", str(tmp_path / "own"))
    monkeypatch.setattr("wenyuan.server.run.Server.serve", ended)
    first = stocked("serve", "--sample", "--port", str(free()))
    assert (first.code, first.out.partition(";")[0]) == (0, "19 added, 1 failed")
    reading, leaflet = first.err.splitlines()
    assert reading == "Reading the documents of the sample company into wenyuan-sample; this is done once."
    assert leaflet.startswith("not read: sales/春季活动宣传单（扫描件）.pdf: it holds no text, only images")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    again = stocked("serve", "--sample", "--port", str(free()))
    assert (again.code, again.out) == (0, "")
    assert again.err == "知识库“sample”在以前启动时已建立，位于 wenyuan-sample。\n"
    assert not (tmp_path / "own").exists()


def test_the_sample_lies_where_it_is_told_and_beside_what_is_named(
    filled: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = list[tuple[Path, list[str]]]()
    monkeypatch.setattr("wenyuan.server.run.serve", lambda home, served, *_, **__: begun.append((home, [*served])))
    for arguments in ([], ["--kb", "kb"], ["--home", "there"]):
        assert filled("serve", "--sample", *arguments).code == 0
    assert begun == [(Path("wenyuan-sample"), []), (Path("wenyuan-sample"), ["kb"]), (Path("there"), [])]
    (tmp_path / "kb").rename(tmp_path / "sample")
    said = filled("serve", "--sample", "--kb", "sample")
    assert (said.code, said.err.count("--kb names another; rename the folder of that")) == (2, 1)


async def ended(*_: object) -> None:
    """Serve nobody."""


def free() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_folder_that_is_no_servers_is_not_made_by_looking_for_its_keys(wenyuan: Wenyuan, tmp_path: Path) -> None:
    for arguments in (["list"], ["revoke", "k"]):
        said = wenyuan("keys", *arguments, "--home", str(tmp_path / "typo"))
        assert said.code == 2
        assert "There is no server's folder in" in said.err
    assert not (tmp_path / "typo").exists()
