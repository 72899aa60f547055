"""`wenyuan train`: a training file becomes a run folder, with a bar on stderr and dev metrics on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from wenyuan.cli import printing
from wenyuan.cli.commands import Commands
from wenyuan.cli.fusing import fusion
from wenyuan.cli.options import AsJson
from wenyuan.errors import WrongUse
from wenyuan.shapes import run_shape

if TYPE_CHECKING:
    from wenyuan.training.loop.watch import OnRunProgress, RunProgress

train = typer.Typer(cls=Commands, no_args_is_help=True, help="Train models on your own examples.")

Config = Annotated[Path, typer.Option("--config", help="The training file (YAML).")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint of the run folder.")]

_SHOWN = ("loss", "dev_ndcg@10", "dev_evidence", "overflows")


@train.command()
def reranker(config: Config, resume: Resume = False, as_json: AsJson = False) -> None:
    """Train a cross-encoder that scores passages for a query."""
    run(config, "reranker", resume, as_json)


@train.command()
def encoder(config: Config, resume: Resume = False, as_json: AsJson = False) -> None:
    """Train an encoder that turns texts into vectors."""
    run(config, "encoder", resume, as_json)


@train.command()
def reader(config: Config, resume: Resume = False, as_json: AsJson = False) -> None:
    """Train a reader: a cross-encoder that also says where in a passage the evidence stands."""
    run(config, "reader", resume, as_json)


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


@train.command()
def glossary(
    data: Annotated[Path, typer.Option("--data", help="Texts side by side: JSONL with zh and en.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write: glossary.tsv of a knowledge base.")],
    as_json: AsJson = False,
) -> None:
    """Learn from pages in Chinese and English what their words are in the other language, in seconds."""
    from wenyuan.training.glossary import make_glossary

    entries = make_glossary(data, out)
    if as_json:
        return printing.json_document({"file": str(out), "entries": [entry._asdict() for entry in entries]})
    printing.say(f"{out}: {len(entries)} entries; look them over, and put the file into the knowledge base.")
    return None


def run(file: Path, task: Literal["reranker", "encoder", "reader"], resume: bool, as_json: bool) -> None:
    """Train what the file describes and print where it is."""
    from wenyuan.training.config import read_config
    from wenyuan.training.judging import dev_judge
    from wenyuan.training.loop.fit import fit
    from wenyuan.training.loop.run_folder import RunFolder

    config = read_config(file)
    if config.task != task:
        raise WrongUse(f"{file} has task '{config.task}': call `wenyuan train {config.task}` or change it to '{task}'.")
    with steps() as on_progress:
        model = fit(config, dev_judge(config), on_progress, resume)
    record = RunFolder(config.out).record()
    if as_json:
        return printing.json_document(run_shape(model, record))
    scores = ", ".join(f"{name} {value:.4f}" for name, value in record["metrics"].items() if value is not None)
    printing.say(f"{model}: {record['steps']} steps in precision {record['precision']['mode']}; {scores}")
    return None


@contextmanager
def steps() -> Iterator[OnRunProgress]:
    """A bar of steps; each note (the precision and its reason, an alarm) is printed once. All on stderr."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=printing.err, transient=True, disable=not printing.err.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def on_progress(step: RunProgress) -> None:
            if step.note:
                printing.say_aside(step.note)
            shown = [f"{name} {step.metrics[name]:.4g}" for name in _SHOWN if name in step.metrics]
            bar.update(task, completed=step.step, total=step.steps or None)
            if shown:
                bar.update(task, description=", ".join(shown))

        yield on_progress
