"""From what an administrator writes of a source to its listing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wenyuan.errors import WrongUse
from wenyuan.fetch.guard import Guard
from wenyuan.fetch.remote import Tree
from wenyuan.fetch.site import Page, Site
from wenyuan.fetch.sitemap import SiteMap
from wenyuan.fetch.types import FetchLimits, Listing, Source
from wenyuan.fetch.web import AGENT, Web


@contextmanager
def open_source(
    source: Source,
    limits: FetchLimits = FetchLimits(),  # noqa: B008
    guard: Guard | None = None,
    agent: str = AGENT,
) -> Iterator[Listing]:
    """The listing of a source, whose connections end with the context.

    Raises:
        WrongUse: its location is not one of its kind, or it is a folder, which needs no mirror.
        FetchError: its location is no address that may be reached.
        MissingExtra: it needs an extra that is not installed.
    """
    guard = guard or Guard(source.allow)
    if source.kind == "folder":
        raise WrongUse(f"The source {source.name} is a folder, which is read where it lies; add it as one.")
    if source.kind == "fsspec":
        yield Tree(source.location, source.storage, guard, limits)
        return
    with Web(guard, limits, agent) as web:
        match source.kind:
            case "web":
                yield Page(web, source.location)
            case "site":
                yield Site(web, source.location, limits)
            case "sitemap":
                yield SiteMap(web, source.location, source.hosts, limits)
