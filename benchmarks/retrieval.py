"""Retrieval quality on public development sets: each leg alone, RRF and the weighted fusion, with paired differences.

    python benchmarks/retrieval.py DATA [--limit N] [--sets NAME ...]

DATA holds BEIR folders. Corpora are encoded once and kept in the user's cache.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Sequence
from pathlib import Path

from wenyuan.evaluate import Evaluation, evaluate, read_judgements, sample
from wenyuan.evaluate.bootstrap import difference
from wenyuan.evaluate.judged import ask_corpus, open_corpus
from wenyuan.recall import LEGS
from wenyuan.settings import Settings

SETS = {
    "rgb-web-zh": "dev",
    "faq-manual": "mono",
    "squad-en": "dev",
    "cmrc2018-zh": "dev",
    "drcd-zh-hant": "dev",
    "xquad-zh-en": "zh2zh",
}
SYSTEMS: dict[str, tuple[Sequence[str], str]] = {
    "bm25": (("bm25",), "weighted"),
    "dense": (("dense",), "weighted"),
    "rrf": (LEGS, "rrf"),
    "fused": (LEGS, "weighted"),
}
RRF_WEIGHT = 0.5  # plain RRF: both legs count the same


def main() -> None:
    """Print a Markdown table a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, default=2000, help="questions a set, drawn with seed 0")
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    arguments = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, seed 0")
    for name in arguments.sets:
        table(arguments.data / name, SETS[name], arguments.limit)


def table(data: Path, split: str, limit: int) -> None:
    judged = sample(read_judgements(data, data / "qrels" / f"{split}.tsv"), limit)
    results = {}
    for system, (legs, method) in SYSTEMS.items():
        fuse = {"method": method, "duplicate": 1.0} | ({"dense": RRF_WEIGHT} if method == "rrf" else {})
        settings = Settings().model_copy(update={"fuse": Settings().fuse.model_copy(update=fuse)})
        with open_corpus(data, settings) as kb:
            results[system] = evaluate(data.name, judged, ask_corpus(kb, legs, rerank=False))
    print(f"\n### {data.name}, {split}, n = {len(judged.queries)}\n")
    print("| system | nDCG@10 [95 %] | MRR@10 | R@10 | R@100 | fused − it, nDCG@10 (p) | search p50 / p95 ms |")
    print("|---|---|---|---|---|---|---|")
    for system, result in results.items():
        print(row(system, result, results["fused"]), flush=True)


def row(system: str, result: Evaluation, fused: Evaluation) -> str:
    low, high = result.intervals["ndcg@10"]
    better = difference(fused.per_query["ndcg@10"], result.per_query["ndcg@10"])
    metrics = " | ".join(f"{result.metrics[name]:.4f}" for name in ("mrr@10", "r@10", "r@100"))
    times = result.latency_ms["total"]
    gain = "" if result is fused else f"{better.mean:+.4f} [{better.low:+.4f}, {better.high:+.4f}] ({better.p:.4f})"
    ndcg = f"{result.metrics['ndcg@10']:.4f} [{low:.4f}, {high:.4f}]"
    return f"| {system} | {ndcg} | {metrics} | {gain} | {times['p50']:.1f} / {times['p95']:.1f} |"


if __name__ == "__main__":
    main()
