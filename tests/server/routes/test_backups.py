"""Backups and snapshots over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from archives import open_archive
from copies import strays
from running import Running, finished
from wenyuan.store.archive import Archive
from wenyuan.store.ledger import read_ledger
from wenyuan.types import Root

from ..conftest import PUMP, PUMP_ZH

KB = "/api/knowledge-bases/manuals"
SECOND = "/api/knowledge-bases/second"


@pytest.fixture
def admin(server: Running) -> Iterator[httpx.Client]:
    server.make("manuals", {"en/pump.md": PUMP, "zh/泵.md": PUMP_ZH})
    with server.client(server.key("admin")) as client:
        yield client


def documents(client: httpx.Client, kb: str = KB) -> list[str]:
    return [each["id"] for each in client.get(f"{kb}/documents").json()["documents"]]


def snapshots(client: httpx.Client) -> list[str]:
    return [each["name"] for each in client.get(f"{KB}/snapshots").json()["snapshots"]]


def restored(client: httpx.Client, content: bytes, kb: str = KB) -> httpx.Response:
    return client.post(f"{kb}/restore", files={"file": ("kb.tar.gz", content)})


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def opened(folder: Path) -> Archive:
    """The archive of a knowledge base that the server does not have open."""
    ledger = read_ledger(folder)
    assert ledger is not None
    return open_archive(folder, **{name: ledger.meta[name] for name in ("model", "analyser", "dimension")})


def test_there_and_back(server: Running, admin: httpx.Client) -> None:
    fetched = admin.get(f"{KB}/backup")
    assert fetched.status_code == 200
    assert fetched.headers["content-type"] == "application/gzip"
    assert "manuals.tar.gz" in fetched.headers["content-disposition"]
    assert admin.delete(f"{KB}/documents/en/pump.md").status_code == 200
    reply = restored(admin, fetched.content)
    assert (reply.status_code, reply.json()["documents"]) == (200, 2)
    assert documents(admin) == ["en/pump.md", "zh/泵.md"]
    assert snapshots(admin) == ["before-restore"]
    assert admin.post(f"{KB}/search", json={"question": "warranty"}).json()["hits"]
    assert finished(admin, admin.post(f"{KB}/sync", json={}))["report"]["unchanged"] == 2
    assert strays(server.service.home.place("default", "manuals")) == []


def test_a_backup_becomes_a_new_knowledge_base(server: Running, admin: httpx.Client) -> None:
    content = admin.get(f"{KB}/backup").content
    assert restored(admin, content, SECOND).status_code == 200
    assert documents(admin, SECOND) == ["en/pump.md", "zh/泵.md"]
    assert (server.service.home.place("default", "second") / "server.json").exists()
    assert code(restored(admin, content, "/api/knowledge-bases/_x")) == (400, "invalid_request")


def test_a_broken_file_changes_nothing(server: Running, admin: httpx.Client) -> None:
    content = admin.get(f"{KB}/backup").content
    for broken in (b"", b"nonsense", content[:-50], content[:200]):
        assert code(restored(admin, broken)) == (422, "unreadable")
        assert code(restored(admin, broken, SECOND)) == (422, "unreadable")
    reply = admin.post(f"{KB}/restore", files={"file": ("x", b"nonsense")}, headers={"Accept-Language": "zh"})
    assert reply.json()["error"]["message"].startswith("这个备份不能使用")
    assert (documents(admin), snapshots(admin)) == (["en/pump.md", "zh/泵.md"], [])
    assert admin.get(SECOND).status_code == 404
    assert strays(server.service.home.place("default", "manuals")) == []


def test_what_is_no_upload_is_refused(admin: httpx.Client) -> None:
    assert code(admin.post(f"{KB}/restore", content=b"x")) == (415, "not_multipart")
    assert code(admin.post(f"{KB}/restore", files={"other": ("x", b"x")})) == (400, "invalid_request")


def test_snapshots_and_back(admin: httpx.Client) -> None:
    taken = admin.post(f"{KB}/snapshots", json={"name": "first"})
    assert (taken.status_code, taken.json()["documents"]) == (201, 2)
    for name in ("first", "../x"):
        assert code(admin.post(f"{KB}/snapshots", json={"name": name})) == (400, "invalid_request")
    admin.delete(f"{KB}/documents/en/pump.md")
    before = admin.get(KB).json()["version"]
    rolled = admin.post(f"{KB}/snapshots/first/restore")
    assert rolled.json()["before"]["name"] == "before-first"
    assert documents(admin) == ["en/pump.md", "zh/泵.md"]
    assert admin.get(KB).json()["version"] > before
    assert snapshots(admin) == ["first", "before-first"]
    assert admin.delete(f"{KB}/snapshots/first").status_code == 204
    assert code(admin.post(f"{KB}/snapshots/first/restore")) == (404, "not_found")
    assert code(admin.delete(f"{KB}/snapshots/first")) == (404, "not_found")
    assert snapshots(admin) == ["before-first"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ({"rights": ("read",)}, (403, "forbidden")),
        ({"rights": ("ingest",)}, (403, "forbidden")),
        ({"rights": ("admin",), "tenant": "other"}, (404, "not_found")),
        (None, (401, "unauthorized")),
    ],
)
def test_only_who_may_have_all_of_it(
    server: Running, admin: httpx.Client, key: dict[str, Any] | None, expected: tuple[int, str]
) -> None:
    given = {} if key is None else dict(key)
    with server.client(None if key is None else server.key(*given.pop("rights"), **given)) as client:
        replies = [
            client.get(f"{KB}/backup"),
            client.get(f"{KB}/snapshots"),
            client.post(f"{KB}/snapshots", json={"name": "x"}),
            client.post(f"{KB}/snapshots/x/restore"),
            client.delete(f"{KB}/snapshots/x"),
        ]
        if expected[0] != 404:  # that tenant may have one of the same name
            replies.append(restored(client, b""))
    assert {code(each) for each in replies} == {expected}
    assert snapshots(admin) == []


def test_a_backup_names_no_places_on_the_servers_disk(server: Running, admin: httpx.Client) -> None:
    service = server.service
    with service.shelf.closed("default", "manuals"), opened(service.home.place("default", "manuals")) as archive:
        archive.add_root("/etc", Root())
    content = admin.get(f"{KB}/backup").content
    assert restored(admin, content, SECOND).status_code == 200
    with service.shelf.closed("default", "second"), opened(service.home.place("default", "second")) as archive:
        assert archive.roots() == {}
        assert len(archive.documents()) == 2


def test_who_hangs_up_leaves_nothing(server: Running, admin: httpx.Client) -> None:
    with admin.stream("GET", f"{KB}/backup") as response:
        next(response.iter_raw(10))
    assert documents(admin) == ["en/pump.md", "zh/泵.md"]
    assert admin.get(f"{KB}/backup").status_code == 200
    assert strays(server.service.home.place("default", "manuals")) == []
