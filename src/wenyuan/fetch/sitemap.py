"""The pages that a site map lists: sitemap.xml, an index of them, compressed or not, or a plain list of URLs."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from typing import Any

from wenyuan.errors import FetchError, MissingExtra
from wenyuan.fetch.inflate import inflate
from wenyuan.fetch.names import web_path
from wenyuan.fetch.robots import Robots
from wenyuan.fetch.types import Fetched, FetchLimits, Item
from wenyuan.fetch.url import normal, parse
from wenyuan.fetch.web import Web

_BYTES = 52_428_800  # of one file, inflated, as sitemaps.org has it
_DEEPEST = 3  # indexes within indexes
_CHARS = 16_384  # of one text within the XML


class SiteMap:
    """Listing of the pages that the site map at `url` names, of its own host and of `hosts`, as robots.txt allows."""

    def __init__(
        self,
        web: Web,
        url: str,
        hosts: Collection[str] = (),
        limits: FetchLimits = FetchLimits(),  # noqa: B008
    ) -> None:
        self.complete = False
        self.notes: list[str] = []
        self._web = web
        self._robots = Robots(web)
        self._url = normal(url)
        self._hosts = {host.lower() for host in hosts}
        self._limits = limits
        self._elsewhere = self._barred = self._files = 0

    def items(self) -> Iterator[Item]:
        """Each page once; a file of the site map that cannot be read ends it all, for what it names is unknown."""
        seen = set[str]()
        for url, time in self._pages(self._url, 0):
            if url in seen:
                continue
            seen.add(url)
            if not self._is_own(url):
                self._elsewhere += 1
            elif not self._robots.allow(url):
                self._barred += 1
            elif len(seen) - self._elsewhere - self._barred > self._limits.items:
                self.notes.append(f"{self._url} lists more than {self._limits.items} pages; the others were left out.")
                break
            else:
                yield Item(url, web_path(parse(url), ""), time=time)
        else:
            self.complete = True
        if self._elsewhere:
            self.notes.append(f"Pages of other hosts that {self._url} lists were left out: {self._elsewhere}.")
        if self._barred:
            self.notes.append(f"Pages that {self._url} lists and robots.txt bars were left out: {self._barred}.")

    def read(self, item: Item, stamp: str) -> Fetched:
        """A page, if it is new; one that leads to another host is not read."""
        return self._web.get(item.key, stamp, self._is_own)

    def _is_own(self, url: str) -> bool:
        return parse(url).host in self._hosts

    def _pages(self, url: str, depth: int) -> Iterator[tuple[str, float | None]]:
        """(URL, time) of all that a file names, and those that it names in turn."""
        self._files += 1
        if depth > _DEEPEST or self._files > self._limits.sitemaps:
            raise FetchError(f"The site map {self._url} has too many files; name one of them.")
        final, data = self._web.bytes_of(url, None if depth == 0 else self._is_own, _BYTES)
        if depth == 0:
            self._hosts.add(parse(final).host)
        if data.startswith(b"\x1f\x8b"):
            data = inflate([data], "gzip", _BYTES, url)
        pages, files = read_sitemap(data, url)
        for page, time in pages:
            if (whole := _normal(page)) is not None:
                yield whole, time
        for file in files:
            inner = _normal(file)
            if inner is not None and self._is_own(inner):
                yield from self._pages(inner, depth + 1)
            else:
                self._elsewhere += 1


def read_sitemap(data: bytes, name: str) -> tuple[list[tuple[str, float | None]], list[str]]:
    """(pages with the time they were changed, further files) of one file; `name` says in errors which.

    Raises:
        FetchError: it is neither XML of a site map nor a list of URLs, or declares what could exhaust memory.
        MissingExtra: the extra [server] is not installed.
    """
    try:
        from defusedxml import DefusedXmlException
        from defusedxml.ElementTree import ParseError, XMLParser
    except ImportError:
        raise MissingExtra("Fetching from the web needs the extra: `pip install 'wenyuan[server]'`.") from None
    if data.lstrip()[:8].lower().startswith((b"http://", b"https://")):
        return [(line.strip(), None) for line in data.decode(errors="replace").splitlines() if line.strip()], []
    reader = _Reader()
    try:
        parser: Any = XMLParser(target=reader, forbid_dtd=True)
        parser.feed(data)
        parser.close()
    except DefusedXmlException as error:
        raise FetchError(f"The site map {name} declares types or entities; write it without them.") from error
    except (ParseError, ValueError, LookupError) as error:  # the encoding may be unknown
        raise FetchError(
            f"The site map {name} is not valid XML ({error}); see to its server.", retryable=True
        ) from error
    if reader.root not in ("urlset", "sitemapindex"):
        raise FetchError(f"{name} is no site map; name a sitemap.xml.")
    return reader.pages, reader.files


class _Reader:
    """Takes the few elements that count out of the XML as it comes; nothing of the tree is kept."""

    def __init__(self) -> None:
        self.root = ""
        self.pages: list[tuple[str, float | None]] = []
        self.files: list[str] = []
        self._path: list[str] = []
        self._text = ""
        self._entry: dict[str, str] = {}

    def start(self, tag: str, _: object) -> None:
        """An element begins."""
        name = tag.rpartition("}")[2].lower()
        self.root = self.root or name
        self._path.append(name if len(self._path) < 3 else "")
        self._text = ""
        if len(self._path) == 2:
            self._entry = {}

    def data(self, text: str) -> None:
        """Text of an element."""
        if len(self._path) == 3 and len(self._text) < _CHARS:
            self._text += text

    def end(self, _: str) -> None:
        """An element ends."""
        name = self._path.pop()
        if len(self._path) == 2:
            self._entry.setdefault(name, self._text.strip())
        elif len(self._path) == 1 and (url := self._entry.get("loc")):
            if name == "url":
                self.pages.append((url, _moment(self._entry.get("lastmod", ""))))
            elif name == "sitemap":
                self.files.append(url)

    def close(self) -> None:
        """The document ends."""


def _normal(url: str) -> str | None:
    try:
        return normal(url)
    except FetchError:
        return None


def _moment(stated: str) -> float | None:
    try:
        moment = datetime.datetime.fromisoformat(stated)
    except ValueError:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()
    except (OverflowError, ValueError):
        return None
