"""URLs of the web, read by one strict parser: what was checked is what is asked for."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from wenyuan.errors import FetchError, MissingExtra

_PORTS = {"http": 80, "https": 443}
_PLACE = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:@/\\?#%\s]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
_UNWANTED = re.compile(r"[\x00-\x20\x7f-\xa0\\\ud800-\udfff]")
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_KEPT = "/%:@!$&'()*+,;=~-._"
_DOTS = {".": ".", "%2e": ".", "..": "..", ".%2e": "..", "%2e.": "..", "%2e%2e": ".."}
_LONGEST = 8_192


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A URL in its parts, all ASCII, without a fragment."""

    scheme: str
    host: str  # lower case, an IPv6 address without brackets
    port: int
    path: str  # begins with /
    query: str = ""

    @property
    def place(self) -> str:
        """Host and port as the header Host has them: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}{self.target}"


def parse(url: str) -> WebAddress:
    """The parts of an absolute URL.

    Raises:
        FetchError: it is none, not of http or https, names a user, or spells an address in an unusual way.
        MissingExtra: the host is not ASCII, and the extra [server] not installed.
    """
    shown = url if len(url) <= 200 else f"{url[:200]}…"
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise FetchError(f"{shown!r} is no address of the web ({error}); correct it.") from error
    if _UNWANTED.search(url) or len(url) > _LONGEST:
        raise FetchError(f"{shown!r} is no address of the web; write it without spaces, as a browser shows it.")
    if parts.scheme not in _PORTS:
        raise FetchError(f"{shown!r} is no address of the web; begin it with https:// or http://.")
    if "@" in parts.netloc:
        raise FetchError("An address names a user or a password; leave out all before the @ in it.")
    place = _PLACE.fullmatch(parts.netloc)
    port = int(place[2] or _PORTS[parts.scheme]) if place else 0
    if place is None or not 0 < port < 65_536:
        raise FetchError(f"{shown!r} names no host that could be reached; correct what follows the two slashes.")
    path = _without_dots(quote(parts.path or "/", safe=_KEPT))
    return WebAddress(parts.scheme, _host(place[1]), port, path, quote(parts.query, safe=f"{_KEPT}?"))


def normal(url: str, base: str | None = None) -> str:
    """The one spelling of a URL, which may be relative to `base`; same errors as `parse`."""
    try:
        return str(parse(urljoin(base, url) if base else url))
    except ValueError as error:
        raise FetchError(f"{url[:200]!r} is no address of the web ({error}); correct it.") from error


def redirected(at: WebAddress, location: str) -> WebAddress:
    """Where a redirect leads; same errors as `parse`, and FetchError where it gives up encryption."""
    following = parse(normal(location, str(at)))
    if at.scheme == "https" and following.scheme != "https":
        raise FetchError(f"{at} leads to {following}, which is not encrypted; name that one if you trust it.")
    return following


def _host(host: str) -> str:
    if host.startswith("["):
        try:
            return str(ipaddress.IPv6Address(host[1:-1]))
        except ValueError as error:
            raise FetchError(f"{host} is no IPv6 address; correct it.") from error
    name = (host if host.isascii() else _ascii(host)).lower().removesuffix(".")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):  # what ends in a number, systems read as an IPv4 address
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise FetchError(
                f"{host} is an unusual spelling of an IPv4 address; write it as four decimal numbers."
            ) from error
    if not _NAME.fullmatch(name):
        raise FetchError(f"{host} is no name of a host; correct it.")
    return name


def _ascii(host: str) -> str:
    """The name as the domain name system has it; letters that look alike stay different there."""
    try:
        import idna
    except ImportError:
        raise MissingExtra("Fetching from the web needs the extra: `pip install 'wenyuan[server]'`.") from None
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise FetchError(f"{host} is no name of a host ({error}); correct it.") from error


def _without_dots(path: str) -> str:
    """The path without its steps "." and "..", as servers and browsers walk it (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    steps = path.split("/")[1:]
    for step in steps:
        match _DOTS.get(step.lower(), step):
            case "..":
                kept = kept[:-1]
            case ".":
                pass
            case other:
                kept.append(other)
    ends = _DOTS.get(steps[-1].lower(), "") in (".", "..")
    return "/" + "/".join([*kept, ""] if ends and kept else kept)
