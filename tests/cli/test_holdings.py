"""What is printed of documents."""

from __future__ import annotations

import pytest

from wenyuan.cli import holdings
from wenyuan.engine.report import Report
from wenyuan.shapes import document_shape, report_shape
from wenyuan.types import Document


def test_a_report_counts_what_happened_and_names_what_did_not(capsys: pytest.CaptureFixture[str]) -> None:
    holdings.report(report_shape(Report()), as_json=False)
    assert capsys.readouterr().out == "nothing to do; 0 passages encoded, 0 reused; version 0\n"
    others = {f".{n}": n for n in range(1, 9)} | {".xls": 30}
    done = Report(added=["a"], unchanged=2, failed={"b": "b: it is empty"}, passed_over=others, warnings=["c: odd"])
    holdings.report(report_shape(done), as_json=False)
    printed = capsys.readouterr()
    assert printed.out.startswith("1 added, 2 unchanged, 1 failed; ")
    failed, odd, passed_over = printed.err.splitlines()
    assert (failed, odd) == ("not read: b: it is empty", "note: c: odd")
    assert "30 .xls, 8 .8, 7 .7, 6 .6, 5 .5, 4 .4, 6 others; save the old Office files as .xlsx" in passed_over


def test_a_document_is_shown_with_its_fields_and_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    fields = {"product": ("X100", "X200"), "checked": True}
    document = Document("a.md", "Pump\x1b[2J", "# Pump", "md", "", 0.0, metadata=fields, warnings=("a part is lost",))
    shape = document_shape(document, document.text)
    holdings.document(shape, None, as_json=False)
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "title: Pump\\u001b[2J",
        "type: md",
        "time: 1970-01-01T00:00:00+00:00",
        "product: X100, X200",
        "checked: True",
        "",
        "# Pump",
    ]
    assert printed.err == "note: a part is lost\n"
    holdings.document(shape, (2, 4), as_json=False)
    assert capsys.readouterr().out == "Pu\n"
