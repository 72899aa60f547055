"""What people read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands import Wenyuan
from fakes import write_policy
from wenyuan.cli import printing
from wenyuan.messages import told

CLI = Path(printing.__file__).parent


def test_explain_shows_what_every_stage_said(filled: Wenyuan) -> None:
    first = filled("search", "滤芯 ppr9087", "--explain", "--json").json["hits"][0]
    assert list(first["stages"]) == ["fuse", "distinct"]
    assert all(set(step) == {"rank", "score"} for step in first["stages"].values())
    assert "stages" not in filled("search", "滤芯 ppr9087", "--json").json["hits"][0]
    head, line, *_ = filled("search", "滤芯 ppr9087", "--explain").out.splitlines()
    assert head.split() == ["hit", "passage", "dense", "bm25", "after", "fuse", "after", "distinct", "score"]
    assert "docs/泵.md" in line
    assert "→ 1.000 × 0.5 (rank 1)" in line


def test_a_policy_of_the_weights_is_explained(filled: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question = "warranty ppr9087"
    plain = filled("search", question, "--explain", "--json").json
    assert (plain["weights"], plain["policy"]) == ({"dense": 0.5, "bm25": 0.5}, None)
    monkeypatch.setenv("WENYUAN_FUSE__POLICY", str(write_policy(tmp_path / "mine")))
    found = filled("search", question, "--explain", "--json", "--trace", "trace.json").json
    assert found["weights"] == pytest.approx({"dense": 0.7, "bm25": 0.3})
    assert (found["policy"]["reason"], found["policy"]["gain"]) == ("sure", pytest.approx(0.05))
    said = "weights dense 0.70, bm25 0.30: shifted by +0.20; mine@"
    assert said in filled("search", question, "--explain").out
    assert said in filled("why", question, "--doc", "docs/pump.md").out
    assert filled("trace", "replay", "trace.json").code == 0
    unsure = filled("search", "滤芯 ppr9087", "--explain").out
    assert "weights dense 0.50, bm25 0.50: fixed; mine@" in unsure
    assert "expects -95.0 points, acts from 1.0 on" in unsure


def test_explain_shows_a_pinned_passage_that_no_leg_found(filled: Wenyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("kb/rules.toml").write_text("[[rule]]\nname = 'it'\npin = 'docs/pump.md'", "utf-8")
    monkeypatch.setenv("WENYUAN_RECALL__CANDIDATES", "1")
    head, line, *_ = filled("search", "滤芯 ppr9087", "--explain", "-k", "1").out.splitlines()
    assert " ".join(head.split()).endswith("after fuse after distinct after rules score")
    assert "docs/pump.md" in line
    assert line.split()[-5:-3] == ["–", "–"]


def test_why_in_lines(filled: Wenyuan) -> None:
    run = filled("why", "warranty", "--doc", "docs/泵.md", "-k", "1")
    assert run.out.splitlines()[0].startswith("k: docs/泵.md is number 2, beyond k = 1")
    assert "bm25: nothing found in it" in run.out
    assert "with: k from 1 to 2" in run.out
    assert "Did you mean docs/pump.md?" in filled("why", "warranty", "--doc", "Docs/Pump.md").out
    assert filled("why", "warranty", "--doc", "docs/泵.md", "--ask").out.startswith(
        "select: docs/泵.md is among the sources, but nothing in it was weighed"
    )


def test_people_read_lines(filled: Wenyuan) -> None:
    assert "docs/泵.md" in filled("search", "滤芯").out
    assert "[1]" in filled("ask", "滤芯型号是什么？").out
    assert "nothing to do" in filled("sync").out or "unchanged" in filled("sync").out
    assert "documents" in filled("doctor").out
    assert filled("search", "absent", "--where", "type=none").out.strip() == "Nothing found."


def test_notes_go_to_stderr_or_into_the_document(filled: Wenyuan) -> None:
    plain, as_json = filled("search", "😀"), filled("search", "😀", "--json")
    assert "note:" in plain.err
    assert "note:" not in plain.out
    assert as_json.json["notes"]
    assert as_json.err == ""


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"headings": ["Care", "Oil"], "page": 3, "sheet": None, "row": None}, "a.pdf › Care › Oil, page 3"),
        ({"heading": "Care", "page": None, "sheet": "S", "row": 4}, "a.pdf › Care, sheet S, row 4"),
        ({"heading": "", "page": None, "sheet": None, "row": None}, "a.pdf"),
    ],
)
def test_a_place_is_one_line(where: dict[str, object], said: str) -> None:
    assert printing.place({"document": "a.pdf", **where}) == said


def test_every_line_that_is_said_has_its_chinese() -> None:
    said = {line for module in CLI.glob("*.py") for line in lines_said(ast.parse(module.read_text("utf-8")))}
    assert len(said) > 60
    worded = {line.replace("{}", "9") for line in said if re.search("[A-Za-z]", line)}
    assert [line for line in worded if not re.search("[\u4e00-\u9fff]", told(line, "zh"))] == []


def lines_said(tree: ast.Module) -> Iterator[str]:
    """What is given to `say`, `say_aside` and `told` as text, with {} for each value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("say", "say_aside", "told"):
            for text in texts_of(node.args[0]):
                parts = text.values if isinstance(text, ast.JoinedStr) else [text]
                yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)


def texts_of(node: ast.expr) -> list[ast.Constant | ast.JoinedStr]:
    if isinstance(node, ast.IfExp):
        return [*texts_of(node.body), *texts_of(node.orelse)]
    return [node] if isinstance(node, ast.Constant | ast.JoinedStr) else []
