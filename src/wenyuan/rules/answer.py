"""Curated answers: given in place of one made from hits, while they are valid and their source is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wenyuan.filters import matches, payload_of
from wenyuan.rules.rule import Curated, Rule, last_day
from wenyuan.trace import Trace
from wenyuan.types import Answer, Chunk, Citation, Decision, Document, Language, Mark, Query, mark_at

_ALL = 1 << 31  # more chunks than a document has


class Sources(Protocol):
    """What answers quote from."""

    def document(self, document: str) -> Document | None:
        """A document with its text; None where there is no such document."""
        ...

    def neighbours(self, document: str, first: int, last: int) -> Sequence[Chunk]:
        """The chunks of a document whose ordinals are in first … last, in order."""
        ...


_REASON: dict[Language, str] = {
    "zh": "这是由人撰写的答案，来自规则“{}”。",
    "en": "A person wrote this answer: rule '{}'.",
}


def curated(query: Query, rules: Sequence[Rule], now: float, sources: Sources, trace: Trace) -> Answer | None:
    """The first answer of these rules that holds; why another does not is noted."""
    for rule in rules:
        if rule.answer is None:
            continue
        proof = _proof(rule.answer, query, now, sources)
        if isinstance(proof, str):
            trace.note_rule(f"Rule '{rule.name}' has an answer that was not used: {proof}.")
            continue
        trace.fire(rule.name, "answer", f"its curated answer from {proof.document} was given")
        reason = _REASON[query.language].format(rule.name)
        return Answer(Decision.ANSWERED, reason, f"{rule.answer.text} [1]", (proof,), 1.0, curated=rule.name)
    return None


def _proof(answer: Curated, query: Query, now: float, sources: Sources) -> Citation | str:
    """The citation of an answer, or why it does not hold.

    It quotes nothing where the rule does not; then, as with a page on the web, it only names the source.
    """
    if now >= answer.expires:
        return f"it expired on {last_day(answer.expires)}"
    if answer.document is None:
        return Citation(1, answer.url or "", None, "", 0, 0, "")
    document = sources.document(answer.document)
    if document is None:
        return f"its source {answer.document} is not in the knowledge base"
    if query.filter and not matches(query.filter, payload_of(document)):
        return "its source is none of the documents asked for"
    at = document.text.find(answer.quote)
    if at < 0:
        return f"its quote is no longer in {document.id}"
    place = mark_at(document.marks, at) if answer.quote else Mark(0)
    chunks = sources.neighbours(document.id, 0, _ALL) if answer.quote else ()
    headings = next((chunk.headings for chunk in chunks if at < chunk.end), ())
    heading, end = " > ".join(headings) or document.title, at + len(answer.quote)
    return Citation(1, document.id, place.page, heading, at, end, answer.quote, place.sheet, place.row)
