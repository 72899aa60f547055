"""A folder of documents with a knowledge base beside it, for several modules of the house."""

from __future__ import annotations

from pathlib import Path

from fakes import WordEncoder, word_encoder
from wenyuan.engine import KnowledgeBase
from wenyuan.settings import Settings
from wenyuan.types import Filter


class House:
    """A folder of documents with a knowledge base beside it."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.docs = base / "docs"
        self.docs.mkdir()
        self.encoder = word_encoder()
        self.kb = self.open()

    def open(self, encoder: WordEncoder | None = None, **options) -> KnowledgeBase:
        settings = Settings.model_validate({"answer": {"confidence": 0.0}})
        return KnowledgeBase.open(self.base / "kb", encoder=encoder or self.encoder, settings=settings, **options)

    def reopen(self, **options) -> None:
        self.kb.close()
        self.kb = self.open(**options)

    def write(self, name: str, text: str) -> Path:
        path = self.docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def found(self, question: str, filter: Filter | None = None, legs: tuple[str, ...] = ("bm25",)) -> list[str]:
        """The documents whose chunks hold a word of the question."""
        hits = self.kb.search(question, 50, filter=filter, legs=legs).hits
        return sorted({hit.chunk.document for hit in hits})


def assert_agrees(house: House) -> None:
    with house.open() as kb:
        assert kb.check().problems == []


def ids(*names: str) -> list[str]:
    return [f"docs/{name}" for name in names]


ZH, VALVE, PUMP = ids("zh/泵.md", "zh/阀.txt", "en/pump.md")
LIBRARY = [
    (ZH, "# 泵\n\n滤芯型号是 PPR-9087。", {"product": "X100", "date": "2024-03-01", "year": 2024}),
    (VALVE, "滤芯型号是 PPR-9086。", {"product": "X200", "date": "2023-03-01", "year": 2023}),
    (PUMP, "# Pump\n\nFilter PPR-9087.", {"product": "X100", "date": "2025-03-01", "tags": ["a", "b"]}),
]
