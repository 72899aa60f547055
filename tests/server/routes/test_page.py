"""The page as a browser gets it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from running import Running, running
from wenyuan.server.routes import page

from ..wire import asked

RULES = (
    "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data: blob:",
    "font-src 'self'", "connect-src 'self'", "worker-src 'self'", "frame-ancestors 'none'", "base-uri 'none'",
    "form-action 'none'",
)  # fmt: skip
START = "<!doctype html><title>Wenyuan</title><p>Start</p>"
SCRIPT = "export const pump = 'PX-200'\n" * 100


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a page, and something beside it that is nobody's business."""
    built = tmp_path_factory.mktemp("package") / "page"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(START)
    (built / "assets" / "app-1a2b.js").write_text(SCRIPT)
    (built / "assets" / "app-1a2b.css").write_text("p { color: red }")
    (built.parent / "secret.txt").write_text("zqsecret")
    (built / "out").symlink_to(built.parent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "FOLDER", built)
        with running(tmp_path_factory.mktemp("home"), keyed=True) as server:
            yield server


@pytest.mark.parametrize("path", ["/", "/ui"])
def test_who_names_the_server_only_is_led_to_the_page(shown: Running, path: str) -> None:
    for method in ("GET", "HEAD"):
        reply = asked(shown, method, path)
        assert (reply.status, reply.headers["location"], reply.body) == (307, "ui/", b"")
    assert shown.client().get(path, follow_redirects=True).text == START


def test_the_page_needs_no_key_and_loads_nothing_from_elsewhere(shown: Running) -> None:
    for path in ("/ui/", "/ui/index.html", "/ui/assets/app-1a2b.js", "/ui/manuals/documents/zh/%E6%B3%B5.md?start=3"):
        reply = shown.client().get(path)
        assert reply.status_code == 200
        assert tuple(each.strip() for each in reply.headers["content-security-policy"].split(";")) == RULES
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in reply.headers
    assert shown.client().get("/api/knowledge-bases").status_code == 401


def test_what_has_its_hash_in_its_name_is_kept_for_ever_and_the_rest_is_asked_for_again(shown: Running) -> None:
    script = shown.client().get("/ui/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip"})
    assert script.text == SCRIPT
    assert script.headers["content-encoding"] == "gzip"
    assert int(script.headers["content-length"]) < len(SCRIPT) / 10
    assert script.headers["content-type"].startswith("text/javascript")
    assert "immutable" in script.headers["cache-control"]
    again = shown.client().get("/ui/assets/app-1a2b.js", headers={"If-None-Match": script.headers["etag"]})
    assert again.status_code == 304
    for path in ("/ui/", "/ui/manuals", "/ui/assets/../index.html"):
        first = asked(shown, "GET", path)
        assert first.headers["cache-control"] == "no-cache"
        again = shown.client().get("/ui/", headers={"If-None-Match": f'"other", {first.headers["etag"]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])


def test_a_page_that_was_built_anew_is_sent_though_its_size_and_time_are_the_same(shown: Running) -> None:
    tag = shown.client().get("/ui/").headers["etag"]
    start = page.FOLDER / "index.html"
    moment = start.stat().st_mtime_ns
    try:
        start.write_text(START.replace("Start", "Stirs"))
        os.utime(start, ns=(moment, moment))
        with running(page.FOLDER.parent / "other") as upgraded:
            reply = upgraded.client().get("/ui/", headers={"If-None-Match": tag})
        assert (reply.status_code, "Stirs" in reply.text) == (200, True)
    finally:
        start.write_text(START)


def test_who_reads_no_gzip_gets_the_file_as_it_is(shown: Running) -> None:
    for names in ("identity", "br"):
        script = shown.client().get("/ui/assets/app-1a2b.js", headers={"Accept-Encoding": names})
        assert (script.text, script.headers.get("content-encoding")) == (SCRIPT, None)
        assert script.headers["vary"] == "Accept-Encoding"


def test_every_path_of_the_page_gives_the_page(shown: Running) -> None:
    for path in ("/ui/", "/ui/ask", "/ui/manuals/documents/a.js", "/ui/" + "x" * 3_000, "/ui/\u200b", "/ui/assets"):
        reply = shown.client().get(path)
        assert (reply.status_code, reply.text) == (200, START), path
        assert reply.headers["content-type"].startswith("text/html")


def test_an_asset_of_an_older_page_is_not_there(shown: Running) -> None:
    reply = shown.client().get("/ui/assets/app-0000.js")
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "not_found")
    assert reply.headers["cache-control"] == "no-store"


def test_heads_are_told_without_a_body(shown: Running) -> None:
    for path in ("/ui/", "/ui/ask", "/ui/assets/app-1a2b.js"):
        reply, whole = asked(shown, "HEAD", path), asked(shown, "GET", path)
        assert (reply.status, reply.body) == (200, b"")
        assert reply.headers["content-length"] == str(len(whole.body)) == whole.headers["content-length"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_is_written_there(shown: Running, method: str) -> None:
    for path in ("/ui/", "/ui/index.html", "/", "/ui"):
        assert asked(shown, method, path, b"x").status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/ui/../secret.txt",
        "/ui/%2e%2e/secret.txt",
        "/ui/..%2fsecret.txt",
        "/ui/..%5csecret.txt",
        "/ui/assets/../../secret.txt",
        "/ui/assets/..%2f..%2fsecret.txt",
        "/ui/assets/%2e%2e/%2e%2e/secret.txt",
        "/ui/out/secret.txt",
        "/ui//secret.txt",
        "/ui//etc/passwd",
        "/ui/%2fetc%2fpasswd",
        "/ui/secret.txt%00",
        "/ui/%00",
        "/ui/%c0%ae%c0%ae/secret.txt",
        "/ui/....//secret.txt",
        "/ui/../../routes/page.py",
        "/ui/" + "../" * 40 + "etc/passwd",
        "/ui/assets/" + "a/" * 5_000,
        "/ui/" + "é" * 3_000,
        "/UI/",
        "/uisecret",
        "//ui/",
    ],
)
def test_no_path_leads_out_of_the_folder(shown: Running, path: str) -> None:
    reply = asked(shown, "GET", path.encode())
    assert reply.status in (200, 400, 404)
    assert reply.status != 200 or reply.body.decode() == START
    assert b"zqsecret" not in reply.body


def test_it_is_said_where_there_is_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "FOLDER", tmp_path / "absent")
    with running(tmp_path / "home") as server:
        reply = server.client().get("/ui/")
        assert (reply.status_code, reply.headers["content-type"]) == (501, "text/plain; charset=utf-8")
        assert reply.text.startswith("This installation holds no page")
        assert server.client(**{"Accept-Language": "zh-CN"}).get("/ui/ask").text.endswith("。")


def test_its_requests_are_counted_as_one_path(shown: Running) -> None:
    shown.client().get("/ui/quite/unmistakable")
    figures = shown.client(shown.key("admin")).get("/metrics").text
    assert 'route="/ui/{path:path}"' in figures
    assert "unmistakable" not in figures
