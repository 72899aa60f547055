"""One page, and those below its folder that links lead to."""

from __future__ import annotations

import pytest

from wenyuan.errors import FetchError
from wenyuan.fetch import FetchLimits, Listing
from wenyuan.fetch.site import Page, Site, links

from .server import Answer, Server, serving, web


def linking(*links: str) -> bytes:
    return "".join(f'<a href="{link}">x</a>' for link in links).encode()


def walk(listing: Listing) -> tuple[list[str], dict[str, FetchError]]:
    """What is read, and what fails, as a mirror goes through it."""
    read, failed = [], {}
    for item in listing.items():
        try:
            read.append(listing.read(item, "").url)
        except FetchError as error:
            failed[item.key] = error
    return read, failed


def crawled(server: Server, start: str = "/docs/", **limits: int) -> tuple[list[str], Site]:
    with web() as client:
        site = Site(client, server.root + start, FetchLimits(**limits))  # type: ignore[arg-type]
        return [url.removeprefix(server.root) for url in walk(site)[0]], site


def test_one_page() -> None:
    pages = {"/robots.txt": Answer(b"User-agent: *\nDisallow: /", "text/plain"), "/a": b"<p>x</p>"}
    with serving(pages) as server, web() as client:
        page = Page(client, f"{server.root}/a#top")
        assert walk(page) == ([f"{server.root}/a"], {})
        assert (page.complete, page.notes) == (True, ())
        assert server.asked() == ["/a"]


def test_links_are_followed_within_the_folder() -> None:
    pages = {
        "/docs/": linking(
            "a", "/docs/b.html#part", "../other", "/docs/../secret", "//other.example/docs/", "mailto:x@y", "x.png"
        ),
        "/docs/a": linking("/docs/", "sub/c", "b.html"),
        "/docs/b.html": b"<p>b</p>",
        "/docs/sub/c": Answer(b"%PDF-", "application/pdf"),
    }
    with serving(pages) as server:
        found, site = crawled(server)
        assert found == ["/docs/", "/docs/a", "/docs/b.html", "/docs/sub/c"]
        assert (site.complete, site.notes) == (True, [])
        assert {path for path in server.asked() if path != "/robots.txt"} == {*pages}


def test_the_start_may_lead_to_the_folder() -> None:
    with serving({"/docs": Answer(status=301, headers={"Location": "/docs/"}), "/docs/": linking("a", "/b")}) as server:
        server.pages |= {"/docs/a": b"a", "/b": b"b"}
        assert crawled(server, "/docs")[0] == ["/docs/", "/docs/a"]


def test_robots_are_obeyed() -> None:
    pages = {
        "/robots.txt": Answer(b"User-agent: *\nDisallow: /docs/a", "text/plain"),
        "/docs/": linking("a", "b"),
        "/docs/b": b"b",
    }
    with serving(pages) as server:
        found, site = crawled(server)
        assert (found, site.complete) == (["/docs/", "/docs/b"], True)
        assert site.notes == [f"Pages below {server.root}/docs/ that robots.txt bars were left out: 1."]


def test_the_bound_makes_it_incomplete() -> None:
    with serving({"/docs/": linking(*"abcdef"), **{f"/docs/{n}": b"x" for n in "abcdef"}}) as server:
        found, site = crawled(server, items=3)
        assert (len(found), site.complete) == (3, False)
        assert site.notes == [f"{server.root}/docs/ leads to more than 3 pages; the others were left out."]


@pytest.mark.parametrize(
    ("answer", "complete"),
    [
        (Answer(status=500), False),
        (Answer(status=403), False),
        (Answer(status=404), True),
        (Answer(b"x", "application/x-thing"), True),
        (Answer(status=302, headers={"Location": "/login"}), True),
    ],
)
def test_a_page_that_may_have_had_links_makes_it_incomplete(answer: Answer, complete: bool) -> None:
    with serving({"/docs/": linking("a", "b"), "/docs/a": answer, "/docs/b": b"b"}) as server:
        found, site = crawled(server)
        assert (found, site.complete) == (["/docs/", "/docs/b"], complete)


@pytest.mark.parametrize("status", [404, 500])
def test_without_its_start_nothing_is_known(status: int) -> None:
    with serving({"/docs/": Answer(status=status)}) as server:
        found, site = crawled(server)
        assert (found, site.complete) == ([], False)


def test_links_of_a_page() -> None:
    html = b"""<base href="/base/"><a href="a b#c">1</a><A HREF='?q'>2</A><area href=../d><a>3</a><a href="">4</a>
    <link href="no"><a href="http://[bad">5</a>
    <a href="a b">6</a><a href="\xff">7</a><![if x]><![foo<a href="e">8</a>"""
    found = links(html, "https://example.com/x/y")
    assert found[:3] == ["https://example.com/base/a%20b", "https://example.com/base/?q", "https://example.com/d"]
    assert links(b"<a href='x'>", "https://example.com/y/z") == ["https://example.com/y/x"]
