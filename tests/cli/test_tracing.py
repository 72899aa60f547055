"""`wenyuan trace` and `--trace`: what is written runs again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import Wenyuan


@pytest.mark.parametrize("command", ["search", "ask"])
def test_a_trace_is_written_and_runs_again(filled: Wenyuan, command: str) -> None:
    assert filled(command, "滤芯型号", "--trace", "trace.json").code == 0
    record = json.loads(Path("trace.json").read_text("utf-8"))
    assert record["query"]["text"] == "滤芯型号"
    assert (record["assemble"] is not None) == (command == "ask")
    again = filled("trace", "replay", "trace.json", "--json").json
    assert again["same"]
    assert [hit["chunk"] for hit in again["hits"]] == [hit["chunk"] for hit in record["hits"]]
    plain = filled("trace", "replay", "trace.json").out.splitlines()
    assert plain[0].startswith("1. docs/泵.md")
    assert plain[-1] == "the same order as recorded"


def test_a_trace_that_was_tampered_with_does_not_agree(filled: Wenyuan) -> None:
    filled("search", "滤芯 warranty", "--trace", "trace.json")
    record = json.loads(Path("trace.json").read_text("utf-8"))
    record["hits"].reverse()
    Path("trace.json").write_text(json.dumps(record))
    replayed = filled("trace", "replay", "trace.json")
    assert (replayed.code, replayed.out.splitlines()[-1]) == (1, "another order than recorded")


def test_the_trace_of_a_curated_answer_has_nothing_to_run_again(filled: Wenyuan) -> None:
    answer = "answer = { text = 'So.', url = 'https://a.b', expires = 2999-01-01 }"
    Path("kb/rules.toml").write_text(f"[[rule]]\nname = 'it'\n{answer}", "utf-8")
    assert filled("ask", "warranty", "--trace", "trace.json", "--json").json["curated"] == "it"
    run = filled("trace", "replay", "trace.json")
    assert (run.code, "the rule 'it' answered" in run.err) == (2, True)


def test_files_that_are_no_trace_are_wrong_use(filled: Wenyuan) -> None:
    Path("list.json").write_text("[]")
    Path("part.json").write_text('{"format": 1, "recall": {}}')
    for file, message in [("nowhere.json", "cannot be read"), ("list.json", "no trace"), ("part.json", "lacks a part")]:
        run = filled("trace", "replay", file)
        assert run.code == 2
        assert message in run.err
    assert filled("search", "滤芯", "--trace", "no/such/folder.json").code == 2
