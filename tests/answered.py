"""Examples and answers as plain values."""

from __future__ import annotations

from wenyuan.evaluate.answers import AnswerCase
from wenyuan.types import Answer, Citation, Decision

Quoted = tuple[str, int, str]  # document, start, quote


def example(
    name: str = "q",
    *,
    passage: str = "d1",
    pair: str = "en→en",
    style: str = "fact",
    evidence: str = "the evidence",
    start: int = 0,
    near_miss: str | None = None,
) -> AnswerCase:
    """A question whose passage holds the evidence from `start` on."""
    return AnswerCase(1, name, passage, f"{name}?", pair, style, evidence, start, start + len(evidence), near_miss)


def answer(*quotes: Quoted, confidence: float = 0.8) -> Answer:
    """An answer of these quotes; without one, a refusal."""
    citations = tuple(
        Citation(n, document, None, "", start, start + len(quote), quote)
        for n, (document, start, quote) in enumerate(quotes, 1)
    )
    decision = Decision.ANSWERED if quotes else Decision.ABSTAINED
    return Answer(decision, "", "", citations, confidence, timings_ms={"recall": 1.0, "draft": 2.0})
