"""What is printed of documents: what became of files, which documents there are, what one of them holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size

from wenyuan.cli.printing import json_document, note_all, out, say, say_aside
from wenyuan.cli.reader import told
from wenyuan.cli.terminal import one_line
from wenyuan.errors import WrongUse

_KINDS = 6  # extensions of files passed over that are named
_OLD = (".doc", ".ppt", ".xls")  # of these formats each has a successor with an x


def report(shape: Mapping[str, Any], as_json: bool) -> None:
    """What an ingest did (`shapes.report_shape`)."""
    if as_json:
        return json_document(shape)
    for reason in shape["failed"].values():
        say_aside(f"not read: {reason}")
    note_all(shape["warnings"])
    if shape["passed_over"]:
        note_all([_passed_over(shape["passed_over"])])
    counts = {name: len(shape[name]) for name in ("added", "changed", "moved", "deleted")}
    counts |= {"unchanged": shape["unchanged"], "failed": len(shape["failed"])}
    parts = [told(f"{n} {what}") for what, n in counts.items() if n] or [told("nothing to do")]
    did = told(", ").join(parts)
    say(f"{did}; {shape['encoded']} passages encoded, {shape['reused']} reused; version {shape['version']}")
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


def documents(shape: Mapping[str, Any], as_json: bool) -> None:
    """A line a document, then how many there are (`shapes.documents_shape`)."""
    if as_json:
        return json_document(shape)
    found: Sequence[Mapping[str, Any]] = shape["documents"]
    rows = [(one_line(each["id"]), each["type"], each["time"][:10], str(each["passages"])) for each in found]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for each, row in zip(found, rows, strict=True):
        cells = (set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
        out.print("  ".join((*cells, one_line(each["title"]))))
    say(f"{len(found)} documents, {sum(each['passages'] for each in found)} passages")
    return None


def document(shape: Mapping[str, Any], stretch: tuple[int, int] | None, as_json: bool) -> None:
    """What is known of a document, then its text, or a stretch of it alone (`shapes.document_shape`, all of it)."""
    whole = shape["text"]
    if stretch and stretch[0] >= len(whole):
        raise WrongUse(f"{shape['id']} has {len(whole)} characters; --at must begin before its end.")
    text = whole if stretch is None else whole[slice(*stretch)]
    if as_json:
        return json_document({**shape, "text": text})
    if stretch is None:
        for fact in (f"title: {shape['title']}", f"type: {shape['type']}", f"time: {shape['time']}"):
            say(fact)
        for name, value in shape["metadata"].items():
            out.print(one_line(f"{name}: {', '.join(value) if isinstance(value, list | tuple) else value}"))
        note_all(shape["warnings"])
        out.print()
    out.print(text)
    return None
