"""One page or file of the web: fetched through the guard, within limits, only if it is new."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from email.message import Message
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote

from wenyuan.errors import FetchError, MissingExtra
from wenyuan.fetch.charset import keep_charset
from wenyuan.fetch.guard import Guard
from wenyuan.fetch.inflate import ENCODINGS, inflate
from wenyuan.fetch.media import suffix_of
from wenyuan.fetch.names import suffix, web_path
from wenyuan.fetch.types import Fetched, FetchLimits
from wenyuan.fetch.url import WebAddress, parse, redirected

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from wenyuan.fetch.transport import Transport

AGENT = "Wenyuan"
"""How we are called in robots.txt, and in the header User-Agent unless another is given."""

_REDIRECTS = (301, 302, 303, 307, 308)
_GONE = (404, 410)
_LATER = (408, 425, 429, 500, 502, 503, 504)
_LOGIN = (401, 403, 407)
_HTML = (".html", ".htm", ".xhtml")
_BINARY = (".pdf", ".docx", ".pptx", ".xlsx", ".xlsm", ".epub")
_PATIENCE = 86_400.0  # seconds that a server may ask to be left alone

Within = Callable[[str], bool]
"""Whether a URL belongs to what is fetched; redirects to others are not followed."""


class Web:
    """A client that fetches one thing after the other; used by one thread at a time, and closed."""

    def __init__(self, guard: Guard, limits: FetchLimits = FetchLimits(), agent: str = AGENT) -> None:  # noqa: B008
        self._limits = limits
        self._agent = agent
        self._transport = _transport(guard, limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def get(self, url: str, stamp: str = "", within: Within | None = None) -> Fetched:
        """The page or file at `url`, as a mirror keeps it; `data` is None where it is as it was with this stamp.

        Raises:
            FetchError: it cannot be had, is of no type that can be read, or is empty.
        """
        asked = self._conditions(url, stamp)
        with self._answer(url, asked, within) as (at, status, headers, chunks):
            media_type, charset = _content_type(headers)
            fetched_as = str(at)
            if status == 304:
                if not asked:
                    raise FetchError(f"{at} is said not to have changed, which was not asked; see to its server.")
                return Fetched(None, fetched_as, stamp=stamp)
            ending = suffix_of(media_type, suffix(unquote(at.path)))
            if ending is None:
                raise FetchError(
                    f"{at} is of type {media_type or 'unknown'}, which cannot be read; leave it out, or name a text.",
                    unwanted=True,
                )
            data = self._body(at, headers, chunks)
        if not data.strip():
            raise FetchError(f"{at} is empty; see to its server, or leave it out.", retryable=True)
        if charset and ending not in _BINARY:
            data = keep_charset(data, charset, html=ending in _HTML)
        path = web_path(parse(url), ending)
        return Fetched(data, fetched_as, path, media_type, _stamp(url, headers), _time(headers))

    def bytes_of(self, url: str, within: Within | None = None, limit: int | None = None) -> tuple[str, bytes]:
        """Final URL and bytes, whatever they are: for site maps and the like.

        Raises:
            FetchError: they cannot be had.
        """
        with self._answer(url, {}, within) as (at, _, headers, chunks):
            return str(at), self._body(at, headers, chunks, limit)

    @contextmanager
    def _answer(
        self, url: str, asked: Mapping[str, str], within: Within | None
    ) -> Iterator[tuple[WebAddress, int, httpx.Headers, Iterable[bytes]]]:
        """The answer after redirects, each of which is checked as the URL itself; its status is 200 or 304."""
        at = parse(url)
        self._transport.deadline.start(self._limits.seconds)
        headers = {
            "User-Agent": self._agent,
            "Accept": "text/html, application/xhtml+xml, */*;q=0.8",
            "Accept-Encoding": ENCODINGS,
            **asked,
        }
        for _ in range(self._limits.redirects + 1):
            with _faults(at), self._transport.get(at, headers) as (status, sent, chunks):
                if status in (200, 304):
                    yield at, status, sent, chunks
                    return
                if status not in _REDIRECTS or "location" not in sent:
                    raise _refusal(at, status, sent)
                following = redirected(at, sent["location"])
                if within is not None and not within(str(following)):
                    raise FetchError(
                        f"{at} leads to {following}, which lies elsewhere; make that a source of its own.",
                        unwanted=True,
                    )
                at = following
        raise FetchError(f"{url} leads on more than {self._limits.redirects} times; name the page itself.")

    def _body(self, at: WebAddress, headers: httpx.Headers, chunks: Iterable[bytes], limit: int | None = None) -> bytes:
        limit = min(limit or self._limits.file_bytes, self._limits.file_bytes)
        stated = headers.get("content-length", "")
        if stated.isascii() and stated.isdigit() and int(stated[:18]) > limit:
            raise FetchError(f"{at} is larger than {limit:,} bytes; split it, or raise the limit.")
        return inflate(chunks, headers.get("content-encoding", ""), limit, str(at))

    def _conditions(self, url: str, stamp: str) -> dict[str, str]:
        """What makes the server send nothing where nothing has changed."""
        try:
            known = json.loads(stamp or "{}")
        except ValueError:
            return {}
        if not isinstance(known, dict) or known.get("url") != url:
            return {}
        names = (("etag", "If-None-Match"), ("modified", "If-Modified-Since"))
        return {header: str(known[name]) for name, header in names if known.get(name)}


def _transport(guard: Guard, limits: FetchLimits) -> Transport:
    try:
        from wenyuan.fetch.transport import Transport
    except ImportError:
        raise MissingExtra("Fetching from the web needs the extra: `pip install 'wenyuan[server]'`.") from None
    return Transport(guard, limits)


@contextmanager
def _faults(at: WebAddress) -> Iterator[None]:
    """What goes wrong on the line, as an error of the house."""
    import httpcore

    try:
        yield
    except httpcore.TimeoutException as error:
        raise FetchError(f"{at} takes too long; fetch it later, or allow more time.", retryable=True) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        reason = str(error) or error.__class__.__name__
        raise FetchError(
            f"{at} cannot be fetched ({reason}); see whether it can be reached.", retryable=True
        ) from error


def _refusal(at: WebAddress, status: int, headers: httpx.Headers) -> FetchError:
    if status in _GONE:
        return FetchError(f"{at} is not there ({status}); correct the address, or remove it.", gone=True)
    if status in _LOGIN:
        return FetchError(f"{at} is not open to everyone ({status}); name pages that need no login.")
    if status in _LATER:
        return FetchError(
            f"{at} is not served for now ({status}); fetch it later.", retryable=True, after=_after(headers)
        )
    return FetchError(f"{at} is not served ({status}); see to its server, or leave it out.")


def _after(headers: httpx.Headers) -> float | None:
    """Seconds to wait, from Retry-After in seconds or as a date."""
    stated = headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdigit():
        return min(float(stated[:9]), _PATIENCE)
    moment = _moment(stated)
    return None if moment is None else min(max(0.0, moment - time.time()), _PATIENCE)


def _content_type(headers: httpx.Headers) -> tuple[str, str]:
    """(media type in lower case, charset); both may be empty."""
    message = Message()
    message["Content-Type"] = headers.get("content-type", "").replace("\r", " ").replace("\n", " ")
    stated = headers.get("content-type", "").partition(";")[0].strip().lower()
    charset = message.get_param("charset")
    return stated, charset.strip() if isinstance(charset, str) else ""


def _stamp(url: str, headers: httpx.Headers) -> str:
    known = {"etag": headers.get("etag", ""), "modified": headers.get("last-modified", "")}
    kept = {name: value for name, value in known.items() if value and len(value) < 500}
    return json.dumps({"url": url, **kept}) if kept else ""


def _time(headers: httpx.Headers) -> float | None:
    """When the content was written, where the server says so and it is not to come."""
    moment = _moment(headers.get("last-modified", ""))
    return moment if moment is not None and 0 < moment <= time.time() else None


def _moment(stated: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(stated).timestamp()
    except (ValueError, OverflowError):
        return None
