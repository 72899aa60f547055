"""Documents are taken over in groups."""

from __future__ import annotations

from contextlib import AbstractContextManager

import pytest

from wenyuan.engine import KnowledgeBase
from wenyuan.engine.report import Report
from wenyuan.server.taking import Taking, join

from .followed import Followed


class Taker:
    """A source whose files lie there already."""

    def __init__(self, followed: Followed) -> None:
        self.followed, self.borrowed = followed, 0
        self.source = followed.add("web", "web", "https://example.com/a").id
        self.files = followed.home.place("default", "kb") / "files" / "web"
        self.files.mkdir(parents=True)
        self.taking = Taking(self.source, followed.sources, followed.failures, self.lent, followed.told.append)

    def lent(self) -> AbstractContextManager[KnowledgeBase]:
        self.borrowed += 1
        return self.followed.shelf.lent("default", "kb")


@pytest.fixture
def taker(followed: Followed) -> Taker:
    return Taker(followed)


def test_a_group_that_is_full_or_old_does_not_wait(taker: Taker, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(33):
        (taker.files / f"{n}.md").write_text(f"# {n}", "utf-8")
        taker.taking.add(f"web/{n}.md", str(n))
    assert (taker.borrowed, len(taker.followed.documents())) == (1, 32)
    taker.taking.lapse()
    assert taker.borrowed == 1
    monkeypatch.setattr("wenyuan.server.taking._SECONDS", 0.0)
    taker.taking.lapse()
    taker.taking.flush()
    assert (taker.borrowed, len(taker.followed.documents()), len(taker.taking.report.added)) == (2, 33, 33)
    assert taker.followed.sources.count(taker.source) == 33


def test_what_cannot_be_read_is_a_failure_of_its_item_and_what_is_gone_is_no_ones(taker: Taker) -> None:
    (taker.files / "a.pdf").write_bytes(b"%PDF-1.7 broken")
    taker.taking.add("web/a.pdf", "https://example.com/a")
    taker.taking.add("web/gone.md", "https://example.com/gone")
    taker.taking.flush()
    assert [*taker.followed.failed()] == ["https://example.com/a"]
    assert taker.followed.sources.documents(taker.source) == ["web/a.pdf"]


def test_reports_are_joined() -> None:
    one = Report(added=["a"], failed={"x": "why"}, passed_over={".zip": 1}, unchanged=1, encoded=2, version=3)
    join(
        one, Report(added=["b"], failed={"y": "why"}, passed_over={".zip": 2, "": 1}, unchanged=4, reused=1, version=2)
    )
    assert one == Report(
        added=["a", "b"], failed={"x": "why", "y": "why"}, passed_over={".zip": 3, "": 1}, unchanged=5, encoded=2,
        reused=1, version=3,
    )  # fmt: skip
