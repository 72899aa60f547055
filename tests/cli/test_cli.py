"""The command line: shapes of its JSON, exit codes, one sentence an error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fakes import word_encoder, write_policy
from wenyuan.cli import main


@dataclass
class Run:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


Wenyuan = Callable[..., Run]


@pytest.fixture
def wenyuan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Wenyuan:
    """Run a command in a folder with two documents, with a stand-in for the model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wenyuan.engine.opening.load_encoder", lambda name, threads: word_encoder())
    monkeypatch.setenv("WENYUAN_ANSWER__CONFIDENCE", "0")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "泵.md").write_text("# 泵\n\n## 滤芯\n\n滤芯型号是 PPR-9087。", "utf-8")
    (docs / "pump.md").write_text("# Pump\n\nThe warranty lasts two years.", "utf-8")

    def run(*arguments: str) -> Run:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["wenyuan", *arguments])
        with pytest.raises(SystemExit) as exit_:
            main()
        printed = capsys.readouterr()
        return Run(int(exit_.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def filled(wenyuan: Wenyuan) -> Wenyuan:
    assert wenyuan("add", "docs").code == 0
    return wenyuan


def shape(value: Any) -> Any:
    """Keys and names of types."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return type(value).__name__


REPORT = {
    "added": "list",
    "changed": "list",
    "moved": "list",
    "deleted": "list",
    "unchanged": "int",
    "failed": {},
    "warnings": "list",
    "encoded": "int",
    "reused": "int",
    "version": "int",
}
LEG = {"raw": "float", "normalised": "float", "weight": "float", "rank": "int"}
HIT = {
    "rank": "int",
    "chunk": "str",
    "document": "str",
    "title": "str",
    "page": "NoneType",
    "sheet": "NoneType",
    "row": "NoneType",
    "start": "int",
    "end": "int",
    "score": "float",
    "legs": {"bm25": LEG, "dense": LEG},
    "text": "str",
}
STEP = {"rank": "int", "score": "float"}
CITATION = {
    "n": "int",
    "document": "str",
    "page": "NoneType",
    "heading": "str",
    "start": "int",
    "end": "int",
    "quote": "str",
    "sheet": "NoneType",
    "row": "NoneType",
}


def test_add_sync_and_delete_report_alike(wenyuan: Wenyuan) -> None:
    added = wenyuan("add", "docs", "--json", "--meta", "product=X100,X200").json
    assert shape(added) == REPORT
    assert added["added"] == ["docs/pump.md", "docs/泵.md"]
    Path("docs/pump.md").rename("docs/moved.md")
    Path("docs/empty.md").write_text("")
    done = wenyuan("sync", "--json")
    assert done.code == 1, "a file could not be read"
    synced = json.loads(done.out)
    assert synced["moved"] == [["docs/pump.md", "docs/moved.md"]]
    assert list(synced["failed"]) == ["docs/empty.md"]
    deleted = wenyuan("delete", "docs/moved.md", "--json").json
    assert shape(deleted) == REPORT
    assert deleted["deleted"] == ["docs/moved.md"]


def test_search_shape(filled: Wenyuan) -> None:
    found = filled("search", "滤芯 ppr9087", "--json").json
    assert found["query"] == "滤芯 ppr9087"
    assert list(found) == ["query", "rewritten", "intent", "constraints", "hits", "notes", "rules", "timings_ms"]
    first = found["hits"][0]
    assert shape({name: first[name] for name in HIT}) == HIT
    assert (first["rank"], first["document"], first["title"]) == (1, "docs/泵.md", "泵")
    assert first["text"] == Path("docs/泵.md").read_text("utf-8")[first["start"] : first["end"]]


def test_ask_shape(filled: Wenyuan) -> None:
    answer = filled("ask", "滤芯型号是什么？", "--json").json
    assert {"decision", "reason", "answer", "citations", "timings_ms"} <= set(answer)
    assert answer["decision"] == "ANSWERED"
    assert shape(answer["citations"][0]) == CITATION
    assert set(shape(answer["timings_ms"]).values()) == {"float"}
    citation = answer["citations"][0]
    assert citation["quote"] == Path(citation["document"]).read_text("utf-8")[citation["start"] : citation["end"]]


def test_the_row_of_a_table_is_shown_and_printed(wenyuan: Wenyuan) -> None:
    Path("docs/prices.csv").write_text("code,note\nA1,The old pump.\n\nZX-7,The valve ZX-7 holds nine bars.\n", "utf-8")
    wenyuan("add", "docs")
    [citation] = wenyuan("ask", "What does the valve ZX-7 hold?", "--json").json["citations"]
    assert (citation["page"], citation["sheet"], citation["row"]) == (None, None, 4)
    assert "[1] docs/prices.csv › prices, row 4, characters " in wenyuan("ask", "What does the valve ZX-7 hold?").out
    assert "1. docs/prices.csv, row 1 " in wenyuan("search", "valve ZX-7").out


def test_explain_shows_what_every_stage_said(filled: Wenyuan) -> None:
    first = filled("search", "滤芯 ppr9087", "--explain", "--json").json["hits"][0]
    assert shape(first["stages"]) == {"fuse": STEP, "distinct": STEP}
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


def test_conditions_of_the_question_are_shown_and_can_be_left_out(filled: Wenyuan) -> None:
    def documents(found: dict[str, Any]) -> set[str]:
        return {hit["document"] for hit in found["hits"]}

    question = "《Pump》 滤芯 warranty"
    narrow, wide = (filled("search", question, "--json", *more).json for more in ([], ["--no-constraints"]))
    assert (narrow["constraints"], documents(narrow)) == (["Pump"], {"docs/pump.md"})
    assert (wide["constraints"], documents(wide)) == ([], {"docs/pump.md", "docs/泵.md"})
    lost = filled("why", question, "--doc", "docs/泵.md", "--json").json
    assert (lost["stage"], lost["changes"][0]["without"]) == ("filtered", {"phrases": ["Pump"], "rules": []})
    assert filled("why", question, "--doc", "docs/泵.md", "--no-constraints").out.startswith("found")
    assert filled("ask", question, "--no-constraints").code == 0


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


def test_why_shape(filled: Wenyuan) -> None:
    found = filled("why", "滤芯型号", "--doc", "docs/泵.md", "--json").json
    assert (found["stage"], found["rank"], found["changes"]) == ("found", 1, [])
    lost = filled("why", "滤芯型号", "--doc", "docs/泵.md", "--where", "type=pdf,docx", "--json").json
    assert (lost["stage"], lost["conditions"]) == ("filtered", ["type=pdf,docx"])
    assert lost["changes"] == [
        {
            "change": "the filter without type=pdf,docx",
            "settings": {},
            "filter": None,
            "without": {"phrases": [], "rules": []},
            "rank": 1,
        }
    ]
    assert set(lost) == set(found)


def test_why_in_lines(filled: Wenyuan) -> None:
    run = filled("why", "warranty", "--doc", "docs/泵.md", "-k", "1")
    assert run.out.splitlines()[0].startswith("k: docs/泵.md is number 2, beyond k = 1")
    assert "bm25: nothing found in it" in run.out
    assert "with: k from 1 to 2" in run.out
    assert "Did you mean docs/pump.md?" in filled("why", "warranty", "--doc", "Docs/Pump.md").out
    assert filled("why", "warranty", "--doc", "docs/泵.md", "--ask").out.startswith(
        "found: docs/泵.md is found: source 2"
    )


def test_eval_shape(wenyuan: Wenyuan, tmp_path: Path) -> None:
    data = tmp_path / "set"
    (data / "qrels").mkdir(parents=True)
    corpus = [{"_id": str(n), "title": "", "text": f"word{n} text"} for n in range(5)]
    (data / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)))
    queries = [{"_id": f"q{n}", "text": f"word{n}"} for n in range(5)]
    (data / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
    (data / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + "".join(f"q{n}\t{n}\t1\n" for n in range(5))
    )
    judged = wenyuan("eval", str(data), "--json").json
    assert {"data", "n", "metrics", "intervals", "latency_ms", "peak_mb"} <= set(judged)
    assert judged["n"] == 5
    assert {"ndcg@10", "mrr@10", "p@10", "r@10", "r@100"} <= set(judged["metrics"])
    assert judged["metrics"]["r@100"] == 1.0
    assert set(judged["intervals"]) == set(judged["metrics"])
    assert all(low <= high for low, high in judged["intervals"].values())
    first_stage = wenyuan("eval", str(data), "--no-rerank", "--json").json
    assert first_stage["metrics"] == judged["metrics"]  # no reranker is set


def test_doctor_and_models_shapes(filled: Wenyuan) -> None:
    health = filled("doctor", "--json").json
    assert shape(health) == {"documents": "int", "chunks": "int", "version": "int", "model": "str", "problems": "list"}
    assert filled("doctor", "--rebuild", "--json").json == health
    assert filled("models", "list", "--json").json


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
    ("where", "expected"),
    [
        (["--where", "source=docs/pump.md"], ["docs/pump.md"]),
        (["--where", "source!=docs/pump.md"], ["docs/泵.md"]),
        (["--where", "type=md,pdf"], ["docs/pump.md", "docs/泵.md"]),
        (["--where", "time<2000-01-01"], []),
        (["--where", "time>=2000-01-01T00:00+08:00", "--where", "source=docs/pump.md"], ["docs/pump.md"]),
        (["--filter", '{"not": {"field": "source", "op": "eq", "value": "docs/pump.md"}}'], ["docs/泵.md"]),
        (["--filter", '{"field": "source", "op": "in", "value": ["docs/pump.md"]}'], ["docs/pump.md"]),
    ],
)
def test_filters(filled: Wenyuan, where: list[str], expected: list[str]) -> None:
    hits = filled("search", "滤芯 warranty", "--json", *where).json["hits"]
    assert sorted(hit["document"] for hit in hits) == expected


@pytest.mark.parametrize("leg", ["bm25", "dense"])
def test_one_leg(filled: Wenyuan, leg: str) -> None:
    assert set(filled("search", "滤芯", "--leg", leg, "--json").json["hits"][0]["legs"]) == {leg}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["add", "absent"], "absent"),
        (["add", "docs", "--meta", "product"], "--meta"),
        (["add", "docs", "--meta", "type=x"], "type"),
        (["search", "x", "--kb", "nowhere"], "nowhere"),
        (["ask", "x", "--kb", "nowhere"], "wenyuan add"),
        (["sync", "--kb", "nowhere"], "nowhere"),
        (["doctor", "--kb", "nowhere"], "nowhere"),
        (["delete", "docs/absent.md"], "docs/absent.md"),
        (["search", "x", "--leg", "bm26"], "bm26"),
        (["search", "x", "--rerank-ms", "50"], "reranker"),
        (["search", "x", "--where", "type"], "--where"),
        (["search", "x", "--where", "time>soon"], "soon"),
        (["search", "x", "--where", "type>3"], "type"),
        (["search", "x", "--filter", "{"], "--filter"),
        (["search", "x", "--filter", '{"field": "type"}'], "--filter"),
        (["search", "x", "--filter", '{"field": "a", "op": "eq", "value": {"b": 1}}'], "filter"),
        (["search", "  "], "empty"),
        (["ask", ""], "empty"),
        (["eval", "absent"], "absent"),
        (["models", "build", "rerank", "--out", "m"], "rerank"),
    ],
)
def test_wrong_use_is_one_sentence_and_exit_code_2(filled: Wenyuan, arguments: list[str], named: str) -> None:
    done = filled(*arguments)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("wenyuan: ")
    assert named in done.err
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err
    assert not Path("nowhere").exists()


@pytest.mark.parametrize(
    "arguments",
    [["fly"], ["search"], ["search", "x", "-k", "0"], ["search", "x", "-k", "many"], ["add", "docs", "--fast"]],
)
def test_a_wrong_command_line_is_exit_code_2(wenyuan: Wenyuan, arguments: list[str]) -> None:
    done = wenyuan(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err


def test_a_wrong_setting_is_named(filled: Wenyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("kb/wenyuan.toml").write_text("[fuse]\ndens = 1\n")
    assert "fuse.dens" in filled("search", "x").err
    Path("kb/wenyuan.toml").unlink()
    monkeypatch.setenv("WENYUAN_TOP", "1")
    done = filled("search", "x")
    assert done.code == 2
    assert "WENYUAN_TOP" in done.err


def test_what_is_no_wrong_use_but_fails_is_exit_code_1(filled: Wenyuan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenyuan.engine.opening.load_encoder", lambda name, threads: word_encoder("other@2"))
    done = filled("search", "x")
    assert done.code == 1
    assert "words@1" in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["add"],
        ["sync"],
        ["delete"],
        ["search"],
        ["ask"],
        ["eval"],
        ["models"],
        ["models", "list"],
        ["rules"],
        ["doctor"],
    ],
)
def test_help_of_every_command(wenyuan: Wenyuan, command: list[str]) -> None:
    done = wenyuan(*command, "--help")
    assert done.code == 0
    assert "Usage:" in done.out
    assert done.err == ""


def test_from_a_shell_with_the_shipped_model(tmp_path: Path) -> None:
    pytest.importorskip("wenyuan_models")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "zh.md").write_text("# 净水器\n\n滤芯每六个月更换一次。\n\n## 保修\n\n整机保修三年。\n", "utf-8")
    (docs / "en.md").write_text("# Router\n\nThe default password is printed on the bottom of the router.\n", "utf-8")
    path = os.pathsep.join(sys.path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WENYUAN_")}

    def shell(*arguments: str) -> Any:
        command = [sys.executable, "-c", "from wenyuan.cli import main; main()", *arguments, "--json"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, check=False, env={**environment, "PYTHONPATH": path}
        )
        assert done.returncode == 0, done.stderr.decode()
        assert done.stderr == b""
        return json.loads(done.stdout)

    assert len(shell("add", "docs")["added"]) == 2
    for question, document, part in [
        ("净水器的滤芯多久更换一次？", "docs/zh.md", "六个月"),
        ("Where is the default password of the router printed?", "docs/en.md", "on the bottom"),
    ]:
        answer = shell("ask", question)
        assert answer["decision"] == "ANSWERED", answer
        citation = answer["citations"][0]
        assert citation["document"] == document
        assert part in citation["quote"]
        text = (tmp_path / document).read_text("utf-8")
        assert citation["quote"] == text[citation["start"] : citation["end"]]
