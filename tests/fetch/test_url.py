"""URLs have one reading, and whatever could have two is refused."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.errors import FetchError, MissingExtra
from wenyuan.fetch.url import normal, parse, redirected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://Example.COM:443/a?b#c", "https://example.com/a?b"),
        ("http://example.com.:8080/", "http://example.com:8080/"),
        ("http://example.com:80/x", "http://example.com/x"),
        ("https://例え.jp/文档/手册.html", "https://xn--r8jz45g.jp/%E6%96%87%E6%A1%A3/%E6%89%8B%E5%86%8C.html"),
        ("https://example.com/a/../b/./c", "https://example.com/b/c"),
        ("https://example.com/a/%2e%2E/b/..", "https://example.com/"),
        ("https://example.com/../../x", "https://example.com/x"),
        ("https://example.com/a%20b?q=%E4%BD%A0", "https://example.com/a%20b?q=%E4%BD%A0"),
        ("https://a_b.example.com/", "https://a_b.example.com/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700:0:0::1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("http://１２７.０.０.１/", "http://127.0.0.1/"),
        ("http://①②⑦。⓪。⓪。①/", "http://127.0.0.1/"),
        ("http://ⓛocalhost/", "http://localhost/"),
        ("http://раураl.com/", "http://xn--l-7sba6dbr.com/"),
    ],
)
def test_one_spelling(url: str, expected: str) -> None:
    assert normal(url) == expected
    assert normal(expected) == expected


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "//example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://x/",
        "data:text/html,x", "javascript:alert(1)", "http://", "http:///x", "http://:80/", "https://exa mple.com/",
        "http://example.com\\@evil/",
        "http://exa\tmple.com/", "http://example.com/\n", "\x01http://example.com/", "http://example.com/a b",
        "http://example.com:0/", "http://example.com:65536/", "http://example.com:80:80/", "http://example.com:٨٠/",
        "http://%31%32%37.0.0.1/", "http://example.com%00.evil/", "http://[::1/", "http://[::1]evil/", "http://[fe80::1%25eth0]/",
        "http://[v1.x]/", "http://a..b/", "http://-a.com/", f"http://{'a' * 64}.com/", "http://x/\ud800",
        f"https://example.com/{'a' * 9000}", "http://xn--a-ecp.ru\u200b/ ", "http://☃\u3002\u3002.net/",
    ],
)  # fmt: skip
def test_what_is_no_plain_url_is_refused(url: str) -> None:
    with pytest.raises(FetchError, match=r"no address of the web|names no host|no name of a host|no IPv6"):
        parse(url)


@pytest.mark.parametrize("url", ["http://user@example.com/", "http://a:b@example.com/", "http://a@b@c/", "http://@x/"])
def test_users_and_passwords_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(FetchError, match="leave out all before the @") as caught:
        parse(url)
    assert "a:b" not in str(caught.value)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "127.0.0.01", "1.2.3", "256.1.1.1", "0x", "1.2.3.0x4",
     "017700000001", "１２７.１", "1.2.3.4.5"],
)  # fmt: skip
def test_unusual_spellings_of_addresses_are_refused(host: str) -> None:
    with pytest.raises(FetchError, match="unusual spelling of an IPv4 address"):
        parse(f"http://{host}/")


@pytest.mark.parametrize("url", ["https://example.com:99999999/", "http://[::1", "/relative"])
def test_relative_urls_are_joined_and_checked(url: str) -> None:
    if url.startswith("/"):
        assert normal("/a", "https://example.com/b/c") == "https://example.com/a"
        assert normal("../x.html?y#z", "https://example.com/b/c/d") == "https://example.com/b/x.html?y"
    else:
        with pytest.raises(FetchError):
            normal(url, "https://example.com/")


def test_place_and_target_are_what_a_request_names() -> None:
    address = parse("https://[2606::1]:444/a?b=c")
    assert (address.host, address.port, address.place, address.target) == ("2606::1", 444, "[2606::1]:444", "/a?b=c")


def test_a_redirect_does_not_give_up_encryption() -> None:
    with pytest.raises(FetchError, match="not encrypted"):
        redirected(parse("https://example.com/"), "http://example.com/")
    assert str(redirected(parse("http://example.com/"), "https://example.com/")) == "https://example.com/"
    assert str(redirected(parse("https://example.com/a/b"), "../c#d")) == "https://example.com/c"


def test_names_that_are_not_ascii_need_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "idna", None)
    with pytest.raises(MissingExtra, match=r"wenyuan\[server\]"):
        parse("https://例え.jp/")
    assert parse("https://example.com/").host == "example.com"


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://[", "https://1."]))
def test_whatever_comes_is_refused_or_has_a_stable_spelling(text: str, before: str) -> None:
    try:
        once = normal(before + text)
    except FetchError:
        return
    assert once.isascii()
    assert normal(once) == once
    assert "@" not in once.split("/")[2]
