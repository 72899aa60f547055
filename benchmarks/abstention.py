"""When does the extractive answerer know that it does not know? Fits and judges its confidence.

    python benchmarks/abstention.py DATA [--limit N]

Some articles of cmrc2018-zh and squad-en become a knowledge base; a question is answerable if its article is in it.
The logistic model (cosine, coverage, language) is fitted on questions of the training split and judged on those of dev.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wenyuan.engine import KnowledgeBase
from wenyuan.evaluate import read_corpus, read_judgements
from wenyuan.generate import Extractive
from wenyuan.prompt import build_prompt
from wenyuan.trace import Trace
from wenyuan.types import WHOLE, Document, Encoder
from wenyuan.understand import understand

SETS = {"cmrc2018-zh": "zh", "squad-en": "en"}
ARTICLES = {"cmrc2018-zh": 2, "squad-en": 24}  # one in so many is in the knowledge base: about 400 and 800 passages
SEED = 0
Array = NDArray[np.float64]


def main() -> None:
    """Print the coefficients, then AUC and error rates on dev."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument(
        "--limit", type=int, default=150, help="questions with and without an answer, per set and split"
    )
    arguments = parser.parse_args()
    rows = {"train": [], "dev": []}  # type: dict[str, list[tuple[float, float, float, int]]]
    for name in SETS:
        measure(arguments.data / name, arguments.limit, rows)
    train, dev = np.array(rows["train"]), np.array(rows["dev"])
    bias, weights = fit(train[:, :3], train[:, 3])
    print(f"bias {bias:.1f} (zh {bias + weights[2]:.1f}), cosine {weights[0]:.1f}, coverage {weights[1]:.1f}")
    score = bias + dev[:, :3] @ weights
    answerable = dev[:, 3] == 1
    print(f"dev: n = {len(dev)}, AUC {auc(score, answerable):.3f}")
    for threshold in (0.3, 0.5, 0.7, 0.9):
        said = score > np.log(threshold / (1 - threshold))
        answered, wrongly = said[answerable].mean(), said[~answerable].mean()
        print(f"  confidence {threshold}: answered {answered:.3f} of the answerable, {wrongly:.3f} of the unanswerable")


def measure(data: Path, limit: int, rows: dict[str, list[tuple[float, float, float, int]]]) -> None:
    passages = [p for p in read_corpus(data) if zlib.crc32(p.title.encode()) % ARTICLES[data.name] == 0]
    inside = {p.id for p in passages}
    with tempfile.TemporaryDirectory() as scratch, KnowledgeBase.open(Path(scratch) / "kb") as kb:
        kb.put(Document(p.id, p.title, p.text, "beir", "", 0.0) for p in passages)
        print(f"{data.name}: {len(passages)} passages", flush=True)
        for split, measured in rows.items():
            judged = read_judgements(data, data / "qrels" / f"{split}.tsv")
            for label in (1, 0):
                ids = [i for i in judged.queries if bool(inside & judged.qrels[i].keys()) == bool(label)]
                for i in random.Random(SEED).sample(ids, min(limit, len(ids))):
                    cosine, coverage = signals(kb, judged.queries[i])
                    measured.append((cosine, coverage, float(SETS[data.name] == "zh"), label))


def signals(kb: KnowledgeBase, question: str) -> tuple[float, float]:
    """The two signals of the answerer for a question, through the engine's own stages."""
    flow, query, trace = kb._flow, understand(question), Trace()
    encoder: Encoder = flow.encoder
    with kb._archive.view(WHOLE) as view:
        context = flow.sources(view, query, (), trace)
    evidence = Extractive(encoder).evidence(build_prompt(query, context))
    return (evidence.cosine, evidence.coverage) if evidence else (0.0, 0.0)


def fit(features: Array, labels: Array, penalty: float = 3e-3, steps: int = 20_000) -> tuple[float, Array]:
    """L2-penalised logistic regression by gradient descent on standardised features."""
    mean, deviation = features.mean(0), features.std(0) + 1e-9
    rows = np.c_[np.ones(len(features)), (features - mean) / deviation]
    weights = np.zeros(rows.shape[1])
    for _ in range(steps):
        error = 1 / (1 + np.exp(-rows @ weights)) - labels
        weights -= 0.5 * (rows.T @ error / len(labels) + penalty * np.r_[0, weights[1:]])
    scaled = weights[1:] / deviation
    return float(weights[0] - scaled @ mean), scaled


def auc(score: Array, positive: NDArray[np.bool_]) -> float:
    """Chance that an answerable question scores above an unanswerable one."""
    return float((score[positive][:, None] > score[~positive][None, :]).mean())


if __name__ == "__main__":
    main()
