"""Reading BEIR folders: both spellings, and every way a line can be wrong."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from wenyuan.errors import SourceError, WrongUse
from wenyuan.evaluate.beir import Passage, folder_and_qrels, read_corpus, read_judgements

CORPUS = '{"_id": "d1", "title": "T", "text": "一"}\n\n{"_id": "d2", "text": "two"}\n'
QUERIES = '{"_id": "q1", "text": "one?"}\n{"_id": "q2", "text": "two?"}\n'
QRELS = "query-id\tcorpus-id\tscore\nq2\td1\t2\nq2\td2\t0\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "corpus.jsonl").write_text(CORPUS, encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text(QUERIES, encoding="utf-8")
    (tmp_path / "qrels" / "dev.tsv").write_text(QRELS, encoding="utf-8")
    return tmp_path


def check(folder: Path) -> None:
    assert list(read_corpus(folder)) == [Passage("d1", "T", "一"), Passage("d2", "", "two")]
    judged = read_judgements(folder)
    assert judged.queries == {"q2": "two?"}
    assert judged.qrels == {"q2": {"d1": 2, "d2": 0}}


def test_plain_files(folder: Path) -> None:
    check(folder)


def test_compressed_files(folder: Path) -> None:
    for path in (folder / "corpus.jsonl", folder / "queries.jsonl", folder / "qrels" / "dev.tsv"):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    check(folder)


def test_judgements_without_a_header_line(folder: Path) -> None:
    (folder / "qrels" / "dev.tsv").write_text("q1\td1\t1\n")
    assert read_judgements(folder).qrels == {"q1": {"d1": 1}}


def test_which_judgements_are_read(folder: Path) -> None:
    qrels = folder / "qrels"
    (qrels / "train.tsv").write_text("q1\td1\t1\n")
    assert list(read_judgements(folder).qrels) == ["q2"]
    assert list(read_judgements(folder, qrels / "train.tsv").qrels) == ["q1"]
    (qrels / "test.tsv").write_text("q1\td2\t1\n")
    assert read_judgements(folder).qrels == {"q1": {"d2": 1}}
    (qrels / "test.tsv").unlink()
    (qrels / "dev.tsv").rename(qrels / "mono.tsv")
    with pytest.raises(WrongUse, match=r"mono\.tsv, train\.tsv: name"):
        read_judgements(folder)
    with pytest.raises(WrongUse, match="no file"):
        read_judgements(folder, qrels / "none.tsv")


@pytest.mark.parametrize("named", ["dev.tsv", "qrels/dev.tsv", "extra/more.tsv", "qrels/packed.tsv"])
def test_judgements_are_found_from_the_folder_too(folder: Path, named: str) -> None:
    (folder / "extra").mkdir()
    (folder / "extra" / "more.tsv").write_text(QRELS)
    (folder / "qrels" / "packed.tsv.gz").write_bytes(gzip.compress(QRELS.encode()))
    assert list(read_judgements(folder, Path(named)).qrels) == ["q2"]


def test_what_is_named_from_here_comes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    (folder.parent / "dev.tsv").write_text("q1\td1\t1\n")
    assert list(read_judgements(folder, Path("dev.tsv")).qrels) == ["q1"]


def test_where_missing_judgements_were_looked_for_is_said(folder: Path) -> None:
    with pytest.raises(WrongUse, match=f"no file none.tsv, nor is it in {folder} or {folder}/qrels: name one"):
        read_judgements(folder, Path("none.tsv"))


def test_a_set_is_named_by_its_folder_or_its_judgements(folder: Path) -> None:
    dev = folder / "qrels" / "dev.tsv"
    assert folder_and_qrels(folder) == (folder, None)
    assert folder_and_qrels(dev) == (folder, dev)
    assert folder_and_qrels(folder / "dev.tsv") == (folder, dev)
    with pytest.raises(WrongUse, match=f"no file none.tsv, nor is it in {folder}"):
        folder_and_qrels(folder / "none.tsv")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "no JSON"),
        ("[1]", "no JSON object"),
        ('{"text": "x"}', "'_id' is missing"),
        ('{"_id": 3, "text": "x"}', "'_id' is no string"),
        ('{"_id": "d3"}', "'text' is missing"),
        ('{"_id": "d1", "text": "x"}', "twice"),
    ],
)
def test_a_malformed_passage_is_named_with_its_line(folder: Path, line: str, message: str) -> None:
    (folder / "corpus.jsonl").write_text(CORPUS + line, encoding="utf-8")
    with pytest.raises(SourceError, match=rf"corpus\.jsonl, line 4: .*{message}"):
        list(read_corpus(folder))


@pytest.mark.parametrize(
    ("line", "message"), [("q1 d1 1", "tabs"), ("q1\td1", "tabs"), ("q1\td1\thigh", "whole"), ("q9\td1\t1", "q9")]
)
def test_a_malformed_judgement_is_named_with_its_line(folder: Path, line: str, message: str) -> None:
    (folder / "qrels" / "dev.tsv").write_text(QRELS + line)
    with pytest.raises(SourceError, match=rf"dev\.tsv, line 4: .*{message}"):
        read_judgements(folder)


def test_unreadable_files_are_named(folder: Path) -> None:
    (folder / "queries.jsonl").write_bytes(b'{"_id": "q1", "text": "\xff"}')
    with pytest.raises(SourceError, match="UTF-8"):
        read_judgements(folder)
    (folder / "corpus.jsonl").unlink()
    with pytest.raises(WrongUse, match="lacks corpus"):
        list(read_corpus(folder))
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(CORPUS.encode())[:-12])
    with pytest.raises(SourceError, match="cannot be read"):
        list(read_corpus(folder))


def test_the_development_sets_are_read(shared_data: Path) -> None:
    folder = shared_data / "retrieval" / "faq-manual"
    assert sum(1 for _ in read_corpus(folder)) == 7299
    assert len(read_judgements(folder, folder / "qrels" / "mono.tsv").queries) == 267
