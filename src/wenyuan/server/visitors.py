"""What a page of a site is told: answers with titles and sections, and nothing that leads into the server.

Whoever opens the page reads its key, so names of files, functions that were called, what a model thinks and what the
stages did are not for it.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.server.errors import Refused
from wenyuan.trace import Trace
from wenyuan.types import Answer, AnswerEvent, Citation, Decision, TextDelta

_NEAREST = 3  # sections


def check_asked(*more: object) -> None:
    """See that a page asks a question, and no more: tests of fields would tell what stands in them.

    Raises:
        Refused: it wants one of `more`.
    """
    if any(more):
        raise Refused(
            403, "forbidden", "A key for pages asks without filters and traces; leave out where, filter and trace."
        )


def event_for(base: KnowledgeBase, event: AnswerEvent, trace: Trace) -> tuple[str, dict[str, Any]] | None:
    """What happens, as a page is told it; None where it is not."""
    if isinstance(event, TextDelta):
        return "text", {"text": event.text}
    return ("answer", _answer(base, event, trace)) if isinstance(event, Answer) else None


def _answer(base: KnowledgeBase, answer: Answer, trace: Trace) -> dict[str, Any]:
    refused = answer.decision is Decision.ABSTAINED
    near = dict.fromkeys((hit.chunk.title, " › ".join(hit.chunk.headings)) for hit in trace.hits) if refused else {}
    return {
        "decision": answer.decision.value,
        "reason": answer.reason,
        "answer": answer.reason if refused else answer.text,  # the text of a refusal names files
        "confidence": round(answer.confidence, 4),
        "citations": [_citation(base, each) for each in answer.citations],
        "nearest": [{"title": title, "heading": heading} for title, heading in list(near)[:_NEAREST]],
    }


def _citation(base: KnowledgeBase, cited: Citation) -> dict[str, Any]:
    title, url = cited.heading, cited.document
    with suppress(WrongUse):  # it is the address of a curated answer's proof, or gone since
        document = base.document(cited.document)
        title, url = document.title, str(document.metadata.get("url", ""))
    linked = is_link(url)
    return {
        "n": cited.n,
        "title": title or (urlsplit(url).hostname if linked else ""),
        "heading": cited.heading,
        "page": cited.page,
        "quote": cited.quote,
        "url": url if linked else None,
    }


def is_link(url: str) -> bool:
    """Whether an address is one of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
