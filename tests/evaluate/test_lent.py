"""A knowledge base that is borrowed for one question at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fakes import word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.evaluate.lent import Asked, compared, measure_lent, page_of
from wenyuan.evaluate.question_set import read_set
from wenyuan.settings import Settings
from wenyuan.types import Document

PATH = Path("support.jsonl")
ROWS = [
    {"question": "How long does the warranty last?", "document": "d0", "evidence": "lasts 0 months"},
    {"question": "When does the canteen open?", "document": "d1"},
    {"question": "Which colour has the submarine?", "answerable": False},
]
SET = "\n".join(map(json.dumps, ROWS))


@pytest.fixture(autouse=True)
def _no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenyuan.evaluate.lent.models_of", lambda settings, task: [])


@pytest.fixture
def kb(tmp_path: Path) -> Iterator[KnowledgeBase]:
    settings = Settings.model_validate({"rerank": {"model": "none", "coarse": 0}, "answer": {"confidence": 0.0}})
    with KnowledgeBase.open(tmp_path / "kb", settings=settings, encoder=word_encoder()) as made:
        texts = ["The warranty lasts 0 months.", "The canteen does open at noon.", "Nothing of note."]
        made.put([Document(f"d{n}", "", text, "md", "", 0.0) for n, text in enumerate(texts)])
        yield made


class Lender:
    """Lends it, and counts how often."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.kb, self.times, self.out = kb, 0, 0

    @contextmanager
    def __call__(self) -> Iterator[KnowledgeBase]:
        self.times, self.out = self.times + 1, self.out + 1
        yield self.kb
        self.out -= 1


def asked(text: str = SET) -> Asked:
    return Asked(read_set(text, PATH), PATH, "again", "kb")


def test_answers_are_judged_and_the_knowledge_base_is_given_back_in_between(kb: KnowledgeBase) -> None:
    lender, told = Lender(kb), list[tuple[int, int, int]]()
    made = measure_lent(lender, asked(), "answers", lambda n, of: told.append((n, of, lender.out)))
    assert told == [(1, 3, 0), (2, 3, 0), (3, 3, 0)]
    assert (made["data"], made["answers"], made["command"]) == ("kb", "support", "again")
    assert (made["n"], made["near_misses"], made["evidence"], made["changed"]) == (2, 1, 1.0, False)
    assert [row["evidence"] for row in made["questions"]] == ["lasts 0 months", None, None]
    page, scripts = page_of(made)
    assert "When does the canteen open?" in page
    assert all(f"<script>{each}</script>" in page for each in scripts)


def test_a_search_is_measured_at_each_stage(kb: KnowledgeBase) -> None:
    lender, told = Lender(kb), list[tuple[int, int]]()
    made = measure_lent(lender, asked(), "search", lambda n, of: told.append((n, of)))
    stages = [stage["name"] for stage in made["stages"]]
    assert stages[:3] == ["bm25", "dense", "fused"]
    assert told[-1] == (2 * len(stages), 2 * len(stages))
    assert len(told) == 2 * len(stages)
    assert made["metrics"]["r@10"] == 1.0
    page, scripts = page_of(made)
    assert len(scripts) == page.count("<script>") == 1


def test_what_changed_meanwhile_is_noted(kb: KnowledgeBase) -> None:
    def change(n: int, of: int) -> None:
        if n == 1:
            kb.put([Document("new", "", "New.", "md", "", 0.0)])

    assert measure_lent(Lender(kb), asked(), "answers", change)["changed"]


def test_runs_are_compared_with_runs_of_their_kind(kb: KnowledgeBase) -> None:
    lender = Lender(kb)
    before = [measure_lent(lender, asked(), measure, lambda n, of: None) for measure in ("answers", "search")]  # type: ignore[arg-type]
    kb.delete("d1")
    kb.put([Document("d1", "", "Nothing any more.", "md", "", 0.0)])
    after = measure_lent(lender, asked(), "answers", lambda n, of: None)
    gap = compared(after, before[0], "yesterday")
    assert (gap.n, gap.wins, gap.losses, gap.run) == (3, 0, 1, "yesterday")
    assert gap.changes[0].question == ROWS[1]["question"]
    with pytest.raises(WrongUse, match="like with like"):
        compared(after, before[1], "yesterday")
