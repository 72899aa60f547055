"""`wenyuan models`: which there are, making them, and measuring one against another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wenyuan.cli import printing
from wenyuan.errors import WrongUse
from wenyuan.models.presets import PRESETS, Language, Stage

models = typer.Typer(no_args_is_help=True, help="The models that turn text into vectors and scores.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@models.command(name="list")
def list_models(
    language: Annotated[Language | None, typer.Option(help="Only models that know this language.")] = None,
    stage: Annotated[
        Stage | None, typer.Option(help="Only models of this stage; base: to start training from.")
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
        str, typer.Argument(help="embed: the shipped encoder; base: an untrained reranker; minilm: a teacher.")
    ],
    folder: Annotated[Path, typer.Option("--out", help="Where to write it.")],
    as_json: AsJson = False,
) -> None:
    """Make a model from the sources that the package index has, byte for byte."""
    from wenyuan.models.artefact import locate
    from wenyuan.training import base, embed_recipe, teachers

    match name:
        case "embed":
            printing.artefact(embed_recipe.build(folder), as_json)
        case "minilm":
            printing.artefact(teachers.build_minilm(folder), as_json)
        case "base":
            printing.artefact(locate(str(base.build_base(folder))), as_json)
        case _:
            raise WrongUse(f"There is no recipe for a model '{name}'; there are 'embed', 'base' and 'minilm'.")


Data = Annotated[
    Path, typer.Option("--data", help="Judged questions in BEIR layout; without corpus.jsonl they are asked of --kb.")
]
Base = Annotated[
    Path | None, typer.Option("--kb", help="The knowledge base whose documents are judged, where --data has no corpus.")
]
Limit = Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn with a fixed seed.")]


@models.command()
def compare(
    names: Annotated[list[str], typer.Argument(metavar="MODEL...", help="Rerankers: name, folder or hf:org/name.")],
    data: Data,
    kb: Base = None,
    qrels: Annotated[Path | None, typer.Option(help="The judgements to use: a .tsv file.")] = None,
    limit: Limit = None,
    candidates: Annotated[
        int | None, typer.Option(min=2, max=1000, help="Hits a question that each model reads; default: rerank.fine.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure rerankers on your own questions and machine, all on the same hits: quality, speed, memory."""
    from wenyuan.cli.evaluation import gather_candidates, reranking_settings
    from wenyuan.evaluate import compare as compare_rerankers
    from wenyuan.evaluate import contender

    settings = reranking_settings(data, kb)
    contenders = [contender(name, settings.threads) for name in names]
    with printing.counter() as on_question:
        found = gather_candidates(data, kb=kb, qrels=qrels, limit=limit, depth=candidates, on_question=on_question)
        comparison = compare_rerankers(found, contenders, settings.weight, on_question)
    printing.comparison(comparison, as_json)
