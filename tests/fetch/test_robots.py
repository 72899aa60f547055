"""robots.txt is read as RFC 9309 has it."""

from __future__ import annotations

import time

import pytest

from wenyuan.errors import FetchError
from wenyuan.fetch.robots import Robots, Rule, allowed, rules_for

from .server import Answer, serving, web


@pytest.mark.parametrize(
    ("pattern", "target", "fits"),
    [
        ("/", "/x", True),
        ("/fish", "/fish.html", True),
        ("/fish", "/catfish", False),
        ("/fish*", "/fishheads", True),
        ("/*.php", "/a/b.php?c", True),
        ("/*.php$", "/a/b.php", True),
        ("/*.php$", "/a/b.php?c", False),
        ("/fish*.php", "/fishheads/catfish.php?parameters", True),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/a*b*c$", "/abbc", True),
        ("/a*bc*c$", "/abc", False),
        ("/*?", "/x?y", True),
        ("*", "/x", True),
    ],
)
def test_patterns(pattern: str, target: str, fits: bool) -> None:
    assert Rule(True, pattern).fits(target) is fits


def test_a_pattern_takes_no_time_without_end() -> None:
    began = time.monotonic()
    assert not Rule(True, "/" + "*a" * 500 + "$").fits("/" + "a" * 400 + "b" * 5_000)
    assert time.monotonic() - began < 10  # without bounds it would be for ever


GROUPS = """\ufeff
# everyone
User-agent: *
Disallow: /private/
Disallow: /*?sort=
Allow: /private/open/
Crawl-delay: 10

User-Agent: Other
User-agent: Wenyuan/2
disallow: /docs   # comment
Disallow:
Disallow: /文档/
"""


def test_our_own_group_is_the_one_that_counts() -> None:
    own = rules_for("Wenyuan", GROUPS)
    assert not allowed(own, "/docs/a")
    assert not allowed(own, "/%E6%96%87%E6%A1%A3/a")
    assert allowed(own, "/private/")


def test_otherwise_the_group_for_all_and_the_longest_rule_counts() -> None:
    rules = rules_for("Somebody", GROUPS)
    assert [allowed(rules, path) for path in ("/", "/private/x", "/private/open/x", "/a?sort=1", "/a?b&sort=1")] == [
        True, False, True, False, True,
    ]  # fmt: skip
    assert rules_for("Wenyuan", "Disallow: /\nnothing\n") == ()
    assert allowed([Rule(False, "/a"), Rule(True, "/a")], "/a")


def test_each_host_is_asked_once() -> None:
    with serving({"/robots.txt": Answer(b"User-agent: *\nDisallow: /no", "text/plain")}) as server, web() as client:
        robots = Robots(client)
        assert [robots.allow(f"{server.root}{path}") for path in ("/yes", "/no", "/robots.txt")] == [True, False, True]
        assert server.asked() == ["/robots.txt"]


@pytest.mark.parametrize("status", [404, 403, 401])
def test_a_host_without_rules_lets_everything_be(status: int) -> None:
    with serving({"/robots.txt": Answer(status=status)}) as server, web() as client:
        assert Robots(client).allow(f"{server.root}/x")


def test_a_host_that_cannot_answer_is_left_alone() -> None:
    with serving({"/robots.txt": Answer(status=503)}) as server, web() as client:
        robots = Robots(client)
        with pytest.raises(FetchError, match="not served for now"):
            robots.allow(f"{server.root}/x")
