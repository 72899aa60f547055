"""`wenyuan bench`: a language model measured against public tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from wenyuan.cli import figures
from wenyuan.cli.commands import Commands
from wenyuan.cli.options import AsJson
from wenyuan.cli.progress import counter

bench = typer.Typer(cls=Commands, no_args_is_help=True, help="Measure a language model.")


@bench.callback()
def _several() -> None:
    """One command alone would be run without its name."""


@bench.command()
def tools(
    data: Annotated[Path, typer.Argument(help="A folder or file of tasks as BFCL or ACEBench have them (.jsonl).")],
    url: Annotated[
        str,
        typer.Option(help="Base URL of an OpenAI-compatible API: http://127.0.0.1:8080/v1.", envvar="WENYUAN_LLM__URL"),
    ],
    model: Annotated[str, typer.Option(help="The model, as the endpoint names it.", envvar="WENYUAN_LLM__MODEL")],
    key: Annotated[str, typer.Option(help="The endpoint's key.", envvar="WENYUAN_LLM__KEY")] = "",
    path: Annotated[
        Literal["native", "schema"],
        typer.Option(help="native: the endpoint's own function calling; schema: calls as JSON that fits a schema."),
    ] = "native",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many tasks of each category.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws the same tasks.")] = 0,
    seconds: Annotated[float, typer.Option(min=1, help="At most so long for one task.")] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Measure function calling: the share of right calls by category, with intervals and what needs no model."""
    from pydantic import SecretStr

    from wenyuan.evaluate.tool_bench import measure_tools
    from wenyuan.settings import EndpointSettings

    endpoint = EndpointSettings(url=url, model=model, key=SecretStr(key))
    with counter() as on_task:
        measured = measure_tools(data, endpoint, path, limit=limit, seed=seed, seconds=seconds, on_task=on_task)
    figures.tool_bench(measured, as_json)
