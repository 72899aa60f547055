"""What is brought from elsewhere: sources, what they list, what was fetched, and what became of it."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from wenyuan.types import Value

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
"""Addresses that an administrator lets be reached, though they are not public."""

SourceKind = Literal["folder", "web", "site", "sitemap", "fsspec"]
"""A folder is read where it lies; one page or file; pages linked from one; those of a sitemap; a tree of files."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What fetching may cost."""

    file_bytes: int = 200_000_000  # of one page or file, counted while inflating
    seconds: float = 60.0  # for one page or file, with its redirects
    idle_seconds: float = 15.0  # without a byte
    redirects: int = 5
    items: int = 10_000  # that a source may list
    depth: int = 32  # of folders in a tree
    sitemaps: int = 200  # files that make up one site map


@dataclass(frozen=True, slots=True)
class Source:
    """A place whose documents are mirrored."""

    name: str
    kind: SourceKind
    location: str  # a path, a URL, or for "fsspec" an address such as s3://bucket/folder
    metadata: Mapping[str, Value] = field(default_factory=dict)  # of every document
    exclude: tuple[str, ...] = ()  # patterns, as in .gitignore, of paths in the mirror
    allow: tuple[Network, ...] = ()
    hosts: tuple[str, ...] = ()  # whose pages belong to it beside its own
    interval: float = 86_400.0  # seconds between two looks at it
    storage: Mapping[str, object] = field(default_factory=dict, repr=False)  # credentials and such of a file system


@dataclass(frozen=True, slots=True)
class Item:
    """One page or file that a source lists."""

    key: str  # what it is known by at the source: a URL or a path
    path: str  # where it would lie in a mirror, as far as is known; not to be trusted
    stamp: str = ""  # of its present state; empty where the listing does not tell
    size: int | None = None  # bytes
    time: float | None = None  # when it was written, Unix seconds


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source sent of one item."""

    data: bytes | None  # None: as it was when it had the stamp that was asked with
    url: str  # after redirects
    path: str = ""  # where it would lie in a mirror; not to be trusted
    type: str = ""  # the media type, without parameters
    stamp: str = ""  # to ask with the next time
    time: float | None = None  # when it was written, Unix seconds
    metadata: Mapping[str, object] = field(default_factory=dict)  # what the source says of it, not yet validated


State = Literal["added", "changed", "removed", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item; `why` is one sentence where it failed, or is gone at its source."""

    key: str
    path: str  # in the mirror; empty where it never was there
    state: State
    why: str = ""
    retryable: bool = False


class Listing(Protocol):
    """What a source holds at this moment."""

    @property
    def complete(self) -> bool:
        """After `items` has ended: whether what it did not list is not there."""
        ...

    @property
    def notes(self) -> Collection[str]:
        """After `items` has ended: what was left out, a sentence each."""
        ...

    def items(self) -> Iterable[Item]:
        """All of them; what is read meanwhile may make it list more.

        Raises:
            FetchError: it cannot be listed.
        """
        ...

    def read(self, item: Item, stamp: str) -> Fetched:
        """The content of one, or that it is as it was when it had this stamp (if that is not empty).

        Raises:
            FetchError: it cannot be read; the error says whether it is gone.
        """
        ...
