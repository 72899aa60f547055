"""Which normalisation and which weight of the dense leg? Chosen on training splits, never on the set it is judged by.

    python benchmarks/fusion.py DATA [--limit N]

DATA holds BEIR folders. Each question's two lists are recalled once by the engine and fused in every way. The last
table is the mean over the training sets: its best cell is the engine's default.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from wenyuan.engine import KnowledgeBase
from wenyuan.evaluate import read_judgements, sample
from wenyuan.evaluate.judged import open_corpus
from wenyuan.evaluate.metrics import ndcg
from wenyuan.fuse import NORMALISATIONS, fuse
from wenyuan.recall import MAIN
from wenyuan.settings import Settings
from wenyuan.types import WHOLE, Recalled

TRAINING = {"cmrc2018-zh": "train", "drcd-zh-hant": "train", "squad-en": "train"}
WEIGHTS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
SEED = 0


def main() -> None:
    """Print one table a training set, then their mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--limit", type=int, default=1000)
    arguments = parser.parse_args()
    tables = [table(arguments.data / name, split, arguments.limit) for name, split in TRAINING.items()]
    means = {cell: float(np.mean([each[cell] for each in tables])) for cell in tables[0]}
    show("mean", means)


def table(data: Path, split: str, limit: int) -> dict[tuple[str, float], float]:
    """(method, dense weight) → nDCG@10."""
    judged = sample(read_judgements(data, data / "qrels" / f"{split}.tsv"), limit, SEED)
    with open_corpus(data, Settings()) as kb:
        lists = {i: recalled(kb, text) for i, text in judged.queries.items()}
        with kb._archive.view(WHOLE) as view:
            owner = {id_: chunk.document for id_, chunk in view.chunks(seen(lists.values())).items()}
    cells: dict[tuple[str, float], float] = {}
    ways = [(name, "weighted", name) for name in NORMALISATIONS] + [("rrf", "rrf", "minmax")]
    for label, method, normalise in ways:
        for weight in WEIGHTS:
            run = {}
            for i, legs in lists.items():
                ranking = fuse(legs, {"dense": weight, "bm25": 1 - weight}, method=method, normalise=normalise)
                run[i] = list(dict.fromkeys(owner[chunk] for chunk in ranking.order[:30]))
            cells[label, weight] = float(ndcg(run, judged.qrels, 10).mean())
    show(f"{data.name} {split}, n = {len(judged.queries)}, seed {SEED}", cells)
    return cells


def recalled(kb: KnowledgeBase, text: str) -> Recalled:
    return kb.search(text, 100, legs=MAIN, rerank=False).trace.recalled


def seen(lists) -> list[int]:  # noqa: ANN001
    return list({hit.chunk for legs in lists for hits in legs.values() for hit in hits})


def show(title: str, cells: dict[tuple[str, float], float]) -> None:
    print(f"\n{title}\n{'':9}" + "".join(f"{weight:7}" for weight in WEIGHTS))
    for label in dict.fromkeys(label for label, _ in cells):
        print(f"{label:9}" + "".join(f"{cells[label, weight]:7.4f}" for weight in WEIGHTS), flush=True)


if __name__ == "__main__":
    main()
