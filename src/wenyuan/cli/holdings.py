"""What is printed of documents: what became of files, which documents there are, what one of them holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from wenyuan import shapes
from wenyuan.cli.printing import json_document, note_all, out, say, say_aside
from wenyuan.cli.reader import told
from wenyuan.cli.terminal import one_line
from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from wenyuan.engine.report import Report
    from wenyuan.types import Document, DocumentInfo

_KINDS = 6  # extensions of files passed over that are named
_OLD = (".doc", ".ppt", ".xls")  # of these formats each has a successor with an x


def report(report: Report, as_json: bool) -> None:
    """What an ingest did."""
    if as_json:
        return json_document(shapes.report_shape(report))
    for reason in report.failed.values():
        say_aside(f"not read: {reason}")
    note_all(report.warnings)
    if report.passed_over:
        note_all([_passed_over(report.passed_over)])
    counts = {
        "added": len(report.added),
        "changed": len(report.changed),
        "moved": len(report.moved),
        "deleted": len(report.deleted),
        "unchanged": report.unchanged,
        "failed": len(report.failed),
    }
    parts = [told(f"{n} {what}") for what, n in counts.items() if n] or [told("nothing to do")]
    did = told(", ").join(parts)
    say(f"{did}; {report.encoded} passages encoded, {report.reused} reused; version {report.version}")
    return None


def _passed_over(counts: Mapping[str, int]) -> str:
    """The files that no parser reads, by their extensions, and what to do about those of old Office programs."""
    most = Counter(counts).most_common(_KINDS)
    kinds = [f"{n} {suffix or told('without extension')}" for suffix, n in most]
    if more := sum(counts.values()) - sum(n for _, n in most):
        kinds.append(told(f"{more} others"))
    old = [f"{suffix}x" for suffix in _OLD if suffix in counts]
    mend = f"; save the old Office files as {', '.join(old)}" if old else ""
    return f"passed over, for their format is not read: {', '.join(kinds)}{mend}"


def documents(documents: Sequence[DocumentInfo], as_json: bool) -> None:
    """A line a document, then how many there are."""
    if as_json:
        return json_document(shapes.documents_shape(documents))
    rows = [(one_line(each.id), each.type, shapes.moment(each.time)[:10], str(each.chunks)) for each in documents]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for each, row in zip(documents, rows, strict=True):
        cells = (set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
        out.print("  ".join((*cells, one_line(each.title))))
    say(f"{len(documents)} documents, {sum(each.chunks for each in documents)} passages")
    return None


def document(document: Document, stretch: tuple[int, int] | None, as_json: bool) -> None:
    """What is known of a document, then its text, or a stretch of it alone."""
    if stretch and stretch[0] >= len(document.text):
        raise WrongUse(f"{document.id} has {len(document.text)} characters; --at must begin before its end.")
    text = document.text if stretch is None else document.text[slice(*stretch)]
    if as_json:
        return json_document(shapes.document_shape(document, text))
    if stretch is None:
        for fact in (f"title: {document.title}", f"type: {document.type}", f"time: {shapes.moment(document.time)}"):
            say(fact)
        for name, value in document.metadata.items():
            out.print(one_line(f"{name}: {', '.join(map(str, value)) if isinstance(value, tuple) else value}"))
        note_all(document.warnings)
        out.print()
    out.print(text)
    return None
