"""Citations as annotations of a message: the numbers in its text, each with the document that it stands for.

Offsets count characters (Unicode code points, as Python does; JavaScript's strings count otherwise) of the whole text
that the client has, the end behind the last one. The type is OpenAI's `url_citation`, the only one that its clients
know in a chat: a document that came from the web has its address there, any other that of its text on this server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from wenyuan.cite.markers import markers
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.types import Citation


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document is."""

    title: str
    url: str


def places_of(base: KnowledgeBase, kb: str, root: str, citations: Sequence[Citation]) -> dict[str, Place]:
    """Titles and addresses of the documents that are cited; `root` is that of the server, with a stroke at its end."""
    return {document: _place(base, kb, root, document) for document in {each.document for each in citations}}


def annotated(
    text: str, answer: str, citations: Sequence[Citation], places: Mapping[str, Place]
) -> list[dict[str, Any]]:
    """Those of a text that ends with an answer, or shows it otherwise."""
    shift = len(text) - len(answer) if text.endswith(answer) else 0
    cited = {each.n: each for each in reversed(citations)}
    found = [
        (marker.start, marker.end, cited[n]) for marker in markers(text[shift:]) for n in marker.numbers if n in cited
    ]
    return [_annotation(shift + start, shift + end, places[each.document]) for start, end, each in found]


def citations_shape(citations: Sequence[Citation], places: Mapping[str, Place]) -> list[dict[str, Any]]:
    """Citations in our own shape: with the quote, and where exactly it stands."""
    return [asdict(each) | asdict(places[each.document]) for each in citations]


def _annotation(start: int, end: int, place: Place) -> dict[str, Any]:
    cited = {"start_index": start, "end_index": end, "title": place.title, "url": place.url}
    return {"type": "url_citation", "url_citation": cited}


def _place(base: KnowledgeBase, kb: str, root: str, document: str) -> Place:
    here = f"{root}api/knowledge-bases/{quote(kb)}/documents/{quote(document)}"
    try:
        found = base.document(document)
    except WrongUse:  # of a curated answer, or gone since
        return Place(document, here)
    url = found.metadata.get("url")
    return Place(found.title, url if isinstance(url, str) and url.startswith(("http://", "https://")) else here)
