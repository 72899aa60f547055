"""The shipped classifier of intents on held-back questions, and the same head trained for the 77 intents of a bank.

    python benchmarks/intent.py [--data ../shared/data]

The held-back questions (benchmarks/data/intent.jsonl) were written apart from those it was trained on. Of banking77,
where it is there, a fifth of each intent is held back (seed 0). Floors: the most frequent label, the nearest mean.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, f1_score
from sklearn.model_selection import train_test_split

from wenyuan.evaluate.bootstrap import interval
from wenyuan.models import load_classifier, load_encoder
from wenyuan.text.normalise import normalise
from wenyuan.training.classifier import fit_head
from wenyuan.types import Encoder, Vector
from wenyuan.understand.intent import SURE

HELD_BACK = Path(__file__).parent / "data" / "intent.jsonl"
BANKING = "intent/banking77_en/train.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data / BANKING
    encoder = load_encoder("embed")
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {encoder.id}, seed 0")
    intents(encoder)
    if data.is_file():
        banking(encoder, data)


def intents(encoder: Encoder) -> None:
    rows = [json.loads(line) for line in HELD_BACK.read_text("utf-8").splitlines()]
    model = load_classifier("intent", encoder)
    assert model
    vectors = encoded(encoder, [row["text"] for row in rows])
    started = time.perf_counter()
    found = model.probabilities(vectors)
    took = 1e6 * (time.perf_counter() - started) / len(rows)
    labels = np.array(model.labels)
    truth, guess = np.array([row["label"] for row in rows]), labels[found.argmax(axis=1)]
    language = np.array([row["language"] for row in rows])
    print(f"\n### Intents, {model.id}, {took:.1f} µs a question beyond its vector\n")
    print("| questions | n | macro-F1 | accuracy [95 %] | unsure | accuracy where sure |\n|---|---|---|---|---|---|")
    for name, chosen in (("zh", language == "zh"), ("en", language == "en"), ("both", language != "")):
        right, sure = (guess == truth)[chosen], found.max(axis=1)[chosen] >= SURE
        mean = interval(right.astype(float))
        f1 = f1_score(truth[chosen], guess[chosen], average="macro")
        accuracy = f"{mean.mean:.3f} [{mean.low:.3f}, {mean.high:.3f}]"
        print(f"| {name} | {len(right)} | {f1:.3f} | {accuracy} | {1 - sure.mean():.1%} | {right[sure].mean():.3f} |")
    print("\nRows: wanted, columns: found, in the order " + ", ".join(labels))
    print(confusion_matrix(truth, guess, labels=labels))


def banking(encoder: Encoder, data: Path) -> None:
    rows = [json.loads(line) for line in data.read_text("utf-8").splitlines()]
    vectors, labels = encoded(encoder, [row["text"] for row in rows]), np.array([row["intent"] for row in rows])
    train, test = train_test_split(np.arange(len(rows)), test_size=0.2, stratify=labels, random_state=0)
    head, names = fit_head(vectors[train], labels[train].tolist())
    means = np.stack([vectors[train][labels[train] == name].mean(axis=0) for name in names])
    systems = {
        "linear head": logits(vectors[test], head),
        "nearest mean": vectors[test] @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T,
    }
    print(f"\n### banking77, {len(train)} to train, {len(test)} held back\n\n| system | accuracy [95 %] |\n|---|---|")
    most = max(names, key=labels[train].tolist().count)
    report("most frequent", np.full(len(test), most) == labels[test])
    for name, scores in systems.items():
        report(name, np.array(names)[scores.argmax(axis=1)] == labels[test])


def report(name: str, right: NDArray[np.bool_]) -> None:
    mean = interval(right.astype(float))
    print(f"| {name} | {mean.mean:.3f} [{mean.low:.3f}, {mean.high:.3f}] |")


def logits(vectors: Vector, head: Vector) -> Vector:
    result: Vector = vectors @ head[:-1] + head[-1]
    return result


def encoded(encoder: Encoder, texts: Sequence[str]) -> Vector:
    return encoder.encode_queries([normalise(text) for text in texts])


if __name__ == "__main__":
    main()
