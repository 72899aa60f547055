"""`wenyuan train`: a training file becomes a run folder, with a bar on stderr and dev metrics on the way."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from wenyuan.cli import printing
from wenyuan.cli.fusing import fusion
from wenyuan.cli.options import AsJson
from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from wenyuan.training.config import TrainConfig
    from wenyuan.training.data.examples import Example
    from wenyuan.training.loop.watch import Judge, OnProgress, Scorer
    from wenyuan.training.loop.watch import Progress as Step

train = typer.Typer(no_args_is_help=True, help="Train models on your own examples.")

Config = Annotated[Path, typer.Option("--config", help="The training file (YAML).")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint of the run folder.")]

_SHOWN = ("loss", "dev_ndcg@10", "overflows")


@train.command()
def reranker(config: Config, resume: Resume = False, as_json: AsJson = False) -> None:
    """Train a cross-encoder that scores passages for a query."""
    run(config, "reranker", resume, as_json)


@train.command()
def encoder(config: Config, resume: Resume = False, as_json: AsJson = False) -> None:
    """Train an encoder that turns texts into vectors."""
    run(config, "encoder", resume, as_json)


train.command()(fusion)


@train.command()
def classifier(
    data: Annotated[Path, typer.Option("--data", help="Texts with their labels: JSONL with text and label.")],
    out: Annotated[Path, typer.Option("--out", help="Where to write the model.")],
    encoder: Annotated[str, typer.Option("--encoder", help="The encoder whose vectors are read.")] = "embed",
    as_json: AsJson = False,
) -> None:
    """Train a classifier of questions, such as your own intents, in seconds."""
    from wenyuan.training.classifier import train_classifier

    printing.artefact(train_classifier(data, out, encoder), as_json)


def run(file: Path, task: Literal["reranker", "encoder"], resume: bool, as_json: bool) -> None:
    """Train what the file describes and print where it is."""
    from wenyuan.training.config import read_config
    from wenyuan.training.loop.fit import fit
    from wenyuan.training.loop.run_folder import RunFolder

    config = read_config(file)
    if config.task != task:
        raise WrongUse(f"{file} has task '{config.task}': call `wenyuan train {config.task}` or change it to '{task}'.")
    with steps() as on_progress:
        model = fit(config, dev_judge(config), on_progress, resume)
    record = RunFolder(config.out).record()
    if as_json:
        sys.stdout.write(json.dumps({"folder": str(model), **record}, ensure_ascii=False, indent=2) + "\n")
        return
    scores = ", ".join(f"{name} {value:.4f}" for name, value in record["metrics"].items() if value is not None)
    printing.out.print(f"{model}: {record['steps']} steps in precision {record['precision']['mode']}; {scores}")


def dev_judge(config: TrainConfig) -> Judge | None:
    """nDCG@10 and MRR@10 over the labelled groups of the dev file; None where there is no such file."""
    from wenyuan.training.data.examples import read_examples

    if config.dev is None:
        return None
    examples = [example for example in read_examples(config.dev) if example.positives and example.negatives]
    if not examples:
        raise WrongUse(f"{config.dev} has no example with positive and negative passages; name another `dev` file.")

    def judge(scorer: Scorer) -> dict[str, float]:
        return judged(scorer, examples)

    return judge


def judged(scorer: Scorer, examples: Sequence[Example]) -> dict[str, float]:
    """nDCG@10 and MRR@10 of the scorer's order of each example's passages."""
    from wenyuan.evaluate.metrics import measure, ranked

    orders, qrels = {}, {}
    for number, example in enumerate(examples):
        passages = [*example.negatives, *example.positives]
        names = [str(n) for n in range(len(passages))]
        scores = scorer.score(example.query, passages)
        orders[str(number)] = ranked(dict(zip(names, scores.tolist(), strict=True)))
        qrels[str(number)] = dict.fromkeys(names[len(example.negatives) :], 1)
    return {name: float(measure(name, orders, qrels).mean()) for name in ("ndcg@10", "mrr@10")}


@contextmanager
def steps() -> Iterator[OnProgress]:
    """A bar of steps; each note (the precision and its reason, an alarm) is printed once. All on stderr."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=printing.err, transient=True, disable=not printing.err.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def on_progress(step: Step) -> None:
            if step.note:
                printing.err.print(step.note)
            shown = [f"{name} {step.metrics[name]:.4g}" for name in _SHOWN if name in step.metrics]
            bar.update(task, completed=step.step, total=step.steps or None)
            if shown:
                bar.update(task, description=", ".join(shown))

        yield on_progress
