"""What is written of a source becomes its listing; all kinds of them are mirrored."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from wenyuan.errors import FetchError, WrongUse
from wenyuan.fetch import FetchLimits, Mirror, Source, open_source

from .server import LOOPBACK, Answer, Server, guard, serving


def mirrored(source: Source, folder: Path) -> dict[str, str]:
    with open_source(source, guard=guard()) as listing:
        return {
            outcome.path: outcome.state for outcome in Mirror(folder).sync(listing, source.metadata, source.exclude)
        }


def site(server: Server) -> None:
    server.pages |= {
        "/docs/": b'<a href="a">x</a><a href="old/b">y</a>',
        "/docs/a": Answer(b"<p>a</p>", headers={"ETag": '"a"'}),
        "/docs/old/b": b"<p>b</p>",
        "/sitemap.xml": f"<urlset><url><loc>{server.root}/docs/a</loc></url></urlset>".encode(),
    }


def test_every_kind_of_the_web(tmp_path: Path) -> None:
    with serving({}) as server:
        site(server)
        host = f"example.com-{server.server_port}"
        page = Source("one", "web", f"{server.root}/docs/a")
        assert mirrored(page, tmp_path / "web") == {f"{host}/docs/a.html": "added"}
        assert mirrored(page, tmp_path / "web") == {f"{host}/docs/a.html": "unchanged"}
        all_of_it = Source("all", "site", f"{server.root}/docs/", exclude=("old/",), metadata={"product": "x"})
        assert mirrored(all_of_it, tmp_path / "site") == {
            f"{host}/docs/index.html": "added",
            f"{host}/docs/a.html": "added",
        }
        listed = Source("map", "sitemap", f"{server.root}/sitemap.xml")
        assert mirrored(listed, tmp_path / "map") == {f"{host}/docs/a.html": "added"}
        server.pages["/docs/a"] = Answer(status=410)
        assert mirrored(listed, tmp_path / "map") == {f"{host}/docs/a.html": "removed"}
        assert '"url"' in (tmp_path / f"site/{host}/docs/a.html.meta.json").read_text()


def test_a_server_that_is_away_costs_nothing(tmp_path: Path) -> None:
    with serving({}) as server:
        site(server)
        sources = [
            Source("one", "web", f"{server.root}/docs/a"),
            Source("all", "site", f"{server.root}/docs/"),
            Source("map", "sitemap", f"{server.root}/sitemap.xml"),
        ]
        for source in sources:
            mirrored(source, tmp_path / source.name)
        before = sorted(path.name for path in tmp_path.rglob("*.html"))
        server.pages = {path: Answer(status=503) for path in server.pages}
        for source in sources:
            with contextlib.suppress(FetchError):  # a site map cannot even be listed
                assert set(mirrored(source, tmp_path / source.name).values()) == {"failed"}
        assert sorted(path.name for path in tmp_path.rglob("*.html")) == before


def test_a_tree_of_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    memory = MemoryFileSystem(global_store=False, skip_instance_cache=True)
    memory.pipe("/bucket/docs/a.md", b"one")
    monkeypatch.setattr("fsspec.filesystem", lambda *_, **__: memory)
    tree = Source("tree", "fsspec", "s3://bucket/docs", storage={"key": "secret"})
    assert "secret" not in repr(tree)
    assert mirrored(tree, tmp_path / "tree") == {"a.md": "added"}
    memory.pipe("/bucket/docs/b.md", b"two")
    memory.rm("/bucket/docs/a.md")
    assert mirrored(tree, tmp_path / "tree") == {"a.md": "removed", "b.md": "added"}
    memory.rm("/bucket/docs", recursive=True)
    with pytest.raises(FetchError, match="is not there"):
        mirrored(tree, tmp_path / "tree")
    assert (tmp_path / "tree/b.md").read_bytes() == b"two"


def test_a_folder_needs_no_mirror() -> None:
    with pytest.raises(WrongUse, match="is read where it lies"), open_source(Source("f", "folder", "/docs")):
        pass


def test_the_networks_of_a_source_are_its_guards() -> None:
    with serving({"/": b"x"}) as server:
        location = f"http://127.0.0.1:{server.server_port}/"
        with open_source(Source("a", "web", location)) as listing:
            [item] = listing.items()
            with pytest.raises(FetchError, match="no public address"):
                listing.read(item, "")
        allowed = Source("a", "web", location, allow=LOOPBACK)
        with open_source(allowed, FetchLimits(seconds=5), agent="Mine/1") as listing:
            [item] = listing.items()
            assert listing.read(item, "").data == b"x"
        assert server.seen[-1][1]["User-Agent"] == "Mine/1"
