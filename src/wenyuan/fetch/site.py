"""One page, or the pages that are reached from one by links that stay in its folder."""

from __future__ import annotations

import contextlib
import re
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser

from wenyuan.errors import FetchError
from wenyuan.fetch.names import web_path
from wenyuan.fetch.robots import Robots
from wenyuan.fetch.types import Fetched, FetchLimits, Item
from wenyuan.fetch.url import normal, parse
from wenyuan.fetch.web import Web

_LINKS = 20_000  # that are looked at of one page
_BYTES = 5_000_000  # of one page in which links are looked for
_MEDIA = re.compile(  # what pages link to and nobody reads
    r"\.(png|jpe?g|gif|webp|avif|svg|ico|bmp|tiff?|mp[34]|m4[av]|webm|ogg|wav|avi|mov|css|js|mjs|map|woff2?|ttf|otf|eot"
    r"|zip|gz|bz2|xz|zst|tar|tgz|7z|rar|exe|msi|dmg|deb|rpm|apk|iso|jar|bin)\Z",
    re.IGNORECASE,
)


class Page:
    """Listing of one page or file; named by a person, so robots.txt is not asked."""

    complete = True
    notes: tuple[str, ...] = ()

    def __init__(self, web: Web, url: str) -> None:
        self._web = web
        self._url = normal(url)

    def items(self) -> Iterator[Item]:
        """The one."""
        yield Item(self._url, web_path(parse(self._url), ""))

    def read(self, item: Item, stamp: str) -> Fetched:
        """The page, if it is new."""
        return self._web.get(item.key, stamp)


class Site:
    """Listing of the pages below the folder of `start`, as links lead to them and robots.txt allows.

    What `read` fetches says what else there is, so every page is fetched each time. A page that fails hides what it
    links to: the listing is not complete then.
    """

    def __init__(self, web: Web, start: str, limits: FetchLimits = FetchLimits()) -> None:  # noqa: B008
        self.complete = False
        self.notes: list[str] = []
        self._web = web
        self._robots = Robots(web)
        self._start = normal(start)
        self._folder = _folder(self._start)
        self._limits = limits
        self._queue = deque[str]([self._start])
        self._seen = {self._start}
        self._failed = self._barred = 0

    def items(self) -> Iterator[Item]:
        """The start, and then what the pages read so far link to."""
        listed = 0
        while self._queue:
            url = self._queue.popleft()
            if not self._robots.allow(url):
                self._barred += 1
                continue
            if listed == self._limits.items:
                self.notes.append(f"{self._start} leads to more than {listed} pages; the others were left out.")
                self._failed += 1
                break
            listed += 1
            yield Item(url, web_path(parse(url), ""))
        self.complete = not self._failed
        if self._barred:
            self.notes.append(f"Pages below {self._start} that robots.txt bars were left out: {self._barred}.")

    def read(self, item: Item, stamp: str) -> Fetched:  # noqa: ARG002 - what has not changed still names its links
        """A page; its links join what is listed."""
        is_start = item.key == self._start
        try:
            page = self._web.get(item.key, "", None if is_start else self._is_within)
        except FetchError as error:
            self._failed += is_start or not (error.gone or error.unwanted)
            raise
        if is_start:
            self._folder = _folder(page.url)  # where the start leads is where the others are
        if page.data is not None and page.type in ("text/html", "application/xhtml+xml"):
            for url in links(page.data, page.url):
                if url not in self._seen and self._is_within(url) and len(self._seen) < 10 * self._limits.items:
                    self._seen.add(url)
                    self._queue.append(url)
        return page

    def _is_within(self, url: str) -> bool:
        return url.startswith(self._folder) and not _MEDIA.search(parse(url).path)


def links(html: bytes, base: str) -> list[str]:
    """The URLs of the web that a page links to, each once, without fragments."""
    reader = _Links()
    with contextlib.suppress(AssertionError):  # some malformed declarations: what was read until then counts
        reader.feed(html[:_BYTES].decode(errors="replace"))
    found: dict[str, None] = {}
    base = _url(reader.base, base) or base
    for link in reader.found[:_LINKS]:
        if (url := _url(link, base)) is not None:
            found[url] = None
    return list(found)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins: <a> and <base> count."""
        link = next((value.strip() for name, value in attrs if name == "href" and value), "")
        if tag == "base" and not self.base:
            self.base = link
        elif tag in ("a", "area") and link and len(self.found) < _LINKS:
            self.found.append(link)


def _url(link: str, base: str) -> str | None:
    if not link or "\ufffd" in link:
        return None
    try:
        return normal(link.partition("#")[0].replace(" ", "%20"), base)
    except FetchError:
        return None


def _folder(url: str) -> str:
    address = parse(url)
    return f"{address.scheme}://{address.place}{address.path.rpartition('/')[0]}/"
