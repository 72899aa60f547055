"""The sample company: its files are read without loss and small, its questions are of what stands in them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from wenyuan import sample
from wenyuan.errors import SourceError
from wenyuan.load import load
from wenyuan.load.discover import SIDECAR
from wenyuan.load.formats import PARSERS
from wenyuan.types import Document

LEAFLET = "sales/春季活动宣传单（扫描件）.pdf"
READ = [each for each in sample.documents() if each != LEAFLET]
QUESTIONS: list[dict[str, Any]] = [json.loads(line) for line in sample.QUESTIONS.read_text("utf-8").splitlines()]
ANSWERED = [each for each in QUESTIONS if "document" in each]
MOST, MOST_PDF = 1_000_000, 150_000  # bytes, of all and of one


@cache
def read(id: str) -> Document:
    path = sample.FILES / id
    beside = path.with_name(path.name + SIDECAR)
    return load(path, id=id, metadata=json.loads(beside.read_text("utf-8")) if beside.exists() else {})


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def is_chinese(text: str) -> bool:
    return sum("\u4e00" <= character <= "\u9fff" for character in text) > len(text) / 10


def test_there_are_twenty_documents_by_their_paths() -> None:
    ids = sample.documents()
    assert len(ids) == 20
    assert ids == sorted(ids)
    assert "manuals/CW-300 变频泵使用手册.pdf" in ids
    assert not any(each.endswith(".meta.json") for each in ids)


def test_a_copy_has_every_file_and_takes_the_place_of_one_before(tmp_path: Path) -> None:
    before = tmp_path / "files" / "people" / "休假制度.docx"
    before.parent.mkdir(parents=True)
    before.write_bytes(b"half of it")
    sample.copy(tmp_path / "files")
    theirs = {path.relative_to(sample.FILES) for path in sample.FILES.rglob("*") if path.is_file()}
    assert {
        path.relative_to(tmp_path / "files") for path in (tmp_path / "files").rglob("*") if path.is_file()
    } == theirs
    assert all((tmp_path / "files" / each).read_bytes() == (sample.FILES / each).read_bytes() for each in theirs)


@pytest.mark.parametrize("id", READ)
def test_a_document_is_read_without_loss(id: str) -> None:
    document = read(id)
    assert document.text.strip()
    assert document.warnings == ()
    assert "\ufffd" not in document.text
    assert document.title


def test_the_scanned_leaflet_says_that_it_cannot_be_read() -> None:
    with pytest.raises(SourceError, match="it holds no text, only images"):
        read(LEAFLET)


def test_every_format_is_there_and_half_are_chinese() -> None:
    assert {read(each).type for each in READ} == PARSERS.keys()
    assert sum(is_chinese(read(each).text) for each in READ) == 10


@pytest.mark.parametrize("id", [each for each in READ if each.endswith(".pdf")])
def test_a_manual_has_several_pages(id: str) -> None:
    pages = {mark.page for mark in read(id).marks}
    assert 3 <= len(pages) <= 6


def test_one_policy_is_there_as_it_was_and_as_it_is() -> None:
    before, now = (read(f"service/保修政策（{year}版）.md").metadata for year in (2024, 2026))
    assert (before["valid_to"], now["valid_from"]) == ("2025-12-31", "2026-01-01")
    assert "valid_to" not in now


def test_all_together_are_small() -> None:
    sizes = {path: path.stat().st_size for path in sample.FILES.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < MOST
    assert max(size for path, size in sizes.items() if path.suffix == ".pdf") < MOST_PDF


def test_there_are_forty_questions_in_two_languages() -> None:
    assert len({each["question"] for each in QUESTIONS}) == 40
    for language in ("zh", "en"):
        own = [each for each in QUESTIONS if each["language"] == language]
        assert len(own) == 20
        assert all(is_chinese(each["question"]) == (language == "zh") for each in own)
        assert sum("document" not in each for each in own) == 3
        foreign = [each for each in own if "document" in each and language not in languages(each)]
        assert len(foreign) == 3


def languages(question: dict[str, Any]) -> set[str]:
    return {"zh" if is_chinese(read(each).text) else "en" for each in listed(question["document"])}


@pytest.mark.parametrize("question", ANSWERED, ids=[each["question"] for each in ANSWERED])
def test_the_evidence_of_a_question_stands_in_its_documents(question: dict[str, Any]) -> None:
    texts = [read(each).text for each in listed(question["document"])]
    facts = listed(question["contains"])
    assert all(any(fact in text for fact in facts) for text in texts)
    assert all(any(fact in text for text in texts) for fact in facts)


def test_sidecars_are_beside_documents() -> None:
    beside = list(sample.FILES.rglob(f"*{SIDECAR}"))
    assert beside
    assert all(Path(str(path).removesuffix(SIDECAR)).is_file() for path in beside)
