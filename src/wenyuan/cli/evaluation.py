"""Judged questions asked of a knowledge base: one's own, or one of a BEIR corpus, made in the user's cache.

What `wenyuan eval` and `wenyuan models compare|accept` have in common.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from wenyuan.engine import KnowledgeBase
from wenyuan.errors import WrongUse
from wenyuan.evaluate import (
    Comparison,
    Evaluation,
    compare,
    contender,
    evaluate,
    gather,
    read_corpus,
    read_judgements,
    sample,
)
from wenyuan.evaluate.beir import has_corpus
from wenyuan.evaluate.rerankers import documents
from wenyuan.evaluate.run import OnQuestion, Search
from wenyuan.models import load_encoder
from wenyuan.settings import Settings, read_settings
from wenyuan.text.bm25 import ANALYSER
from wenyuan.types import Document, Hit, Query

_DEPTH = 100  # documents ranked for each question


def evaluate_beir(
    data: Path,
    qrels: Path | None = None,
    *,
    legs: Sequence[str],
    rerank: bool = True,
    limit: int | None = None,
    on_question: OnQuestion | None = None,
) -> Evaluation:
    """Judge the engine as it is set by the environment; the corpus is encoded once and kept for the next run."""
    judgements = sample(read_judgements(data, qrels), limit)
    with open_corpus(data, corpus_settings(data)) as kb:
        return evaluate(data.name, judgements, ask_corpus(kb, legs, rerank), on_question)


def compare_rerankers(
    names: Sequence[str],
    data: Path,
    *,
    kb: Path | None = None,
    qrels: Path | None = None,
    limit: int | None = None,
    depth: int | None = None,
    on_question: OnQuestion | None = None,
) -> Comparison:
    """Measure rerankers over `depth` hits a question (default: as many as are reranked) of the same first stage.

    Without a corpus in `data`, the questions are asked of the knowledge base `kb`, whose documents they judge.
    """
    settings = read_settings(data if kb is None or has_corpus(data) else kb).rerank
    contenders = [contender(name, settings.threads, settings.runtime) for name in names]
    judgements = sample(read_judgements(data, qrels), limit)
    with _asked(data, kb) as base:
        known = {info.id for info in base.documents()}
        if known.isdisjoint(document for grades in judgements.qrels.values() for document in grades):
            raise WrongUse(f"No document that {data} judges is in {kb or data}: name documents by their ids there.")

        def find(question: str) -> tuple[Query, Sequence[Hit], float]:
            result = base.search(question, depth or settings.fine, rerank_ms=0, rules=False)
            return result.query, result.hits, sum(result.timings_ms.values())

        candidates = gather(data.name, judgements, find, on_question)
    return compare(candidates, contenders, settings.weight, on_question)


def _asked(data: Path, kb: Path | None) -> KnowledgeBase:
    if has_corpus(data):
        return open_corpus(data, corpus_settings(data))
    if kb is None:
        raise WrongUse(f"{data} has no corpus.jsonl: name the knowledge base that its questions are about with --kb.")
    return KnowledgeBase.open(kb, create=False)


def corpus_settings(data: Path) -> Settings:
    """The settings for a corpus of judged passages."""
    settings = read_settings(data)
    # A near-identical passage may be judged relevant in its own right: only identical ones are left out here.
    return settings.model_copy(update={"fuse": settings.fuse.model_copy(update={"duplicate": 1.0})})


def ask_corpus(kb: KnowledgeBase, legs: Sequence[str], rerank: bool = True) -> Search:
    """Rank documents by their best chunk, with the settings' reranker or without."""

    def search(question: str) -> tuple[list[str], Mapping[str, float]]:
        result = kb.search(question, _DEPTH, legs=legs, rerank=rerank)
        return documents(result.hits), result.timings_ms

    return search


def open_corpus(data: Path, settings: Settings) -> KnowledgeBase:
    """The knowledge base of a BEIR corpus, from the cache where it was made before with the same model and chunks."""
    encoder = load_encoder(settings.encoder.model, threads=settings.encoder.threads)
    corpus = [Document(p.id, p.title, p.text, "beir", "", 0.0) for p in read_corpus(data)]
    made_with = (encoder.id, ANALYSER, settings.chunk, *(["token vectors"] if settings.rerank.coarse else []))
    key = hashlib.sha256(repr(made_with).encode())
    for document in corpus:
        key.update(f"{document.id}\0{document.title}\0{document.text}\0".encode())
    folder = _cache() / f"{data.name}-{key.hexdigest()[:16]}"
    kb = KnowledgeBase.open(folder, settings=settings, encoder=encoder)
    if len(kb.documents()) < len(corpus):
        kb.put(corpus)
    return kb


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "wenyuan" / "eval"
