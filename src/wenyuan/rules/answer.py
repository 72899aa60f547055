"""Curated answers: given in place of one made from hits, while they are valid and their source is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from wenyuan.filters import matches, payload_of
from wenyuan.rules.rule import Curated, Rule, last_day
from wenyuan.text.normalise import normalise
from wenyuan.trace import Trace
from wenyuan.types import Answer, Citation, Decision, Document, Filter, Language, Passage, Query, mark_at


class Sources(Protocol):
    """What answers quote from."""

    def document(self, document: str) -> Document | None:
        """A document with its text; None where there is no such document."""
        ...

    def passages(self, document: str) -> Sequence[Passage]:
        """All passages of a document as it has them, in order, with what people made of them."""
        ...


_NOT_TYPED = "its words stand in what was asked before, and not in this question"
_REASON: dict[Language, str] = {
    "zh": "这是由人撰写的答案，来自规则“{}”。",
    "en": "A person wrote this answer: rule '{}'.",
}


def curated(query: Query, rules: Sequence[Rule], now: float, sources: Sources, trace: Trace) -> Answer | None:
    """The first answer of these rules that holds; why another does not is noted."""
    for rule in rules:
        if rule.answer is None:
            continue
        proof = _proof(rule.answer, now, sources, query.filter) if _is_typed(rule, query) else _NOT_TYPED
        if isinstance(proof, str):
            trace.note_rule(f"Rule '{rule.name}' has an answer that was not used: {proof}.")
            continue
        trace.fire(rule.name, "answer", f"its curated answer from {proof.document} was given")
        reason = _REASON[query.language].format(rule.name)
        return Answer(Decision.ANSWERED, reason, f"{rule.answer.text} [1]", (proof,), 1.0, curated=rule.name)
    return None


def _is_typed(rule: Rule, query: Query) -> bool:
    """Whether a rule fires for what was typed, too; what the turns before lend to a question may turn it round."""
    return query.rewritten is None or rule.when.why_not(replace(query, normalised=normalise(query.text))) is None


def unused(rules: Sequence[Rule], now: float, sources: Sources) -> dict[str, str]:
    """Why answers are given to no question at all, by the name of their rule; those that hold are left out."""
    proofs = {rule.name: _proof(rule.answer, now, sources) for rule in rules if rule.answer}
    return {name: proof for name, proof in proofs.items() if isinstance(proof, str)}


def _proof(answer: Curated, now: float, sources: Sources, filter: Filter | None = None) -> Citation | str:
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
    if filter and not matches(filter, payload_of(document)):
        return "its source is none of the documents asked for"
    return _quoted(answer.quote, document, sources.passages(document.id)) if answer.quote else _named(document)


def _named(document: Document) -> Citation:
    return Citation(1, document.id, None, document.title, 0, 0, "")


def _quoted(quote: str, document: Document, passages: Sequence[Passage]) -> Citation | str:
    stretch = _standing(quote, document.text, passages)
    if stretch is None and quote not in document.text:
        return f"its quote is no longer in {document.id}"
    if stretch is None:
        return f"its quote is of a passage of {document.id} that was corrected or disabled"
    at, end, corrected = stretch
    place = mark_at(document.marks, at)
    headings = next((each.chunk.headings for each in passages if at < each.chunk.end), ())
    where = (" > ".join(headings) or document.title, at, end, quote, place.sheet, place.row)
    return Citation(1, document.id, place.page, *where, corrected=corrected)


def _standing(quote: str, text: str, passages: Sequence[Passage]) -> tuple[int, int, bool] | None:
    """Where in a document's text a quote stands, and whether a person wrote it there; None if it stands nowhere.

    Where passages were corrected or disabled, it must stand in one as people see it now.
    """
    at = text.find(quote)
    touched = any(each.correction and at < each.chunk.end and each.chunk.start < at + len(quote) for each in passages)
    if at >= 0 and not touched:
        return at, at + len(quote), False
    shown = next((each for each in passages if not each.disabled and quote in each.shown.text), None)
    if shown is None:
        return None
    if shown.shown.original is not None:
        return shown.chunk.start, shown.chunk.end, True
    at = shown.chunk.start + shown.chunk.text.index(quote)
    return at, at + len(quote), False
