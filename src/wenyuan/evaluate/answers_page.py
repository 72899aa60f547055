"""The page of measured answers: figures, the curve of risk over coverage, and every answer, the wrong ones first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wenyuan.evaluate.record import Record
from wenyuan.evaluate.report import template
from wenyuan.text.language import language

ANSWER_NAMES = {
    "evidence": "evidence quoted",
    "right_document": "right document",
    "answered": "answered",
    "declined": "near-misses declined",
    "auroc": "AUROC right",
    "auroc_answerable": "AUROC answerable",
    "quote_chars": "quoted characters",
    "quote_words": "quoted words (en)",
}
"""The figures as a person reads them, in their order; the last two are lengths, the others lie between 0 and 1."""

LENGTHS = ("quote_chars", "quote_words")


def groups(record: Record) -> dict[str, Mapping[str, Any]]:
    """The figures of all, of each pair of languages and of each style, by name."""
    return {"all": record, **record["by_pair"], **record["by_style"]}


def answers_page(record: Record) -> str:
    """One HTML page of what `answers_record` made; it asks for no other file."""
    rows = [row | {"verdict": _verdict(row), "language": language(row["question"])} for row in record["questions"]]
    return template("answers.html.jinja").render(
        record=record,
        groups=groups(record),
        names=ANSWER_NAMES,
        lengths=LENGTHS,
        curve=record["risk_coverage"],
        rows=sorted(rows, key=lambda row: (row["right"], -row["confidence"])),  # the surest of the wrong ones first
    )


def _verdict(row: Mapping[str, Any]) -> str:
    """What became of a question, in a few words."""
    if row["near_miss"]:
        return "answered, though it has no answer" if row["answered"] else "declined rightly"
    if not row["answered"]:
        return "declined, though it has an answer"
    if row["right"]:
        return "the evidence is quoted"
    return "right document, another place" if row["names_document"] else "another document"
