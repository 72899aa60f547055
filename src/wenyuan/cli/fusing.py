"""`wenyuan train fusion`: judged questions become a policy of the legs' weights, tested against the fixed ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenyuan.cli import printing
from wenyuan.cli.options import AsJson
from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from wenyuan.engine import KnowledgeBase
    from wenyuan.evaluate.beir import Judgements
    from wenyuan.evaluate.bootstrap import Difference
    from wenyuan.evaluate.metrics import Values
    from wenyuan.evaluate.run import OnQuestion
    from wenyuan.models.leg_policy import EnsemblePolicy
    from wenyuan.training.fusion import Foreseen, Weighted

_K = 10
_TRAIN = "train"  # the judgements of a folder to learn from, if it has them


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of one set under every weight, and what they were asked with."""

    questions: Weighted  # those of which both legs find something
    alone: Values  # nDCG@10 of the others, for which no weight matters
    texts: frozenset[str]
    encoder: str
    normalise: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A policy beside the fixed weights on one set: nDCG@10, and how many of the questions it acts on."""

    name: str
    n: int
    acts: float
    fixed: float
    policy: float
    difference: Difference


def fusion(
    data: Annotated[
        list[Path], typer.Option("--data", help="A BEIR folder to learn from, or one of its qrels/*.tsv. Repeatable.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where to write the policy.")],
    dev: Annotated[
        list[Path] | None, typer.Option("--dev", help="The same to judge by, never learnt from. Repeatable.")
    ] = None,
    kb: Annotated[
        Path | None, typer.Option("--kb", help="The knowledge base to ask, where a folder has no corpus.jsonl.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many questions a set, with a fixed seed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train what shifts the weights of the legs by question, and test it against the fixed weights.

    Exit code 0: trained; 2: it gains nothing on sets that were left out, and nothing is written.
    """
    from wenyuan.models.leg_policy import EnsemblePolicy
    from wenyuan.training.fusion import train_policy
    from wenyuan.weigh import FEATURES

    _check_place(out)
    with printing.counter() as on_question:
        learnt = [ask(place, kb, limit, on_question, _TRAIN) for place in data]
        judged = [ask(place, kb, limit, on_question) for place in dev or ()]
    _check(learnt, judged)
    names = " ".join(f"--data {each.questions.name}" for each in learnt)
    recipe = f"wenyuan train fusion {names}" + (f" --limit {limit}" if limit else "")
    artefact, foreseen = train_policy(
        [each.questions for each in learnt], out, FEATURES, learnt[0].encoder, learnt[0].normalise, recipe
    )
    policy = EnsemblePolicy(artefact)
    rows = [compare(policy, each) for each in judged]
    if as_json:
        shape = {"folder": str(out), "id": artefact.id, **asdict(foreseen), "dev": [asdict(row) for row in rows]}
        sys.stdout.write(json.dumps(shape, ensure_ascii=False, indent=2) + "\n")
        return
    _print(artefact.id, foreseen, rows)


def ask(place: Path, kb: Path | None, limit: int | None, on_question: OnQuestion, split: str | None = None) -> Asked:
    """Every question of a set: its features, and nDCG@10 by the fixed weights and by each shift of them."""
    from wenyuan.evaluate import read_judgements, sample
    from wenyuan.evaluate.beir import folder_and_qrels
    from wenyuan.evaluate.judged import check_known, opened
    from wenyuan.evaluate.record import SEED

    folder, qrels = folder_and_qrels(place)
    if qrels is None and split and (folder / "qrels" / f"{split}.tsv").is_file():
        qrels = folder / "qrels" / f"{split}.tsv"
    judgements = sample(read_judgements(folder, qrels), limit, SEED)
    name = f"{folder.name}/{qrels.stem}" if qrels else folder.name
    with opened(folder, kb) as base:
        check_known(base, judgements, kb or folder)
        questions, alone = _weighted(name, base, judgements, on_question)
        texts = frozenset(judgements.queries.values())
        return Asked(questions, alone, texts, base.model, base.settings.fuse.normalise)


def compare(policy: EnsemblePolicy, asked: Asked) -> Judged:
    """A paired test of the policy against the fixed weights, over all questions of the set."""
    import numpy as np

    from wenyuan.evaluate.bootstrap import difference
    from wenyuan.weigh import choose

    questions = asked.questions
    chosen = [choose(policy, row)[0] for row in questions.features]
    columns = np.array([0 if best is None else best + 1 for best in chosen], int)
    by_policy = np.concatenate([questions.values[np.arange(len(columns)), columns], asked.alone])
    fixed = np.concatenate([questions.values[:, 0], asked.alone])
    acts = float((columns > 0).sum()) / len(fixed)
    gap = difference(by_policy, fixed)
    return Judged(questions.name, len(fixed), acts, float(fixed.mean()), float(by_policy.mean()), gap)


def _weighted(
    name: str, base: KnowledgeBase, judgements: Judgements, on_question: OnQuestion
) -> tuple[Weighted, Values]:
    """The questions of which both legs find something, and nDCG@10 of the others."""
    import numpy as np

    from wenyuan.evaluate.metrics import ndcg
    from wenyuan.training.fusion import SHIFTS, Weighted
    from wenyuan.weigh import FEATURES, shifted

    fixed = base.settings.fuse.dense
    shares = [fixed, *(shifted(fixed, shift) for shift in SHIFTS)]
    found = []
    for n, text in enumerate(judgements.queries.values()):
        on_question(n, len(judgements.queries))
        found.append(base.weigh(text, shares))
    runs = zip(*(each.orders for each in found), strict=True)
    by_share = [ndcg(dict(zip(judgements.queries, run, strict=True)), judgements.qrels, _K) for run in runs]
    values = np.array(by_share).T
    both = np.array([each.features is not None for each in found])
    seen = np.array([each.features for each in found if each.features is not None], np.float32)
    return Weighted(name, seen.reshape(-1, len(FEATURES)), values[both]), values[~both, 0]


def _check_place(out: Path) -> None:
    """Before anything is asked: WrongUse where the policy would take the place of something else."""
    from wenyuan.models.artefact import CARD

    if out.exists() and not (out.is_dir() and ((out / CARD).is_file() or not any(out.iterdir()))):
        raise WrongUse(f"{out} holds something that is no model: name a new folder, or one with a policy.")


def _check(learnt: Sequence[Asked], judged: Sequence[Asked]) -> None:
    every = [*learnt, *judged]
    if len({(each.encoder, each.normalise) for each in every}) > 1:
        raise WrongUse("The sets have other encoders or normalisations in their settings: give them the same.")
    for each in judged:
        for other in learnt:
            if shared := each.texts & other.texts:
                raise WrongUse(
                    f'{each.questions.name} judges a question that {other.questions.name} teaches ("{min(shared)}"): '
                    "judge by others."
                )


def _print(model: str, foreseen: Foreseen, rows: Sequence[Judged]) -> None:
    printing.out.print(f"{model}: acts where it expects {100 * foreseen.threshold:.1f} points of nDCG@10 or more")
    printing.out.print("points over the fixed weights on sets that were left out")
    for name, gain in foreseen.gains.items():
        printing.out.print(f"  {name}  {100 * gain:+.2f}  (acts on {foreseen.acts[name]:.0%})")
    if rows:
        printing.out.print("and on sets it was not trained on: fixed, by the policy, points [95 %], p")
    for row in rows:
        gap = row.difference
        points = f"{100 * gap.mean:+.2f} [{100 * gap.low:+.2f}, {100 * gap.high:+.2f}]  p {gap.p:.4f}"
        figures = f"{row.fixed:.4f}  {row.policy:.4f}  {points}"
        printing.out.print(f"  {row.name}  n = {row.n}  {figures}  (acts on {row.acts:.0%})")
    if rows:
        printing.out.print(f"  mean  {100 * sum(row.difference.mean for row in rows) / len(rows):+.2f}")
