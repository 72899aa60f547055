"""Where examples come from: a knowledge base, a data set, questions with evidence, loose passages.

What is found for a query and is no answer becomes its hard negative, so the first stage of the engine is the search
that they are mined with.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from wenyuan.chunk import chunk
from wenyuan.engine import KnowledgeBase
from wenyuan.evaluate import read_corpus, read_judgements
from wenyuan.evaluate.answers import read_cases
from wenyuan.evaluate.beir import Passage
from wenyuan.evaluate.judged import Task, all_qrels, corpus_settings, open_corpus
from wenyuan.models import load_encoder
from wenyuan.settings import read_settings
from wenyuan.text.language import language
from wenyuan.training.data.builders import HeadedPart, from_headings, from_judgements, inverse_cloze, sections
from wenyuan.training.data.evidence import from_cases
from wenyuan.training.data.examples import Example
from wenyuan.training.data.mine import Retrieve, Retrieved, mine
from wenyuan.training.data.reading import ReadingExample
from wenyuan.types import Chunk, Document

DEPTH = 30  # hits from which hard negatives are drawn


def from_kb(folder: Path, negatives: int, seed: int) -> list[Example]:
    """Headings and cloze sentences of all documents of a knowledge base, for the passages below them."""
    with KnowledgeBase.open(folder, create=False) as base:
        parts: list[HeadedPart] = []
        for info in base.documents():
            text = base.read(info.id, 0, sys.maxsize)
            parts += sections(info.id, info.title, text, language(text))
        cloze = inverse_cloze(((part.document, part.text) for part in parts), "kb-cloze", seed)
        pairs = [*from_headings(parts, "kb-heading"), *cloze]
        return list(mine(pairs, search_of(base, headed=False), negatives=negatives, depth=DEPTH, seed=seed))


def from_beir(folder: Path, qrels: Path, negatives: int, seed: int) -> list[Example]:
    """The judged queries of a data set, with the passages that the engine finds for them."""
    judgements = read_judgements(folder, qrels)
    passages = {passage.id: headed_text(passage) for passage in read_corpus(folder)}
    pairs = list(from_judgements(judgements.queries, judgements.qrels, passages, source=folder.name))
    with open_corpus(folder, read_settings(folder)) as base:
        return list(mine(pairs, search_of(base), negatives=negatives, depth=DEPTH, seed=seed))


def from_evidence(folder: Path, cases: Path, origins: Mapping[str, str] | None = None) -> list[ReadingExample]:
    """The questions of a file as `wenyuan eval --answers` reads it, and their near-misses, over the corpus of a folder.

    Negatives are what the first stage finds; `origins` as `from_cases` has them.
    """
    asked, settings = read_cases(cases), corpus_settings(folder)
    count_tokens = load_encoder(settings.encoder.model, threads=settings.encoder.threads).count_tokens
    documents = {each.id: Document(each.id, each.title, each.text, "beir", "", 0.0) for each in read_corpus(folder)}

    def chunks_of(document: str) -> list[Chunk]:
        return chunk(documents[document], count_tokens, size=settings.chunk.size, overlap=settings.chunk.overlap)

    with open_corpus(folder, settings) as base:

        def find(query: str) -> list[Chunk]:
            return [hit.chunk for hit in base.search(query, DEPTH, rerank=False).hits]

        known = [case for case in asked if case.passage in documents]
        return list(from_cases(known, chunks_of, find, all_qrels(Task(folder)), origins, folder.name))


def search_of(base: KnowledgeBase, headed: bool = True) -> Retrieve:
    """The first stage of a knowledge base, by documents and the texts of their chunks, with headings or without."""

    def search(query: str) -> list[Retrieved]:
        hits = base.search(query, DEPTH, rerank_ms=0).hits
        return [(hit.chunk.document, hit.chunk.encoded if headed else hit.chunk.text, hit.score) for hit in hits]

    return search


@contextmanager
def searched(name: str, passages: Sequence[Passage]) -> Iterator[Retrieve]:
    """The first stage over these passages, which are encoded once and kept in the cache of `wenyuan eval`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / name
        folder.mkdir()
        with (folder / "corpus.jsonl").open("w", encoding="utf-8") as file:
            for passage in passages:
                file.write(json.dumps({"_id": passage.id, "title": passage.title, "text": passage.text}) + "\n")
        with open_corpus(folder, read_settings(folder)) as base:
            yield search_of(base)


def headed_text(passage: Passage) -> str:
    """A passage as a reranker reads it: a line of its title, if it has one, then its text."""
    return "\n".join(part for part in (passage.title, passage.text) if part)
