"""What summaries of sections add as a third leg, by their weight, and what the first stage gets without them.

    python benchmarks/summaries.py DATA FOLDER [--limit 200] [--others 1200]

First stage only. Of each corpus, the judged documents of the questions and `--others` more (seed 0) are put into a
knowledge base in FOLDER: encoding every sentence of a whole corpus takes long. Differences are from fusion without
summaries, paired.
"""

from __future__ import annotations

import argparse
import platform
import random
from pathlib import Path

import numpy as np

from wenyuan.engine import KnowledgeBase
from wenyuan.evaluate import read_corpus, read_judgements, sample
from wenyuan.evaluate.beir import Judgements
from wenyuan.evaluate.bootstrap import difference
from wenyuan.evaluate.metrics import Run, measure
from wenyuan.evaluate.rerankers import documents
from wenyuan.recall import SUMMARY
from wenyuan.settings import Settings
from wenyuan.types import Document

SETS = {"faq-manual": "mono.tsv", "squad-en": "dev.tsv"}
SHARES = (0.1, 0.2, 0.3, 0.5)
METRICS = ("ndcg@10", "r@10")
FIRST = ("bm25", "dense")


def main() -> None:
    """Print a Markdown table a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--others", type=int, default=1200)
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, seed 0")
    for name, qrels in SETS.items():
        data, folder = options.data / "retrieval" / name, options.folder / name
        judged = sample(read_judgements(data, data / "qrels" / qrels), options.limit)
        fill(folder, data, judged, options.others)
        plain, _ = asked(folder, judged, 0.0, FIRST)
        print(f"\n### {name}, n = {len(judged.queries)}, first stage\n\n| system | {' | '.join(METRICS)} | ms |")
        print("|---" * (len(METRICS) + 2) + "|")
        systems = {"fused": (0.0, FIRST), "summaries alone": (0.0, (SUMMARY,))}
        systems |= {f"+ summaries {share}": (share, (*FIRST, SUMMARY)) for share in SHARES}
        for system, (share, legs) in systems.items():
            run, ms = asked(folder, judged, share, legs)
            print(f"| {system} | {' | '.join(cell(metric, run, plain, judged) for metric in METRICS)} | {ms:.1f} |")


def settings(share: float) -> Settings:
    given = {"fuse": {"duplicate": 1.0, "summary": share}, "rerank": {"model": "none"}, "recall": {"summaries": True}}
    return Settings.model_validate({**given, "understand": {"constraints": False, "intent": "none"}})


def fill(folder: Path, data: Path, judged: Judgements, others: int) -> None:
    corpus = {passage.id: passage for passage in read_corpus(data)}
    relevant = {document for grades in judged.qrels.values() for document in grades}
    rest = sorted(corpus.keys() - relevant)
    random.Random(0).shuffle(rest)
    chosen = relevant | set(rest[:others])
    with KnowledgeBase.open(folder, settings=settings(0.2)) as kb:
        if not kb.documents():
            kb.put(Document(p.id, p.title, p.text, "beir", "", 0.0) for p in corpus.values() if p.id in chosen)


def asked(folder: Path, judged: Judgements, share: float, legs: tuple[str, ...]) -> tuple[Run, float]:
    """What is found, and the median of the milliseconds that the leg of summaries took."""
    run, ms = {}, []
    with KnowledgeBase.open(folder, settings=settings(share)) as kb:
        for query, text in judged.queries.items():
            result = kb.search(text, 100, legs=legs)
            run[query] = documents(result.hits)
            ms.append(result.timings_ms["recall"])
    return run, float(np.median(ms))


def cell(metric: str, run: Run, plain: Run, judged: Judgements) -> str:
    values, before = measure(metric, run, judged.qrels), measure(metric, plain, judged.qrels)
    gain = difference(values, before)
    return f"{values.mean():.4f} ({100 * gain.mean:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}])"


if __name__ == "__main__":
    main()
