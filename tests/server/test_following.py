"""Looks at sources: documents come, change and go as they do there."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
import pytest

from fetch.server import Answer, Handler, Server, serving
from wenyuan.engine.progress import Progress
from wenyuan.errors import FetchError
from wenyuan.fetch import FetchLimits, Guard, Source
from wenyuan.fetch.remote import Tree
from wenyuan.server.errors import Refused
from wenyuan.server.following import hidden

from .followed import Followed


def page(text: str) -> bytes:
    return f"<html><title>{text}</title><body><h1>{text}</h1><p>All of {text}.</p></body></html>".encode()


def site_map(server: Server, *paths: str) -> bytes:
    urls = "".join(f"<url><loc>http://127.0.0.1:{server.server_port}{path}</loc></url>" for path in paths)
    return f"<urlset>{urls}</urlset>".encode()


def listed(server: Server, followed: Followed, **pages: object) -> str:
    """A source `web` of a site map with these pages."""
    server.pages |= {f"/{name}": each for name, each in pages.items()}  # type: ignore[dict-item]
    server.pages["/sitemap.xml"] = Answer(site_map(server, *(f"/{name}" for name in pages)), "application/xml")
    root = f"http://127.0.0.1:{server.server_port}"
    if followed.sources.get("default", "kb", "web") is None:
        followed.add("web", "sitemap", f"{root}/sitemap.xml", metadata={"access": ("hr",)})
    return root


def id_of(server: Server, name: str) -> str:
    return f"web/127.0.0.1-{server.server_port}/{name}.html"


def test_documents_come_change_and_go_as_the_pages_do(followed: Followed) -> None:
    with serving({}) as server:
        listed(server, followed, a=page("Alpha"), b=page("Beta"))
        report = followed.look()
        assert sorted(report.added) == [id_of(server, "a"), id_of(server, "b")]
        assert (followed.look().unchanged, followed.look().encoded) == (2, 0)
        listed(server, followed, a=page("Gamma"), c=page("Delta"))
        report = followed.look()
        assert (report.added, report.changed, report.deleted) == (
            [id_of(server, "c")], [id_of(server, "a")], [id_of(server, "b")],
        )  # fmt: skip
        assert "Gamma" in followed.text(id_of(server, "a"))
    assert followed.documents(()) == []
    assert followed.documents(("hr",)) == [id_of(server, "a"), id_of(server, "c")]
    kept = followed.sources.get("default", "kb", "web")
    assert kept is not None
    assert (kept.done, kept.next, kept.unfinished) == (followed.clock.now, followed.clock.now + 3600, False)
    assert kept.found["added"] == 1


def test_a_page_that_is_gone_goes_and_one_that_fails_stays(followed: Followed) -> None:
    with serving({}) as server:
        root = listed(server, followed, a=page("Alpha"), b=page("Beta"))
        followed.look()
        listed(server, followed, a=Answer(status=404), b=Answer(status=500), c=Answer(b"x", "image/png"))
        report = followed.look()
        assert report.deleted == [id_of(server, "a")]
        assert report.failed.keys() == followed.failed().keys() == {f"{root}/b"}
        assert "(500)" in followed.failed()[f"{root}/b"]
        assert report.passed_over == {"": 1}
        assert followed.documents() == [id_of(server, "b")]
        listed(server, followed, a=page("Alpha"))
        followed.look()
        assert followed.failed() == {}, "what is not there does not fail"


def test_what_failed_is_tried_again_when_its_time_comes_and_not_before(followed: Followed) -> None:
    with serving({}) as server:
        slow = Answer(status=503, headers={"Retry-After": "600"})
        root = listed(server, followed, a=page("Alpha"), b=slow, c=Answer(status=500))
        followed.look()
        assert server.asked().count("/b") == 1
        followed.clock.now += 61
        followed.look(how="again")
        assert (server.asked().count("/a"), server.asked().count("/b"), server.asked().count("/c")) == (1, 1, 2)
        followed.look()
        assert server.asked().count("/b") == 1, "the server wants to be left alone"
        assert f"{root}/b" in followed.failed()
        followed.clock.now += 600
        listed(server, followed, a=page("Alpha"), b=page("Beta"), c=Answer(status=500))
        report = followed.look(how="again")
        assert report.added == [id_of(server, "b")]
        assert followed.failed().keys() == {f"{root}/c"}


def test_a_look_that_is_asked_for_tries_everything(followed: Followed) -> None:
    with serving({}) as server:
        listed(server, followed, a=page("Alpha"), b=Answer(status=500))
        followed.look()
        listed(server, followed, a=page("Alpha"), b=page("Beta"))
        assert followed.look().added == []
        assert followed.look(how="asked").added == [id_of(server, "b")]
        assert followed.failed() == {}


def test_a_listing_that_fails_keeps_all_and_is_tried_again_soon(followed: Followed) -> None:
    with serving({}) as server:
        listed(server, followed, a=page("Alpha"))
        followed.look()
        server.pages["/sitemap.xml"] = Answer(status=503, headers={"Retry-After": "120"})
        with pytest.raises(FetchError, match="503"):
            followed.look()
        kept = followed.sources.get("default", "kb", "web")
        assert kept is not None
        assert (kept.tries, kept.next - followed.clock.now) == (1, 120)
        assert "503" in str(kept.error)
        assert followed.documents() == [id_of(server, "a")]
        listed(server, followed, a=page("Alpha"))
        followed.look()
        kept = followed.sources.get("default", "kb", "web")
        assert kept is not None
        assert (kept.tries, kept.error) == (0, None)


def test_a_site_whose_page_is_held_back_loses_nothing_that_only_it_leads_to(followed: Followed) -> None:
    with serving({}) as server:
        root = f"http://127.0.0.1:{server.server_port}"
        server.pages |= {"/": b'<a href="/b">b</a>', "/b": b'b <a href="/c">c</a>', "/c": page("Gamma")}
        followed.add("web", "site", f"{root}/")
        assert len(followed.look().added) == 3
        server.pages["/b"] = Answer(status=500)
        followed.look()
        assert len(followed.look().failed) == 1
        assert len(followed.documents()) == 3


def test_documents_appear_while_a_slow_source_is_still_read(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wenyuan.server.taking._SECONDS", 0.0)
    released = threading.Event()

    def slow(handler: Handler) -> None:
        released.wait(10)
        handler.send(Answer(page("Omega")))

    with serving({}) as server:
        listed(server, followed, a=page("Alpha"), z=slow)
        looking = threading.Thread(target=followed.look)
        looking.start()
        end = time.monotonic() + 10
        while not followed.documents():
            assert time.monotonic() < end
            time.sleep(0.01)
        released.set()
        looking.join()
    assert len(followed.documents()) == 2


class Killed(BaseException):
    """The process is no more."""


@pytest.mark.parametrize("at", ["own", "take", "disown"])
def test_a_look_that_is_broken_off_anywhere_is_ended_by_the_next(
    followed: Followed, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise Killed

    with serving({}) as server:
        listed(server, followed, a=page("Alpha"), b=page("Beta"))
        followed.look()
        listed(server, followed, a=page("Gamma"), c=page("Delta"))
        name = "wenyuan.engine.KnowledgeBase.take" if at == "take" else f"wenyuan.server.sources.Sources.{at}"
        with monkeypatch.context() as patch:
            patch.setattr(name, killed)
            with pytest.raises(Killed):
                followed.look()
        followed.look()
    assert followed.documents() == [id_of(server, "a"), id_of(server, "c")]
    assert "Gamma" in followed.text(id_of(server, "a"))


def test_what_another_brought_under_the_same_folder_stays(followed: Followed) -> None:
    with serving({}) as server:
        listed(server, followed, a=page("Alpha"))
        followed.look()
        folder = followed.home.place("default", "kb") / "files" / "web"
        (folder / "own.md").write_text("# Own", "utf-8")
        with followed.shelf.lent("default", "kb") as kb:
            kb.take("web/own.md")
        kept = followed.sources.get("default", "kb", "web")
        assert kept is not None
        report = followed.following.remove(kept, followed.told.append, keep=False)
    assert report.deleted == [id_of(server, "a")]
    assert followed.documents() == ["web/own.md"]
    assert followed.sources.by_id(kept.id) is None


def test_documents_are_kept_where_that_is_asked(followed: Followed) -> None:
    with serving({}) as server:
        listed(server, followed, a=page("Alpha"))
        followed.look()
        kept = followed.sources.get("default", "kb", "web")
        assert kept is not None
        followed.following.remove(kept, followed.told.append, keep=True)
    assert followed.documents() == [id_of(server, "a")]
    with followed.shelf.lent("default", "kb") as kb:
        assert kb.sync().deleted == []


def test_an_unreadable_document_is_listed_until_it_can_be_read(followed: Followed) -> None:
    with serving({}) as server:
        root = listed(server, followed, a=Answer(b"%PDF-1.7 broken", "application/pdf"))
        followed.look()
        [(key, why)] = followed.failed().items()
        assert (key, "a.pdf" in why) == (f"{root}/a", True)
        followed.look()
        assert followed.failed().keys() == {key}
        listed(server, followed, a=page("Alpha"))
        assert followed.look().added == [id_of(server, "a")]
        assert followed.failed() == {}


def test_a_folder_is_kept_in_step_with_and_may_vanish(followed: Followed, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("# Alpha", "utf-8")
    (docs / "b.md").write_text("# Beta", "utf-8")
    followed.add("docs", "folder", str(docs), metadata={"access": ("hr",)}, exclude=("drafts/",))
    assert len(followed.look("docs").added) == 2
    assert followed.documents(()) == []
    (docs / "b.md").unlink()
    (docs / "c.pdf").write_bytes(b"%PDF-1.7 broken")
    report = followed.look("docs")
    assert (len(report.deleted), len(report.failed)) == (1, 1)
    assert len(followed.failed("docs")) == 1
    docs.rename(tmp_path / "away")
    assert followed.look("docs").deleted == []
    assert len(followed.documents()) == 1
    (tmp_path / "away").rename(docs)
    kept = followed.sources.get("default", "kb", "docs")
    assert kept is not None
    assert len(followed.following.remove(kept, followed.told.append, keep=False).deleted) == 1
    assert (docs / "a.md").exists()


def test_one_that_is_told_to_stop_ends_between_two_pages(followed: Followed) -> None:
    def stop(progress: Progress) -> None:
        raise Killed

    with serving({}) as server:
        listed(server, followed, a=page("Alpha"), b=page("Beta"))
        kept = followed.sources.get("default", "kb", "web")
        assert kept is not None
        with pytest.raises(Killed):
            followed.following.run(kept, "due", stop)
        assert "/b" not in server.asked()
        followed.look()
    assert len(followed.documents()) == 2


def test_no_knowledge_base_is_made_anew_for_a_source(followed: Followed) -> None:
    with serving({}) as server:

        def gone(handler: Handler) -> None:
            with followed.shelf.closed("default", "kb"):
                followed.home.remove("default", "kb")
            handler.send(Answer(page("Alpha")))

        listed(server, followed, a=gone)
        with pytest.raises(Refused):
            followed.look()
    assert not (followed.home.folder / "tenants" / "default" / "kb" / "files" / "web" / "127.0.0.1").exists()
    assert followed.home.names("default") == []


def test_credentials_are_in_no_sentence() -> None:
    storage = {"key": "AKIA1234", "client": {"secret": "s3cret!"}, "auth": ["me@x", "passw0rd"], "port": 22}
    assert hidden("AKIA1234 s3cret! passw0rd 22", storage) == "… … … 22"
    assert json.dumps(storage)


def test_a_tree_of_files_brings_what_is_read_with_its_sidecars(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = fsspec.filesystem("memory")
    files.pipe({"/tree/a.md": b"# Alpha", "/tree/a.md.meta.json": b'{"access": "hr"}', "/tree/film.mp4": b"x"})
    files.pipe({"/tree/deep/b.txt": b"Beta"})

    @contextmanager
    def opened(source: Source, limits: FetchLimits, guard: Guard) -> Iterator[Tree]:
        yield Tree(source.location, source.storage, guard, limits, schemes=["memory"])

    monkeypatch.setattr("wenyuan.server.following.open_source", opened)
    try:
        followed.add("web", "fsspec", "memory://tree")
        report = followed.look()
        assert (sorted(report.added), report.passed_over) == (["web/a.md", "web/deep/b.txt"], {".mp4": 1})
        assert followed.documents(()) == ["web/deep/b.txt"]
        files.rm("/tree/deep/b.txt")
        assert followed.look(how="again").deleted == ["web/deep/b.txt"], "its listing is cheap"
        files.rm("/tree/a.md")
        files.rm("/tree/film.mp4")
        with pytest.raises(FetchError, match="lists nothing"):
            followed.look()
        assert followed.documents() == ["web/a.md"], "what is suddenly empty may be a fault"
    finally:
        files.rm("/tree", recursive=True)
