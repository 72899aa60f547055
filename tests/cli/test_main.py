"""The command line: shapes of its JSON, exit codes, one sentence an error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI

from commands import Wenyuan
from fakes import word_encoder
from judged_sets import write_set
from llm_server import llm_server


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
    "passed_over": {},
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
    "answer": "NoneType",
    "corrected": "bool",
}


def test_add_sync_and_delete_report_alike(stocked: Wenyuan) -> None:
    added = stocked("add", "docs", "--json", "--meta", "product=X100,X200").json
    assert shape(added) == REPORT
    assert added["added"] == ["docs/pump.md", "docs/泵.md"]
    Path("docs/pump.md").rename("docs/moved.md")
    Path("docs/empty.md").write_text("")
    done = stocked("sync", "--json")
    assert done.code == 1, "a file could not be read"
    synced = json.loads(done.out)
    assert synced["moved"] == [["docs/pump.md", "docs/moved.md"]]
    assert list(synced["failed"]) == ["docs/empty.md"]
    deleted = stocked("delete", "docs/moved.md", "--json").json
    assert shape(deleted) == REPORT
    assert deleted["deleted"] == ["docs/moved.md"]


def test_search_shape(filled: Wenyuan) -> None:
    found = filled("search", "滤芯 ppr9087", "--json").json
    assert found["query"] == "滤芯 ppr9087"
    assert list(found) == ["query", "rewritten", "intent", "constraints", "hits", "notes", "rules", "timings_ms"]
    assert {"understand", "encode", "recall"} <= set(found["timings_ms"])
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
    assert {"understand", "encode", "recall", "judge"} <= set(answer["timings_ms"])
    citation = answer["citations"][0]
    assert citation["quote"] == Path(citation["document"]).read_text("utf-8")[citation["start"] : citation["end"]]


def test_the_row_of_a_table_is_shown_and_printed(stocked: Wenyuan) -> None:
    Path("docs/prices.csv").write_text("code,note\nA1,The old pump.\n\nZX-7,The valve ZX-7 holds nine bars.\n", "utf-8")
    stocked("add", "docs")
    [citation] = stocked("ask", "What does the valve ZX-7 hold?", "--json").json["citations"]
    assert (citation["page"], citation["sheet"], citation["row"]) == (None, None, 4)
    assert "[1] docs/prices.csv › prices, row 4, characters " in stocked("ask", "What does the valve ZX-7 hold?").out
    assert "1. docs/prices.csv, row 1 " in stocked("search", "valve ZX-7").out


def test_conditions_of_the_question_are_shown_and_can_be_left_out(filled: Wenyuan) -> None:
    def documents(found: dict[str, Any]) -> set[str]:
        return {hit["document"] for hit in found["hits"]}

    question = "《Pump》 滤芯 warranty"
    narrow, wide = (filled("search", question, "--json", *more).json for more in ([], ["--no-constraints"]))
    assert (narrow["constraints"], documents(narrow)) == (["Pump"], {"docs/pump.md"})
    assert (wide["constraints"], documents(wide)) == ([], {"docs/pump.md", "docs/泵.md"})
    lost = filled("why", question, "--doc", "docs/泵.md", "--json").json
    assert (lost["stage"], lost["changes"][0]["without"]) == ("filtered", {"phrases": ["Pump"], "rules": []})
    assert filled("why", question, "--doc", "docs/泵.md", "--no-constraints", "--json").json["stage"] == "found"
    assert filled("ask", question, "--no-constraints").code == 0


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


def test_eval_shape(stocked: Wenyuan, tmp_path: Path) -> None:
    names = [str(n) for n in range(5)]
    data = write_set(
        tmp_path / "set",
        {n: f"word{n} text" for n in names},
        {f"q{n}": f"word{n}" for n in names},
        {f"q{n}": {n: 1} for n in names},
    )
    judged = stocked("eval", str(data), "--json").json
    assert {"data", "n", "metrics", "intervals", "latency_ms", "peak_mb"} <= set(judged)
    assert judged["n"] == 5
    assert {"ndcg@10", "mrr@10", "p@10", "r@10", "r@100"} <= set(judged["metrics"])
    assert judged["metrics"]["r@100"] == 1.0
    assert set(judged["intervals"]) == set(judged["metrics"])
    assert all(low <= high for low, high in judged["intervals"].values())
    first_stage = stocked("eval", str(data), "--no-rerank", "--json").json
    assert first_stage["metrics"] == judged["metrics"]  # no reranker is set


def test_doctor_and_models_shapes(filled: Wenyuan) -> None:
    health = filled("doctor", "--json").json
    assert shape(health) == {"documents": "int", "chunks": "int", "version": "int", "model": "str", "problems": "list"}
    assert filled("doctor", "--rebuild", "--json").json == health
    assert filled("models", "list", "--json").json


def pong(body: dict[str, Any]) -> dict[str, Any]:
    """All that the endpoint says."""
    return {"content": "pong"}


def test_an_endpoint_is_looked_at_in_lines_and_kept_where_there_is_a_knowledge_base(
    wenyuan: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with llm_server(pong) as (url, _):
        lines = wenyuan("doctor", "--llm", url).out
        assert "no tools Calls no functions (says nothing of it)." in " ".join(lines.split())
        assert "Not kept" in lines
        assert wenyuan("doctor", "--llm", url, "--json").json["file"] is None
        Path("kb").mkdir()
        found = wenyuan("doctor", "--llm", url, "--json").json
    assert set(found) == {"model", "url", "findings", "profile", "file"}
    assert found["file"] == "kb/endpoints.json"
    kept = json.loads(Path("kb/endpoints.json").read_text("utf-8"))
    assert kept[f"m@{url}"]["tools"] == "none"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_password_or_key_of_an_endpoints_url_is_shown_or_kept(
    wenyuan: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kb").mkdir()
    with llm_server(pong) as (url, seen):
        done = wenyuan("doctor", "--llm", url.replace("://", "://user:hunter2@") + "?api_key=hunter3", *options)
    shown = f"{url.replace('://', '://***@')}?api_key=***"
    assert seen
    assert shown in done.out
    assert "hunter" not in done.out + done.err
    [kept] = json.loads(Path("kb/endpoints.json").read_text("utf-8"))
    assert kept.startswith(f"m@{shown} (")
    assert "hunter" not in kept


def test_an_endpoint_that_stands_in_is_asked_with_its_own_key_and_model(
    wenyuan: Wenyuan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("kb").mkdir()
    with llm_server(lambda body: 500) as (url, seen):
        settings = f"""
            [llm]
            url = "http://127.0.0.1:9/v1"
            model = "first"
            key = "of-the-first"
            [[llm.fallbacks]]
            url = "{url}"
            model = "second"
            key = "of-the-second"
        """
        Path("kb/wenyuan.toml").write_text(settings, "utf-8")
        keys: list[str] = []
        make = AsyncOpenAI.__init__

        def noted(self: AsyncOpenAI, **given: Any) -> None:
            keys.append(given["api_key"])
            make(self, **given)

        monkeypatch.setattr(AsyncOpenAI, "__init__", noted)
        done = wenyuan("doctor", "--llm", url)
    assert (done.code, "out of order" in done.err) == (1, True)
    assert {*keys} == {"of-the-second"}
    assert {body["model"] for body in seen} == {"second"}


@pytest.mark.parametrize("options", [["--model", "m"], ["--window", "4096"]])
def test_options_of_an_endpoint_need_one(wenyuan: Wenyuan, options: list[str]) -> None:
    done = wenyuan("doctor", *options)
    assert (done.code, "--llm" in done.err) == (2, True)


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
def test_a_wrong_command_line_is_exit_code_2(stocked: Wenyuan, arguments: list[str]) -> None:
    done = stocked(*arguments)
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
