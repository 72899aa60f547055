"""`wenyuan eval`: a BEIR corpus becomes a knowledge base in the user's cache, which is asked the judged questions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from wenyuan.engine import KnowledgeBase
from wenyuan.evaluate import Evaluation, evaluate, read_corpus, read_judgements, sample
from wenyuan.evaluate.run import OnQuestion, Search
from wenyuan.models import load_encoder
from wenyuan.settings import Settings, read_settings
from wenyuan.text.bm25 import ANALYSER
from wenyuan.types import Document

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
    settings = read_settings(data)
    # A near-identical passage may be judged relevant in its own right: only identical ones are left out here.
    settings = settings.model_copy(update={"fuse": settings.fuse.model_copy(update={"duplicate": 1.0})})
    with open_corpus(data, settings) as kb:
        return evaluate(data.name, judgements, ask_corpus(kb, legs, rerank), on_question)


def ask_corpus(kb: KnowledgeBase, legs: Sequence[str], rerank: bool = True) -> Search:
    """Rank documents by their best chunk, with the settings' reranker or without."""

    def search(question: str) -> tuple[list[str], Mapping[str, float]]:
        result = kb.search(question, _DEPTH, legs=legs, rerank_ms=None if rerank else 0)
        return list(dict.fromkeys(hit.chunk.document for hit in result.hits)), result.timings_ms

    return search


def open_corpus(data: Path, settings: Settings) -> KnowledgeBase:
    """The knowledge base of a BEIR corpus, from the cache where it was made before with the same model and chunks."""
    encoder = load_encoder(settings.encoder.model, threads=settings.encoder.threads)
    corpus = [Document(p.id, p.title, p.text, "beir", "", 0.0) for p in read_corpus(data)]
    key = hashlib.sha256(repr((encoder.id, ANALYSER, settings.chunk)).encode())
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
