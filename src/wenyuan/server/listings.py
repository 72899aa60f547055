"""Listings of sources as a look at them wants them: without what is not read, and without what is to wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from wenyuan.errors import FetchError
from wenyuan.fetch import Fetched, Item, Listing, Web
from wenyuan.fetch.names import web_path
from wenyuan.fetch.url import parse
from wenyuan.load.formats import SUPPORTED
from wenyuan.server.failures import Failure


class Watched:
    """A listing that remembers what it listed, what could not be read, and why.

    What failed and is to wait is not asked for. With `by_name`, files whose format is not read are not even fetched.
    `see` is called after each fetch and before anything is written; what it raises ends the look.
    """

    def __init__(
        self, listing: Listing, waiting: Mapping[str, Failure], see: Callable[[], None], *, by_name: bool
    ) -> None:
        self._listing, self._waiting, self._see, self._by_name = listing, waiting, see, by_name
        self.keys = set[str]()  # that it listed
        self.errors: dict[str, FetchError] = {}  # by key, each until it is taken out
        self.passed_over = Counter[str]()  # extensions of files that are not read
        self._held_back = False

    @property
    def complete(self) -> bool:
        """Whether what it did not list is not there: of what is held back it is not known where it leads."""
        return self._listing.complete and not self._held_back

    @property
    def notes(self) -> Collection[str]:
        """What was left out."""
        return self._listing.notes

    def items(self) -> Iterator[Item]:
        """All that may be read."""
        for item in self._listing.items():
            suffix = PurePosixPath(item.path).suffix.lower()
            if self._by_name and suffix not in SUPPORTED:
                self.passed_over[suffix] += 1
                continue
            self.keys.add(item.key)
            yield item

    def read(self, item: Item, stamp: str) -> Fetched:
        """One of them."""
        if (failure := self._waiting.get(item.key)) is not None:
            self._held_back = self._held_back or not self._by_name
            raise FetchError(failure.why)
        try:
            fetched = self._listing.read(item, stamp)
        except FetchError as error:
            self.errors[item.key] = error
            raise
        self._see()
        return fetched


class Due:
    """Listing of single pages that failed before. It is never complete."""

    complete = False
    notes: Sequence[str] = ()

    def __init__(self, web: Web, urls: Sequence[str]) -> None:
        self._web, self._urls = web, urls

    def items(self) -> Iterable[Item]:
        """The pages."""
        return [Item(url, web_path(parse(url), "")) for url in self._urls]

    def read(self, item: Item, stamp: str) -> Fetched:
        """One of them, which may lead to another page of its host."""
        host = parse(item.key).host
        return self._web.get(item.key, stamp, lambda url: parse(url).host == host)
