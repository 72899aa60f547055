"""What diversity costs where one passage answers, and gains where several must: coverage of sides, novelty (MMR).

    python benchmarks/diversity.py DATA [--limit 300]

First stage only. squad-en (single answers): nDCG@10. hotpotqa100-en (two passages a question): R@10, and the share of
questions with both among the first 5 and 10. Differences are from the plain order, paired.
"""

from __future__ import annotations

import argparse
import platform
from pathlib import Path

import numpy as np

from wenyuan.evaluate import read_judgements, sample
from wenyuan.evaluate.beir import Judgements
from wenyuan.evaluate.bootstrap import difference
from wenyuan.evaluate.judged import open_corpus
from wenyuan.evaluate.metrics import Run, Values, measure
from wenyuan.evaluate.rerankers import documents
from wenyuan.settings import Settings

SYSTEMS = {
    "plain": {"coverage": False},
    "coverage of sides (default)": {},
    "coverage, novelty 0.1": {"novelty": 0.1},
    "coverage, novelty 0.3": {"novelty": 0.3},
}
SETS = {"squad-en": ("ndcg@10",), "hotpotqa100-en": ("r@10", "both@5", "both@10")}


def main() -> None:
    """Print a Markdown table a set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, default=300)
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, seed 0")
    for name, metrics in SETS.items():
        data = options.data / "retrieval" / name
        judged = sample(read_judgements(data, data / "qrels" / "dev.tsv"), options.limit)
        runs = {system: asked(data, judged, given) for system, given in SYSTEMS.items()}
        print(f"\n### {name}, dev, n = {len(judged.queries)}\n\n| system | {' | '.join(metrics)} |")
        print("|---" * (len(metrics) + 1) + "|")
        plain = runs["plain"]
        for system, run in runs.items():
            print(f"| {system} | {' | '.join(cell(metric, run, plain, judged) for metric in metrics)} |", flush=True)


def asked(data: Path, judged: Judgements, diversity: dict[str, object]) -> Run:
    given = {"fuse": {"duplicate": 1.0}, "rerank": {"model": "none"}, "diversity": diversity}
    with open_corpus(data, Settings.model_validate(given)) as kb:
        return {query: documents(kb.search(text, 10).hits) for query, text in judged.queries.items()}


def cell(metric: str, run: Run, plain: Run, judged: Judgements) -> str:
    values, gain = value(metric, run, judged), difference(value(metric, run, judged), value(metric, plain, judged))
    return f"{values.mean():.4f} ({100 * gain.mean:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}])"


def value(metric: str, run: Run, judged: Judgements) -> Values:
    if not metric.startswith("both"):
        return measure(metric, run, judged.qrels)
    k = int(metric.partition("@")[2])
    needed = {
        query: {document for document, grade in grades.items() if grade} for query, grades in judged.qrels.items()
    }
    return np.array([float(needed[query] <= set(run[query][:k])) for query in judged.qrels])


if __name__ == "__main__":
    main()
