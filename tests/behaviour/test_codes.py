"""Codes and model numbers in any spelling: the passage about the code asked for comes first, never a sibling's.

`data/codes.jsonl` holds passages {"id", "text"} and questions {"question", "answer": id}.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyuan.engine import KnowledgeBase
from wenyuan.settings import Settings
from wenyuan.text.language import language
from wenyuan.types import Document

CODES = Path(__file__).parents[1] / "data" / "codes.jsonl"
ROWS = [json.loads(line) for line in CODES.read_text("utf-8").splitlines()]
PASSAGES = {row["id"]: row["text"] for row in ROWS if "id" in row}
QUESTIONS = [(row["question"], row["answer"]) for row in ROWS if "question" in row]


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    """The passages under the shipped model and default settings."""
    with KnowledgeBase.open(tmp_path_factory.mktemp("codes") / "kb", settings=Settings()) as kb:
        kb.put(
            Document(id=f"passage {n}", title="", text=text, type="txt", content_hash=str(n), time=0.0)
            for n, text in enumerate(PASSAGES.values())
        )
        yield kb


def test_the_set_is_as_large_as_it_claims() -> None:
    asked = [language(question) for question, _ in QUESTIONS]
    assert len(PASSAGES) >= 120
    assert len(QUESTIONS) >= 60
    assert min(asked.count("zh"), asked.count("en")) >= 30
    assert {answer for _, answer in QUESTIONS} <= set(PASSAGES)


def test_the_passage_about_the_code_comes_first(codes: KnowledgeBase) -> None:
    wrong = [
        f"{question} → {hits[0].chunk.text}, not {PASSAGES[answer]}"
        for question, answer in QUESTIONS
        if (hits := codes.search(question, 3).hits)[0].chunk.text != PASSAGES[answer]
    ]
    assert wrong == []
