"""A page is fetched whole and within limits, or one sentence says why not."""

from __future__ import annotations

import gzip
import sys
import time
import zlib

import pytest

from wenyuan.errors import FetchError, MissingExtra
from wenyuan.fetch import Guard, Web

from .server import Answer, Handler, guard, serving, web


def failing(pages: dict[str, object], path: str = "/", **limits: float) -> FetchError:
    with serving(pages) as server, web(**limits) as client, pytest.raises(FetchError) as caught:  # type: ignore[arg-type]
        client.get(server.root + path)
    return caught.value


def test_a_page_with_its_place_type_time_and_stamp() -> None:
    headers = {"ETag": '"1"', "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}
    with serving({"/docs/page": Answer(b"<p>x</p>", "text/html; charset=utf-8", headers=headers)}) as server:
        with web() as client:
            page = client.get(f"{server.root}/docs/page")
            assert (page.data, page.url, page.type) == (b"<p>x</p>", f"{server.root}/docs/page", "text/html")
            assert page.path == f"example.com-{server.server_port}/docs/page.html"
            assert page.time == 1445412480
            again = client.get(f"{server.root}/docs/page", page.stamp)
            assert (again.data, again.stamp) == (None, page.stamp)
        sent = server.seen[-1][1]
        assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"1"', "Wed, 21 Oct 2015 07:28:00 GMT")
        assert (sent["User-Agent"], sent["Accept-Encoding"]) == ("Wenyuan", "gzip, deflate")
        assert "Cookie" not in sent


@pytest.mark.parametrize("stamp", ["", "no json", "[]", '{"url": "http://other.example/", "etag": "1"}'])
def test_a_stamp_of_something_else_is_not_sent(stamp: str) -> None:
    with serving({"/": Answer(b"x", headers={"ETag": "1"})}) as server, web() as client:
        assert client.get(f"{server.root}/", stamp).data == b"x"
        assert "If-None-Match" not in server.seen[0][1]


def test_a_time_to_come_is_no_time() -> None:
    page = Answer(b"x", headers={"Last-Modified": "Wed, 21 Oct 2215 07:28:00 GMT"})
    with serving({"/": page}) as server, web() as client:
        assert client.get(f"{server.root}/").time is None


def test_redirects_are_followed_and_the_page_keeps_its_own_place() -> None:
    pages = {
        "/a": Answer(status=302, headers={"Location": "/b?x=1#part"}),
        "/b?x=1": Answer(status=308, headers={"Location": "//other.example:{port}/c"}),
    }
    with serving(pages) as server:
        port = server.server_port
        server.pages["/b?x=1"] = Answer(status=308, headers={"Location": f"//other.example:{port}/c"})
        server.pages["/c"] = b"there"
        with web() as client:
            page = client.get(f"{server.root}/a")
        assert (page.data, page.url) == (b"there", f"http://other.example:{port}/c")
        assert page.path == f"example.com-{port}/a.html"


@pytest.mark.parametrize(
    "location",
    ["http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/", "http://nowhere.example/", "file:///etc/passwd",
     "http://u:p@example.com/", "http://2130706433/", "gopher://x/", "\\\\evil"],
)  # fmt: skip
def test_redirects_are_judged_like_any_url(location: str) -> None:
    error = failing({"/": Answer(status=302, headers={"Location": location})})
    assert any(part in str(error) for part in ("no public", "not found", "no address of the web", "@", "unusual"))


def test_there_is_an_end_of_redirects() -> None:
    pages = {f"/{n}": Answer(status=301, headers={"Location": f"/{n + 1}"}) for n in range(9)} | {"/9": Answer(b"x")}
    assert "leads on more than 5 times" in str(failing(pages, "/0"))
    with serving(pages) as server, web() as client:
        assert client.get(f"{server.root}/4").data == b"x"


def test_a_redirect_elsewhere_is_not_followed_where_that_is_wanted() -> None:
    with serving({"/": Answer(status=302, headers={"Location": "/login"}), "/login": b"x"}) as server, web() as client:
        with pytest.raises(FetchError, match="which lies elsewhere") as caught:
            client.get(f"{server.root}/", within=lambda url: not url.endswith("/login"))
        assert caught.value.unwanted
        assert server.asked() == ["/"]


@pytest.mark.parametrize(
    ("status", "retryable", "gone"),
    [(404, False, True), (410, False, True), (401, False, False), (403, False, False), (400, False, False),
     (429, True, False), (500, True, False), (503, True, False), (204, False, False), (304, False, False)],
)  # fmt: skip
def test_each_status_says_what_to_do(status: int, retryable: bool, gone: bool) -> None:
    error = failing({"/": Answer(b"", status=status)})
    assert (error.retryable, error.gone) == (retryable, gone)
    assert str(error).endswith(".")


@pytest.mark.parametrize(("stated", "seconds"), [("120", 120), ("999999999", 86_400), ("soon", None), ("", None)])
def test_a_server_may_ask_for_patience(stated: str, seconds: float | None) -> None:
    assert failing({"/": Answer(status=503, headers={"Retry-After": stated})}).after == seconds


def test_patience_may_be_a_date() -> None:
    assert failing({"/": Answer(status=429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})}).after == 0


@pytest.mark.parametrize("media_type", ["image/png", "video/mp4", "application/x-tar", None])
def test_what_cannot_be_read_is_not_fetched(media_type: str | None) -> None:
    error = failing({"/x": Answer(b"x" * 10, media_type)}, "/x")
    assert error.unwanted
    assert "cannot be read" in str(error)


@pytest.mark.parametrize("length", [True, False])
def test_too_large_is_refused_whether_it_says_so_or_not(length: bool) -> None:
    assert "larger than 1,000 bytes" in str(failing({"/": Answer(b"x" * 2_000, length=length)}, file_bytes=1_000))


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_bombs_do_not_go_off(encoding: str) -> None:
    packed = (gzip.compress if encoding == "gzip" else zlib.compress)(bytes(50_000_000))
    page = Answer(packed, headers={"Content-Encoding": encoding})
    assert "larger than 100,000 bytes" in str(failing({"/": page}, file_bytes=100_000))
    small = Answer(gzip.compress(b"<p>x</p>"), headers={"Content-Encoding": "gzip"})
    with serving({"/": small}) as server, web() as client:
        assert client.get(f"{server.root}/").data == b"<p>x</p>"


def test_an_empty_page_is_no_page() -> None:
    assert "is empty" in str(failing({"/": b" \n"}))


def cut(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\nhalf")
    handler.close_connection = True


def nonsense(handler: Handler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")
    handler.close_connection = True


def drip(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.2)


@pytest.mark.parametrize("page", [cut, nonsense])
def test_a_broken_line_may_be_whole_again(page: object) -> None:
    error = failing({"/": page})
    assert error.retryable
    assert "cannot be fetched" in str(error)


def test_a_slow_page_ends_at_the_deadline() -> None:
    began = time.monotonic()
    error = failing({"/": drip}, seconds=0.5)
    assert "takes too long" in str(error)
    assert error.retryable
    assert time.monotonic() - began < 15


def test_nobody_listens() -> None:
    with serving({}) as server:
        root = server.root
    with web() as client, pytest.raises(FetchError, match="cannot be fetched") as caught:
        client.get(root)
    assert caught.value.retryable


def test_the_charset_of_the_header_is_kept() -> None:
    text = "<p>Насос включается красной кнопкой.</p>"
    with serving({"/": Answer(text.encode("cp1251"), 'text/html; Charset="windows-1251"')}) as server, web() as client:
        assert client.get(f"{server.root}/").data == b'<meta charset="cp1251">' + text.encode("cp1251")
    with serving({"/a.txt": Answer("빨간".encode("euc-kr"), "text/plain; charset=euc-kr")}) as server, web() as client:
        assert client.get(f"{server.root}/a.txt").data == "빨간".encode()
    with serving({"/a.pdf": Answer(b"%PDF-\xb0", "application/pdf; charset=euc-kr")}) as server, web() as client:
        assert client.get(f"{server.root}/a.pdf").data == b"%PDF-\xb0"


def test_bytes_of_anything() -> None:
    with serving({"/x": Answer(b"\x00x", "image/png")}) as server, web() as client:
        assert client.bytes_of(f"{server.root}/x") == (f"{server.root}/x", b"\x00x")
        with pytest.raises(FetchError, match="larger than 1 bytes"):
            client.bytes_of(f"{server.root}/x", limit=1)


def test_without_the_extra_one_sentence_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "wenyuan.fetch.transport", raising=False)
    monkeypatch.setitem(sys.modules, "httpcore", None)
    with pytest.raises(MissingExtra, match=r"pip install 'wenyuan\[server\]'"):
        Web(guard())


def test_the_guard_is_asked_before_anything_is_sent() -> None:
    with serving({"/": b"x"}) as server, Web(Guard()) as client:
        with pytest.raises(FetchError, match="no public address"):
            client.get(f"http://127.0.0.1:{server.server_port}/")
        assert server.seen == []
