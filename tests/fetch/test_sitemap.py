"""A site map lists its own host's pages, within bounds, or fails as a whole."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Sequence

import pytest

from wenyuan.errors import FetchError, MissingExtra
from wenyuan.fetch import FetchLimits
from wenyuan.fetch.sitemap import SiteMap, read_sitemap

from .server import Answer, Server, serving, web

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*urls: str) -> bytes:
    entries = "".join(f"<url>\n<loc> {url} </loc><lastmod>2025-01-31</lastmod></url>" for url in urls)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {NS}>{entries}</urlset>'.encode()


def index(*urls: str) -> bytes:
    return f"<sitemapindex {NS}>{''.join(f'<sitemap><loc>{u}</loc></sitemap>' for u in urls)}</sitemapindex>".encode()


def listed(
    server: Server, url: str = "/sitemap.xml", hosts: Sequence[str] = (), **limits: int
) -> tuple[list[str], SiteMap]:
    with web() as client:
        listing = SiteMap(client, server.root + url, hosts, FetchLimits(**limits))  # type: ignore[arg-type]
        return [item.key.removeprefix(server.root) for item in listing.items()], listing


def test_pages_with_their_time_each_once() -> None:
    with serving({}) as server:
        server.pages["/sitemap.xml"] = urlset(*(f"{server.root}/{n}" for n in ("a", "b#x", "b", "a?q=1&amp;r=2")))
        with web() as client:
            items = [*SiteMap(client, f"{server.root}/sitemap.xml").items()]
        assert [item.key.removeprefix(server.root) for item in items] == ["/a", "/b", "/a?q=1&r=2"]
        assert items[0].time == 1738281600
        assert items[0].path == f"example.com-{server.server_port}/a"


def test_an_index_and_what_is_compressed_are_followed() -> None:
    with serving({}) as server:
        server.pages |= {
            "/sitemap.xml": index(f"{server.root}/one.xml.gz", f"{server.root}/two.txt"),
            "/one.xml.gz": Answer(gzip.compress(urlset(f"{server.root}/a")), "application/gzip"),
            "/two.txt": Answer(f"{server.root}/b\n\n{server.root}/c\n".encode(), "text/plain"),
        }
        found, listing = listed(server)
        assert (found, listing.complete, listing.notes) == (["/a", "/b", "/c"], True, [])


def test_other_hosts_are_left_out_unless_they_are_named() -> None:
    with serving({}) as server:
        other = f"http://other.example:{server.server_port}/b"
        server.pages["/sitemap.xml"] = urlset(f"{server.root}/a", other, "ftp://example.com/x", "http://10.0.0.1/")
        found, listing = listed(server)
        assert found == ["/a"]
        assert listing.notes == [f"Pages of other hosts that {server.root}/sitemap.xml lists were left out: 2."]
        assert listed(server, hosts=["other.example"])[0] == ["/a", other]


def test_robots_are_obeyed_and_the_count_told() -> None:
    with serving({"/robots.txt": Answer(b"User-agent: *\nDisallow: /p", "text/plain")}) as server:
        server.pages["/sitemap.xml"] = urlset(*(f"{server.root}/{n}" for n in ("a", "p1", "p2")))
        found, listing = listed(server)
        assert (found, listing.complete) == (["/a"], True)
        assert listing.notes == [f"Pages that {server.root}/sitemap.xml lists and robots.txt bars were left out: 2."]


def test_more_pages_than_wanted_make_it_incomplete() -> None:
    with serving({}) as server:
        server.pages["/sitemap.xml"] = urlset(*(f"{server.root}/{n}" for n in range(5)))
        found, listing = listed(server, items=3)
        assert (found, listing.complete) == (["/0", "/1", "/2"], False)
        assert listing.notes == [f"{server.root}/sitemap.xml lists more than 3 pages; the others were left out."]


def test_the_host_is_the_one_that_has_the_site_map() -> None:
    with serving({}) as server:
        www = server.root.replace("example.com", "www.example.com")
        server.pages |= {
            "/s.xml": Answer(status=301, headers={"Location": f"{www}/t.xml"}),
            "/t.xml": urlset(f"{www}/a"),
        }
        assert listed(server, "/s.xml")[0] == [f"{www}/a"]


def test_pages_that_lead_elsewhere_are_not_read() -> None:
    pages = {"/a": Answer(status=302, headers={"Location": "http://other.example/login"}), "/b": b"<p>b</p>"}
    with serving(pages) as server, web() as client:
        server.pages["/sitemap.xml"] = urlset(f"{server.root}/a", f"{server.root}/b")
        listing = SiteMap(client, f"{server.root}/sitemap.xml")
        one, other = listing.items()
        with pytest.raises(FetchError, match="lies elsewhere"):
            listing.read(one, "")
        assert listing.read(other, "").data == b"<p>b</p>"


@pytest.mark.parametrize("status", [404, 500])
def test_a_file_that_fails_ends_the_listing(status: int) -> None:
    with serving({"/two.xml": Answer(status=status)}) as server:
        server.pages["/one.xml"] = urlset(f"{server.root}/a")
        server.pages["/sitemap.xml"] = index(f"{server.root}/one.xml", f"{server.root}/two.xml")
        with pytest.raises(FetchError):
            listed(server)
        with pytest.raises(FetchError):
            listed(server, "/nothing.xml")


def test_site_maps_that_name_each_other_come_to_an_end() -> None:
    with serving({}) as server:
        server.pages["/sitemap.xml"] = index(f"{server.root}/sitemap.xml")
        with pytest.raises(FetchError, match="has too many files"):
            listed(server)
        server.pages["/sitemap.xml"] = index(*(f"{server.root}/{n}.xml" for n in range(9)))
        server.pages |= {f"/{n}.xml": urlset() for n in range(9)}
        with pytest.raises(FetchError, match="has too many files"):
            listed(server, sitemaps=5)
        assert listed(server)[0] == []


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>'


@pytest.mark.parametrize("data", [BOMB, OUTSIDE, b'<!DOCTYPE urlset SYSTEM "http://10.0.0.1/x.dtd"><urlset/>'])
def test_entities_are_not_expanded(data: bytes) -> None:
    with pytest.raises(FetchError, match="declares types or entities"):
        read_sitemap(data, "x")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"<urlset><url>", "not valid XML"), (b"", "not valid XML"), (b"<html></html>", "no site map"),
     (b'<?xml version="1.0" encoding="no-such"?><urlset/>', "not valid XML")],
)  # fmt: skip
def test_what_is_no_site_map_is_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(FetchError, match=sentence):
        read_sitemap(data, "x")


def test_odd_but_valid_site_maps_are_read() -> None:
    deep = (
        b"<urlset>" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"<url><loc>http://x/</loc><loc>http://y/</loc></url></urlset>"
    )
    assert read_sitemap(deep, "x") == ([("http://x/", None)], [])
    image = b'<urlset xmlns:i="i"><url><i:image><i:loc>http://i/</i:loc></i:image><loc><![CDATA[http://x/?a&b]]></loc></url></urlset>'
    assert read_sitemap(image, "x") == ([("http://x/?a&b", None)], [])
    times = b"<urlset><url><loc>http://x/</loc><lastmod>2025-01-31T00:00:00Z</lastmod></url><url><lastmod>x</lastmod></url></urlset>"
    assert read_sitemap(times, "x") == ([("http://x/", 1738281600)], [])


def test_without_the_extra_one_sentence_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "defusedxml", None)
    with pytest.raises(MissingExtra, match=r"wenyuan\[server\]"):
        read_sitemap(b"<urlset/>", "x")
