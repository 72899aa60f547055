"""Does distillation pay? A shallow student with a teacher beside the same student without, at equal steps, over seeds.

    python benchmarks/distillation.py --model FOLDER --train train.jsonl --test dev.jsonl --work DIR [--teacher FOLDER]
        [--layers 6] [--steps 1000] [--teacher-steps 1000] [--seeds 3] [--queries N] [--arms kl:0.5:2 …] [--threads 1]

The training file is parted by query: labelled (teacher and student), transfer (its labels removed; scored by a teacher
that was not trained on it), and tuning. Every arm (objective:alpha:T) runs once and is judged on the tuning part, all
are printed; the best meets the student without distillation on the test file with every seed, looked at once. Both
students start from the same layers of FOLDER and take the same steps of the same size; without distillation they see
labelled queries only, with it half of them are transfer queries. Arms finished in DIR are not trained again.
Needs the extra [train].
"""

from __future__ import annotations

import argparse
import math
import platform
import random
import resource
import sys
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import CrossEncoder

from wenyuan.evaluate.bootstrap import difference, interval
from wenyuan.evaluate.metrics import ndcg, ranked
from wenyuan.models.artefact import sha256
from wenyuan.training.config import Distil, TrainConfig
from wenyuan.training.data.examples import Example, read_examples, split, write_examples
from wenyuan.training.data.teacher import score
from wenyuan.training.loop.fit import fit
from wenyuan.training.loop.run_folder import RunFolder
from wenyuan.training.loop.watch import LiveScorer, logits

ARMS = ("kl:0.5:1", "kl:0.5:2", "kl:0.9:2", "margin_mse:0.5:1", "ranknet:0.5:1")
TUNING, TRANSFER = 0.1, 0.5  # shares: of all queries, of the rest
ROUNDS = 5


def main() -> None:
    options = arguments()
    start = time.process_time()
    torch.set_num_threads(options.threads)
    labelled, transfer, tuning = parts(options)
    test = read_examples(options.test)[: options.queries]
    print(f"command: {' '.join(sys.argv)}")
    print(f"machine: {platform.platform()}, {options.threads} thread(s); seeds 0 to {options.seeds - 1}")
    print(f"train sha256 {sha256(options.train)[:12]}, test sha256 {sha256(options.test)[:12]}")
    print(f"queries: {len(labelled)} labelled, {len(transfer)} transfer, {len(tuning)} tuning, {len(test)} test")
    teacher = options.teacher or trained(options, "teacher", write(options, "teacher", labelled), None, 0)
    made, unlabelled = scored(options, teacher, labelled), scored(options, teacher, transfer)
    print(f"teacher's hit@1: {hits(made):.3f} labelled, {hits(unlabelled):.3f} transfer")
    alone = write(options, "alone", labelled)
    mixed = write(options, "mixed", [*made, *map(without_labels, unlabelled)])

    @cache
    def student(arm: str, seed: int) -> Path:
        return trained(options, f"{arm}-{seed}".replace(":", "-"), alone if arm == "alone" else mixed, arm, seed)

    tried = {arm: float(quality(options, student(arm, 0), tuning).mean()) for arm in ("alone", *options.arms)}
    print("nDCG@10 on the tuning part, seed 0: " + ", ".join(f"{arm} {value:.4f}" for arm, value in tried.items()))
    best = max(options.arms, key=tried.__getitem__)
    report(
        options, test, teacher, {arm: [student(arm, seed) for seed in range(options.seeds)] for arm in ("alone", best)}
    )
    speed(options, test, teacher, student(best, 0))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{time.process_time() - start:.0f} CPU-seconds, peak memory {peak} MB")


def report(options: argparse.Namespace, test: list[Example], teacher: Path, students: dict[str, list[Path]]) -> None:
    """Per arm and seed, then the paired difference of the means over seeds, by query."""
    draw = np.random.default_rng(0)
    floor = np.array([gain(draw.random(len(e.positives) + len(e.negatives)), e) for e in test])
    above = quality(options, teacher, test)
    print(f"test nDCG@10: random order {floor.mean():.4f}, teacher {shown(above)}")
    values = {arm: np.array([quality(options, folder, test) for folder in runs]) for arm, runs in students.items()}
    for arm, rows in values.items():
        means = ", ".join(f"{row.mean():.4f}" for row in rows)
        share = rows.mean() / above.mean()
        print(f"  {arm}: by seed {means} | mean {shown(rows.mean(0))} = {share:.1%} of the teacher")
    alone, best = values
    found = difference(values[best].mean(0), values[alone].mean(0))
    by_seed = values[best].mean(1) - values[alone].mean(1)
    print(
        f"  {best} − alone: {found.mean:+.4f} [{found.low:+.4f}, {found.high:+.4f}], p {found.p:.4f} (paired bootstrap)"
    )
    print("  by seed: " + ", ".join(f"{value:+.4f}" for value in by_seed))


def speed(options: argparse.Namespace, test: list[Example], teacher: Path, student: Path) -> None:
    """Pairs per CPU-second, teacher and student taking turns."""
    scorers = {"teacher": opened(options, teacher), "student": opened(options, student)}
    sample = test[:16]
    pairs = sum(len(e.positives) + len(e.negatives) for e in sample)
    rates: dict[str, list[float]] = {name: [] for name in scorers}
    for _ in range(ROUNDS):
        for name, scorer in scorers.items():
            start = time.process_time()
            for example in sample:
                scorer.score(example.query, (*example.positives, *example.negatives))
            rates[name].append(pairs / (time.process_time() - start))
    ratio = interval(np.array(rates["student"]) / np.array(rates["teacher"]))
    rounded = ", ".join(f"{name} {np.median(values):.1f}" for name, values in rates.items())
    print(
        f"pairs per CPU-second: {rounded}; ratio {ratio.mean:.2f} [{ratio.low:.2f}, {ratio.high:.2f}], {ROUNDS} rounds"
    )


def parts(options: argparse.Namespace) -> tuple[list[Example], list[Example], list[Example]]:
    """Labelled, transfer and tuning examples: no query and no positive passage in two of them."""
    examples = [e for e in read_examples(options.train) if e.positives and e.negatives]
    random.Random(0).shuffle(examples)
    rest, tuning = split(examples[: options.queries], TUNING)
    labelled, transfer = split(rest, TRANSFER)
    return labelled, transfer, tuning


def trained(options: argparse.Namespace, name: str, data: Path, arm: str | None, seed: int) -> Path:
    """The model of one run: the teacher (no arm), or a student that takes `--steps` steps whatever its file's size."""
    out = options.work / name
    steps = options.teacher_steps if arm is None else options.steps
    config = TrainConfig(
        task="reranker",
        model=str(options.model),
        train=data,
        out=out,
        layers=None if arm is None else options.layers,
        epochs=(steps - 0.5) / math.ceil(len(read_examples(data)) / options.batch),  # a half: the trainer rounds up
        batch_size=options.batch,
        lr=options.lr,
        max_tokens=options.tokens,
        seed=seed,
        threads=options.threads,
        log_steps=max(1, steps // 20),
        save_steps=max(1, steps // 4),
        distil=distil(arm),
    )
    model = fit(config, resume=out.is_dir())
    done = RunFolder(out).record()["steps"]
    assert done == steps, f"{name} took {done} steps, not {steps}"
    return model


def distil(arm: str | None) -> Distil | None:
    if arm in (None, "alone"):
        return None
    objective, alpha, temperature = arm.split(":")
    return Distil(objective=objective, alpha=float(alpha), temperature=float(temperature))


def write(options: argparse.Namespace, name: str, examples: list[Example]) -> Path:
    path = options.work / f"{name}.jsonl"
    write_examples(path, examples)
    return path


def without_labels(example: Example) -> Example:
    """As a user's log has it: the passages, and what the teacher thinks of them."""
    texts = (*example.positives, *example.negatives)
    scores = (*example.positive_scores, *example.negative_scores)
    return replace(example, positives=(), positive_scores=(), negatives=texts, negative_scores=scores)


def scored(options: argparse.Namespace, teacher: Path, examples: list[Example]) -> list[Example]:
    return score(examples, opened(options, teacher), options.work / "teacher.sqlite")


def hits(examples: list[Example]) -> float:
    return float(np.mean([max(e.positive_scores) > max(e.negative_scores) for e in examples]))


def opened(options: argparse.Namespace, folder: Path) -> LiveScorer:
    model = CrossEncoder(
        str(folder),
        num_labels=1,
        max_length=options.tokens,
        device="cpu",
        activation_fn=torch.nn.Identity(),
        model_kwargs={"dtype": torch.float32},
    )
    return LiveScorer(model, logits, bf16=False)


def quality(options: argparse.Namespace, folder: Path, examples: list[Example]) -> NDArray[np.float64]:
    """(n,) nDCG@10 of the passages of each example."""
    scorer = opened(options, folder)
    return np.array([gain(scorer.score(e.query, (*e.positives, *e.negatives)), e) for e in examples])


def gain(scores: NDArray[np.float32], example: Example) -> float:
    run = {"q": ranked({str(n): float(value) for n, value in enumerate(scores)})}
    return float(ndcg(run, {"q": {str(n): 1 for n in range(len(example.positives))}}, 10)[0])


def shown(values: NDArray[np.float64]) -> str:
    found = interval(values)
    return f"{found.mean:.4f} [{found.low:.4f}, {found.high:.4f}]"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="the deep model both students are cut from")
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--test", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, help="trained elsewhere, not on --train; else trained here")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--teacher-steps", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--queries", type=int, help="so many of each file only")
    parser.add_argument("--arms", nargs="+", default=ARMS)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--lr", type=float, default=5e-5)
    parser.add_argument("--tokens", type=int, default=192)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    options.work = options.work.resolve()
    options.work.mkdir(parents=True, exist_ok=True)
    return options


if __name__ == "__main__":
    main()
