"""Listings as a look at a source wants them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from fetch.server import Answer, serving, web
from wenyuan.errors import FetchError
from wenyuan.fetch import Fetched, Item
from wenyuan.server.failures import Failure
from wenyuan.server.listings import Due, Watched

FAILURE = Failure("b.md", "", "It is down.", "fetch", 1, 0.0, 0.0, 1.0)


class Shelf:
    complete = True
    notes: Sequence[str] = ("a note",)

    def __init__(self, *paths: str) -> None:
        self.paths, self.asked = paths, list[str]()

    def items(self) -> Iterable[Item]:
        return [Item(path, path) for path in self.paths]

    def read(self, item: Item, stamp: str) -> Fetched:
        self.asked.append(item.key)
        if item.key == "bad.md":
            raise FetchError("It is not there.", gone=True)
        return Fetched(b"x", item.key, item.path)


def nothing() -> None:
    pass


def test_what_is_not_read_is_not_even_fetched() -> None:
    shelf = Shelf("a.md", "film.mp4", "b.MP4", "c")
    watched = Watched(shelf, {}, nothing, by_name=True)
    assert [item.key for item in watched.items()] == ["a.md"]
    assert watched.passed_over == {".mp4": 2, "": 1}
    assert (watched.complete, watched.notes, watched.keys) == (True, ("a note",), {"a.md"})
    pages = Watched(shelf, {}, nothing, by_name=False)
    assert len([*pages.items()]) == 4, "what a page is, only its server tells"


@pytest.mark.parametrize(("by_name", "complete"), [(True, True), (False, False)])
def test_what_is_to_wait_is_not_asked_for(by_name: bool, complete: bool) -> None:
    shelf = Shelf("a.md", "b.md")
    watched = Watched(shelf, {"b.md": FAILURE}, nothing, by_name=by_name)
    with pytest.raises(FetchError, match="It is down") as caught:
        watched.read(Item("b.md", "b.md"), "")
    assert (shelf.asked, watched.errors, caught.value.retryable) == ([], {}, False)
    assert watched.complete is complete, "where a page leads that is held back is not known"


def test_errors_are_kept_and_somebody_sees_before_anything_is_written() -> None:
    def see() -> None:
        raise LookupError

    watched = Watched(Shelf("bad.md"), {}, see, by_name=True)
    with pytest.raises(FetchError):
        watched.read(Item("bad.md", "bad.md"), "")
    assert watched.errors["bad.md"].gone
    with pytest.raises(LookupError):
        watched.read(Item("a.md", "a.md"), "")


def test_pages_that_are_due_are_fetched_alone_and_lead_to_no_other_host() -> None:
    with serving({"/a": b"Alpha"}) as server, web() as client:
        elsewhere = f"http://other.example:{server.server_port}/a"
        server.pages["/b"] = Answer(status=302, headers={"Location": elsewhere})
        due = Due(client, [f"{server.root}/a", f"{server.root}/b"])
        one, other = due.items()
        assert one.path == f"example.com-{server.server_port}/a"
        assert due.read(one, "").data == b"Alpha"
        with pytest.raises(FetchError, match="lies elsewhere"):
            due.read(replace(other), "")
    assert not due.complete
