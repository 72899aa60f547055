"""Fetch: what lies elsewhere, brought into a folder from where the document flow reads it.

`open_source` gives the listing of a source, `Mirror` keeps a folder in step with it, `Web` fetches a single page. All
that a person may name passes a `Guard` against addresses that are not public.
"""

from wenyuan.fetch.guard import Guard
from wenyuan.fetch.mirror import Mirror
from wenyuan.fetch.sources import open_source
from wenyuan.fetch.types import Fetched, FetchLimits, Item, Listing, Network, Outcome, Source
from wenyuan.fetch.web import Web

__all__ = [
    "FetchLimits",
    "Fetched",
    "Guard",
    "Item",
    "Listing",
    "Mirror",
    "Network",
    "Outcome",
    "Source",
    "Web",
    "open_source",
]
