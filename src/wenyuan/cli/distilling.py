"""`wenyuan distil`: training data from one's own documents, a teacher's scores for it, and a student from both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenyuan.cli import printing
from wenyuan.cli.commands import Commands
from wenyuan.cli.options import AsJson
from wenyuan.cli.progress import counter
from wenyuan.errors import WrongUse
from wenyuan.shapes import examples_shape

if TYPE_CHECKING:
    from wenyuan.training.data.examples import Example

distil = typer.Typer(cls=Commands, no_args_is_help=True, help="Make a small model of a large one, on your own data.")

Out = Annotated[Path, typer.Option("--out", help="The JSONL file to write (.gz: compressed).")]
Seed = Annotated[int, typer.Option(help="The same seed and sources give the same file.")]


@distil.command()
def data(
    out: Out,
    kb: Annotated[Path | None, typer.Option("--kb", help="A knowledge base: its headings and sentences ask.")] = None,
    beir: Annotated[Path | None, typer.Option("--beir", help="A data set in the BEIR layout: its queries ask.")] = None,
    qrels: Annotated[
        Path | None, typer.Option("--qrels", help="Judgements of --beir to train on; default: qrels/train.tsv.")
    ] = None,
    negatives: Annotated[int, typer.Option(min=1, max=30, help="Passages beside the right one.")] = 7,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Write training examples with hard negatives, which the knowledge base's own search finds."""
    from wenyuan.training.data.examples import write_examples
    from wenyuan.training.data.sources import from_beir, from_kb

    if (kb is None) == (beir is None):
        raise WrongUse("Training data needs one source: name either --kb or --beir.")
    if kb is not None:
        examples = from_kb(kb, negatives, seed)
    else:
        assert beir is not None
        examples = from_beir(beir, qrels or beir / "qrels" / "train.tsv", negatives, seed)
    if not examples:
        raise WrongUse(f"{kb or beir} gives no example: it needs more documents, with headings or judged queries.")
    write_examples(out, examples)
    _print(out, examples, as_json)


@distil.command()
def score(
    teacher: Annotated[str, typer.Option("--teacher", help="A reranker: name, folder or hf:org/name.")],
    data: Annotated[Path, typer.Option("--data", help="The examples: JSONL.")],
    out: Out,
    cache: Annotated[
        Path | None, typer.Option("--cache", help="Where scores are kept between runs; default: OUT.cache.")
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option("--drop-margin", help="Leave out negatives scored above the positive minus this (logits)."),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the teacher.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Add a teacher's raw logits to examples. Each pair is scored once; a run that was stopped goes on."""
    from wenyuan.models.cross_encoder import load_cross_encoder
    from wenyuan.training.data.examples import read_examples, write_examples
    from wenyuan.training.data.mine import drop_false_negatives
    from wenyuan.training.data.teacher import score as score_examples

    examples = read_examples(data)
    with counter() as on_progress:
        scored = score_examples(
            examples,
            load_cross_encoder(teacher, threads),
            cache or out.with_name(f"{out.name}.cache"),
            lambda done: on_progress(done, len(examples)),
        )
    if margin is not None:
        scored = [drop_false_negatives(example, margin) for example in scored]
        scored = [example for example in scored if example.negatives]
    write_examples(out, scored)
    _print(out, scored, as_json)


@distil.command()
def run(
    config: Annotated[Path, typer.Option("--config", help="The training file (YAML), with a section `distil`.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint of the run folder.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a student on scored examples."""
    from wenyuan.cli.training import run as train
    from wenyuan.training.config import read_config

    read = read_config(config)
    if read.distil is None:
        raise WrongUse(f"{config} has no section `distil`: add one, or call `wenyuan train {read.task}`.")
    train(config, read.task, resume, as_json)


def _print(out: Path, examples: Sequence[Example], as_json: bool) -> None:
    shape = examples_shape(out, examples)
    if as_json:
        return printing.json_document(shape)
    printing.say(f"{out}: {shape['examples']} examples, {shape['zh']} zh, {shape['en']} en")
    return None
