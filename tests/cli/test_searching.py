"""`wenyuan search` and `wenyuan why`, as a person types them."""

from __future__ import annotations

from pathlib import Path

from commands import Wenyuan


def test_a_search_writes_its_trace_and_says_nothing_of_it(filled: Wenyuan) -> None:
    found = filled("search", "滤芯 ppr9087", "--trace", "trace.json", "--json").json
    assert "trace" not in found
    assert filled("trace", "replay", "trace.json").code == 0
    done = filled("search", "滤芯", "--trace", "no/where.json")
    assert (done.code, done.out) == (2, "")
    assert "The trace cannot be written to" in done.err or "没有这个文件" in done.err


def test_a_search_of_one_leg_or_a_few_hits(filled: Wenyuan) -> None:
    found = filled("search", "warranty", "--leg", "dense", "-k", "1", "--json").json
    assert [list(hit["legs"]) for hit in found["hits"]] == [["dense"]]


def test_why_knows_a_document_by_its_path(filled: Wenyuan) -> None:
    path = str(Path("docs/pump.md").resolve())
    assert filled("why", "warranty", "--doc", path, "--json").json["document"] == "docs/pump.md"
