"""A house's own terms in two languages: where they are found, and what is no entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenyuan.errors import WrongUse
from wenyuan.glossary import Entry, OwnGlossary, read_entries, written
from wenyuan.text.words import content_words

TERMS = OwnGlossary(
    [Entry("固件刷写", "firmware flashing"), Entry("看门狗", "watchdog", 0.5), Entry("集群", "cluster")]
)


def test_a_term_of_several_words_is_found_within_a_question_of_either_language() -> None:
    assert TERMS.translations("怎么做固件刷写？") == {"firmwar": 1.0, "flash": 1.0}
    assert set(TERMS.translations("Is Firmware Flashing reversible?")) == set(content_words("固件刷写"))
    assert TERMS.translations("the watchdogs bite")["看门狗"] == 0.5


@pytest.mark.parametrize("question", ["", "firmware", "固件", "a flash of firmware", "clusterin"])
def test_a_part_of_a_term_is_not_the_term(question: str) -> None:
    assert TERMS.translations(question) == {}


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    entries = [Entry("集群", "cluster"), Entry("节点 池", "node pool", 0.25)]
    file = tmp_path / "glossary.tsv"
    file.write_text(f"\ufeff# ours\n\n{written(entries)}阀门\tvalve\n", "utf-8")
    assert read_entries(file) == [*entries, Entry("阀门", "valve")]
    assert read_entries(tmp_path / "none.tsv") == []


@pytest.mark.parametrize(
    "line",
    [
        "集群",
        "集群 cluster",
        "cluster\t集群",
        "集群\t集群",
        "集群\t",
        "集群\t!!",
        "集群\tcluster\t2",
        "集群\tcluster\tx",
        "集群\tcluster\t0",
        "集群\tcluster\t1\t1",
    ],
)
def test_a_line_that_is_no_entry_is_named_with_the_mend(tmp_path: Path, line: str) -> None:
    file = tmp_path / "glossary.tsv"
    file.write_text(f"阀门\tvalve\n{line}\n", "utf-8")
    with pytest.raises(WrongUse, match=r"glossary\.tsv, line 2.*write a Chinese term, a tab"):
        read_entries(file)


def test_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "glossary.tsv"
    file.write_bytes("集群\tcluster".encode("gb18030"))
    with pytest.raises(WrongUse, match="save it as UTF-8"):
        read_entries(file)
