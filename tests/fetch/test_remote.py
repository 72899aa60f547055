"""Trees of files through fsspec: every file once, with a stamp where the file system has one."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from wenyuan.errors import FetchError, MissingExtra, WrongUse
from wenyuan.fetch import Fetched, FetchLimits, Guard
from wenyuan.fetch.remote import Tree

GUARD = Guard(resolve=lambda host, port: ["10.0.0.1"] if host.endswith("intern.example") else ["1.1.1.1"])


class Faulty(MemoryFileSystem):
    """Files in memory that fail as told: name → what is raised."""

    protocol = "faulty"
    faults: ClassVar[dict[str, Exception]] = {}

    def ls(self, path: str, detail: bool = True, **_: Any) -> Any:
        self._fail(path)
        found = super().ls(path, detail=detail)
        return [{**info, "etag": "e1"} for info in found] if detail else found

    def _open(self, path: str, *given: Any, **named: Any) -> Any:
        self._fail(path)
        return super()._open(path, *given, **named)

    def _fail(self, path: str) -> None:
        if fault := self.faults.get(path.strip("/").rpartition("/")[2]):
            raise fault


@pytest.fixture(autouse=True)
def files() -> Iterator[MemoryFileSystem]:
    fsspec.register_implementation("faulty", Faulty, clobber=True)
    memory = MemoryFileSystem()
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]
    Faulty.faults = {}


def tree(location: str = "memory://docs", storage: dict[str, object] | None = None, **limits: int) -> Tree:
    return Tree(
        location,
        storage or {},
        GUARD,
        FetchLimits(**limits),
        schemes=("memory", "file", "faulty", "s3", "sftp", "webdav"),
    )


def test_every_file_with_its_path_in_the_tree(files: MemoryFileSystem) -> None:
    for name in ("docs/b.md", "docs/a/x.md", "docs/a/deep/y.pdf", "docs/.git/config", "docs/.hidden.md", "other/z.md"):
        files.pipe(f"/{name}", b"text")
    listing = tree()
    assert [(item.path, item.size) for item in listing.items()] == [("b.md", 4), ("a/x.md", 4), ("a/deep/y.pdf", 4)]
    assert listing.complete
    assert listing.notes == []


def test_a_file_with_what_its_sidecar_says(files: MemoryFileSystem) -> None:
    files.pipe("/docs/a.md", b"text")
    files.pipe("/docs/a.md.meta.json", b'{"access": ["hr"]}')
    listing = tree("memory://docs/")
    [item] = listing.items()
    assert listing.read(item, "") == Fetched(
        b"text", "memory://docs/a.md", "a.md", stamp="", time=item.time, metadata={"access": ["hr"]}
    )


@pytest.mark.parametrize("sidecar", [b"{", b"[]", b"\xff"])
def test_a_sidecar_that_says_nothing_keeps_its_file_out(files: MemoryFileSystem, sidecar: bytes) -> None:
    """Who may see the file might be in it."""
    files.pipe("/docs/a.md", b"text")
    files.pipe("/docs/a.md.meta.json", sidecar)
    listing = tree()
    [item] = listing.items()
    with pytest.raises(FetchError, match=r"The sidecar of memory://docs/a.md is"):
        listing.read(item, "")


def test_the_stamp_follows_the_file_and_its_sidecar(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")

    def stamp() -> str:
        [item] = tree(f"file://{tmp_path}").items()
        assert item.time == (tmp_path / "a.md").stat().st_mtime
        return item.stamp

    one = stamp()
    assert one == stamp() != ""
    os.utime(tmp_path / "a.md", (1, 1))
    two = stamp()
    assert two != one
    (tmp_path / "a.md.meta.json").write_text("{}")
    assert stamp() != two


def test_a_file_system_that_tells_no_change_gives_no_stamp(files: MemoryFileSystem) -> None:
    files.pipe("/docs/a.md", b"text")
    assert [item.stamp for item in tree().items()] == [""]
    assert [json.loads(json.loads(item.stamp)[0])["etag"] for item in tree("faulty://docs").items()] == ["e1"]


def test_bounds(files: MemoryFileSystem) -> None:
    for number in range(5):
        files.pipe(f"/docs/{number}.md", b"text")
    files.pipe("/docs/d/d/d/d/x.md", b"x")
    listing = tree(items=3)
    assert len([*listing.items()]) == 3
    assert not listing.complete
    assert listing.notes == ["memory://docs holds more than 3 files; the others were left out."]
    with pytest.raises(FetchError, match="folders in folders"):
        [*tree(depth=2).items()]
    listing = tree(file_bytes=3)
    item = next(iter(listing.items()))
    with pytest.raises(FetchError, match="larger than 3 bytes"):
        listing.read(item, "")


def test_names_that_are_no_text_are_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x")
    (tmp_path / os.fsdecode(b"\xff.md")).write_text("x")
    listing = tree(f"file://{tmp_path}")
    assert [item.path for item in listing.items()] == ["a.md"]
    assert listing.notes == [f"Files in file://{tmp_path} whose names are not UTF-8 were left out: 1."]


@pytest.mark.parametrize(
    ("fault", "retryable", "gone"),
    [
        (FileNotFoundError("x"), False, True),
        (PermissionError("x"), False, False),
        (OSError("x"), True, False),
        (TimeoutError("x"), True, False),
        (RuntimeError("a library's own"), True, False),
    ],
)
def test_whatever_a_library_raises_is_one_sentence(
    files: MemoryFileSystem, fault: Exception, retryable: bool, gone: bool
) -> None:
    files.pipe("/docs/sub/a.md", b"text")
    listing = tree("faulty://docs")
    [item] = listing.items()
    Faulty.faults = {"a.md": fault}
    with pytest.raises(FetchError) as caught:
        listing.read(item, "")
    assert (caught.value.retryable, caught.value.gone) == (retryable, gone)
    Faulty.faults = {"sub": fault}
    listing = tree("faulty://docs")
    with pytest.raises(FetchError, match="The folder /docs/sub of faulty://docs"):
        [*listing.items()]
    assert not listing.complete


def test_an_empty_file_is_none_that_is_wanted(files: MemoryFileSystem) -> None:
    files.pipe("/docs/a.md", b" ")
    listing = tree()
    [item] = listing.items()
    with pytest.raises(FetchError, match="is empty") as caught:
        listing.read(item, "")
    assert caught.value.unwanted


@pytest.mark.parametrize(
    "location", ["file:///etc", "http://example.com/", "simplecache::s3://x", "reference://", "docs", "memory://x", ""]
)
def test_other_schemes_are_refused(location: str) -> None:
    with pytest.raises(WrongUse, match="begin it with one of s3, webdav, sftp"):
        Tree(location, {}, GUARD)


def test_passwords_do_not_belong_into_the_address() -> None:
    with pytest.raises(WrongUse, match="put it into `storage`") as caught:
        tree("sftp://me:secret@example.com/docs")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "storage"),
    [
        ("sftp://intern.example/docs", {}),
        ("webdav://intern.example/docs", {}),
        ("webdav://example.com/", {"base_url": "http://intern.example/"}),
        ("s3://bucket", {"endpoint_url": "http://minio.intern.example:9000"}),
        ("s3://bucket", {"client_kwargs": {"endpoint_url": "http://minio.intern.example:9000"}}),
    ],
)
def test_hosts_are_judged_before_anything_connects(location: str, storage: dict[str, object]) -> None:
    with pytest.raises(FetchError, match="no public address"):
        tree(location, storage)


@pytest.mark.parametrize("scheme", ["s3", "sftp", "webdav"])
def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    for module in ("s3fs", "paramiko", "webdav4", "webdav4.fsspec"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "fsspec.implementations.sftp", raising=False)
    with pytest.raises(MissingExtra, match=rf"pip install 'wenyuan\[{scheme}\]'"):
        tree(f"{scheme}://example.com/docs")
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtra, match=rf"pip install 'wenyuan\[{scheme}\]'"):
        tree(f"{scheme}://example.com/docs")


@pytest.mark.parametrize(
    ("location", "given", "root"),
    [
        (
            "sftp://me@example.com:2222/docs",
            {"host": "example.com", "port": 2222, "username": "me", "password": "x", "host_key_policy": "reject"},
            "/docs",
        ),
        (
            "webdav://example.com/remote.php/dav",
            {"base_url": "https://example.com/remote.php/dav", "password": "x"},
            "",
        ),
        ("s3://bucket/docs", {"password": "x"}, "bucket/docs"),
    ],
)
def test_an_address_becomes_what_the_library_wants(
    monkeypatch: pytest.MonkeyPatch, files: MemoryFileSystem, location: str, given: dict[str, object], root: str
) -> None:
    opened: list[tuple[str, dict[str, object]]] = []

    def filesystem(scheme: str, **options: object) -> MemoryFileSystem:
        opened.append((scheme, options))
        return files

    monkeypatch.setattr(fsspec, "filesystem", filesystem)
    files.pipe(f"/{root}/a.md", b"x")
    listing = tree(location, {"password": "x"})
    assert opened == [(location.partition(":")[0], {**given, "skip_instance_cache": True})]
    [item] = listing.items()
    assert item.path == "a.md"
    assert listing.read(item, "").url == location.replace("me@", "") + "/a.md"


def test_options_that_a_library_does_not_take_are_a_wrong_use() -> None:
    with pytest.raises(WrongUse, match="correct `storage`"):
        tree("file:///tmp", {"skip_instance_cache": True})
