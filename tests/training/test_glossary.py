"""Texts side by side become entries of a glossary."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from commands import run
from wenyuan.errors import SourceError, WrongUse
from wenyuan.glossary import read_entries
from wenyuan.training.glossary import learn_glossary

SENTENCES = {"阀门": "Valves", "水泵": "pumps", "滤芯": "filters", "电机": "motors"}
ACTS = {"清洗": "clean", "更换": "replace", "检查": "check"}
PAIRS = [
    (f"请{act}{part}。", f"Please {verb} the {name}.")
    for (act, verb), (part, name) in itertools.product(ACTS.items(), SENTENCES.items())
]


def test_each_word_is_found_as_it_is_mostly_written() -> None:
    found = {entry.chinese: entry.english for entry in learn_glossary(PAIRS)}
    assert found == {**ACTS, **{part: name.lower() for part, name in SENTENCES.items()}}
    assert all(0 < entry.weight <= 1 for entry in learn_glossary(PAIRS))


def test_lines_side_by_side_teach_as_texts_of_their_own() -> None:
    whole = ["\n".join(column) for column in zip(*PAIRS, strict=True)]
    assert learn_glossary([(whole[0], whole[1])]) == learn_glossary(PAIRS)


@pytest.mark.parametrize("pairs", [[], [("", "")], [("请", "Please")], [("清洗 ABC", "ABC")], PAIRS[:1]])
def test_too_little_is_said_to_be(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(WrongUse, match="give"):
        learn_glossary(pairs)


def test_the_command_writes_a_file_that_a_knowledge_base_reads(tmp_path: Path) -> None:
    data, out = tmp_path / "pages.jsonl", tmp_path / "glossary.tsv"
    data.write_text("".join(json.dumps({"zh": zh, "en": en}) + "\n" for zh, en in PAIRS))
    printed = json.loads(run("train", "glossary", "--data", data, "--out", out, "--json").stdout)
    assert {entry["english"] for entry in printed["entries"]} == {entry.english for entry in read_entries(out)}
    with pytest.raises(WrongUse, match="is there already"):
        run("train", "glossary", "--data", data, "--out", out)
    out.unlink()
    assert "7 entries" in run("train", "glossary", "--data", data, "--out", out).stdout
    data.write_text('{"zh": "阀门"}')
    with pytest.raises(SourceError, match="line 1: it needs the texts zh and en"):
        run("train", "glossary", "--data", data, "--out", tmp_path / "other.tsv")
    with pytest.raises(WrongUse, match="There is no file"):
        run("train", "glossary", "--data", tmp_path / "none", "--out", tmp_path / "other.tsv")
