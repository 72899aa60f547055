"""What failed is on a list, and is tried again later and later."""

from __future__ import annotations

import pytest

from wenyuan.errors import FetchError
from wenyuan.server.failures import TRIES, wait

from .followed import Followed

LATER = FetchError("It is not served for now.", retryable=True)


@pytest.fixture
def source(followed: Followed) -> int:
    return followed.add("web", "web", "https://example.com/a").id


def test_each_wait_is_twice_as_long_up_to_a_bound_and_some_are_shorter() -> None:
    assert [wait(n, None, 0.0) for n in (1, 2, 3, 10, 1_000_000)] == [60, 120, 240, 21_600, 21_600]
    assert wait(1, None, 1.0) == 30
    assert wait(1, 500.0, 0.5) == 500


def test_it_is_kept_with_its_reason_and_given_up_in_the_end(followed: Followed, source: int) -> None:
    waits = []
    for _ in range(TRIES):
        followed.failures.not_fetched(source, "a", "web/a.html", LATER)
        [failure] = followed.failures.all(source)
        waits.append(failure.next and failure.next - followed.clock.now)
        assert (failure.why, failure.document, failure.stage) == (str(LATER), "web/a.html", "fetch")
        followed.clock.now += 10_000
    assert waits == [60, 120, 240, 480, 960, 1920, 3840, None]
    assert (failure.tries, failure.last - failure.first) == (TRIES, (TRIES - 1) * 10_000)
    assert followed.failures.due(source) == []
    followed.failures.passed(source, "a", "fetch")
    assert followed.failures.count(source) == 0


def test_what_will_not_help_is_not_tried_again(followed: Followed, source: int) -> None:
    followed.failures.not_fetched(source, "a", "", FetchError("It is not open to everyone (403)."))
    followed.failures.not_read(source, "b", "web/b.pdf", "It is damaged.")
    assert [each.next for each in followed.failures.all(source)] == [None, None]
    followed.failures.passed(source, "b", "fetch")
    assert followed.failures.count(source) == 2, "that it was fetched does not make it readable"
    followed.failures.keep_only(source, ["b"])
    assert [each.key for each in followed.failures.all(source)] == ["b"]


def test_the_time_says_what_is_due(followed: Followed, source: int) -> None:
    followed.failures.not_fetched(source, "a", "", LATER)
    assert (followed.failures.sources_due(), [*followed.failures.waiting(source)]) == ([], ["a"])
    followed.clock.now += 60
    assert (followed.failures.sources_due(), [*followed.failures.waiting(source)]) == ([source], [])
    assert [each.key for each in followed.failures.due(source)] == ["a"]
    followed.sources.remove(source)
    assert followed.failures.sources_due() == []
