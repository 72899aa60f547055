"""The JSON shapes of the command line. They are an interface: add to them, never change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wenyuan.engine import Health
    from wenyuan.engine.ingest import Report
    from wenyuan.engine.questions import Result
    from wenyuan.evaluate import Comparison
    from wenyuan.evaluate.bootstrap import Difference
    from wenyuan.evaluate.gate import Verdict
    from wenyuan.evaluate.rerankers import Row
    from wenyuan.types import Answer, Hit


def search_shape(result: Result) -> dict[str, Any]:
    """`search --json`."""
    return {
        "query": result.query.text,
        "rewritten": result.query.rewritten,
        "hits": [_hit(hit) for hit in result.hits],
        "notes": result.notes,
        "timings_ms": _rounded(result.timings_ms),
    }


def ask_shape(answer: Answer) -> dict[str, Any]:
    """`ask --json`."""
    return {
        "decision": answer.decision.value,
        "reason": answer.reason,
        "answer": answer.text,
        "confidence": round(answer.confidence, 4),
        "citations": [asdict(citation) for citation in answer.citations],
        "notes": list(answer.notes),
        "timings_ms": _rounded(answer.timings_ms),
    }


def report_shape(report: Report) -> dict[str, Any]:
    """`add, sync and delete --json`."""
    return asdict(report)


def comparison_shape(comparison: Comparison) -> dict[str, Any]:
    """`models compare --json`."""
    return {
        "data": comparison.data,
        "n": comparison.n,
        "candidates": comparison.candidates,
        "rows": [_row(row) for row in comparison.rows],
    }


def verdict_shape(verdict: Verdict, comparisons: Sequence[Comparison], folder: str | None) -> dict[str, Any]:
    """`models accept --json`."""
    sets = zip(comparisons, verdict.differences, strict=True)
    return {
        "accepted": verdict.accepted,
        "reason": verdict.reason,
        "installed": folder,
        "sets": [comparison_shape(each) | {"difference": difference_shape(gap)} for each, gap in sets],
    }


def health_shape(health: Health) -> dict[str, Any]:
    """`doctor --json`."""
    return asdict(health)


def place(document: str, headings: Sequence[str], page: int | None) -> str:
    """Where to look, in one line: docs/manual.pdf › Warranty, page 3."""
    path = " › ".join((document, *headings))
    return f"{path}, page {page}" if page else path


def _hit(hit: Hit) -> dict[str, Any]:
    chunk = hit.chunk
    return {
        "rank": hit.rank,
        "chunk": f"{chunk.id:016x}",
        "document": chunk.document,
        "title": chunk.title,
        "headings": list(chunk.headings),
        "page": chunk.page,
        "sheet": chunk.sheet,
        "row": chunk.row,
        "start": chunk.start,
        "end": chunk.end,
        "score": round(hit.score, 6),
        "legs": {leg: asdict(score) for leg, score in hit.legs.items()},
        "text": chunk.text,
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "model": row.model,
        "id": row.id,
        "metrics": {name: round(value.mean, 4) for name, value in row.metrics.items()},
        "intervals": {name: [round(value.low, 4), round(value.high, 4)] for name, value in row.metrics.items()},
        "differences": {name: difference_shape(value) for name, value in row.differences.items()},
        "pairs_per_s": _number(row.pairs_per_s),
        "latency_ms": _rounded(row.latency_ms),
        "memory_mb": _number(row.memory_mb),
        "disk_mb": _number(row.disk_mb),
        "runtime": row.runtime,
        "truncated": row.truncated,
        "spread": _number(row.spread),
        "collapsed": row.collapsed,
    }


def difference_shape(difference: Difference) -> dict[str, float]:
    """A paired difference with its interval and p."""
    return {name: round(value, 4) for name, value in asdict(difference).items()}


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _rounded(timings: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(ms, 3) for stage, ms in timings.items()}
