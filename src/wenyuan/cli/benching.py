"""`wenyuan bench`: a language model measured against public tasks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from wenyuan.cli import printing
from wenyuan.cli.options import AsJson, grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wenyuan.evaluate.tool_bench import TaskOutcome
    from wenyuan.types import ChatModel

bench = typer.Typer(no_args_is_help=True, help="Measure a language model.")


@bench.callback()
def _several() -> None:
    """One command alone would be run without its name."""


@dataclass(frozen=True)
class Asked:
    """The model that is measured."""

    url: Annotated[
        str,
        typer.Option(help="Base URL of an OpenAI-compatible API: http://127.0.0.1:8080/v1.", envvar="WENYUAN_LLM__URL"),
    ]
    model: Annotated[str, typer.Option(help="The model, as the endpoint names it.", envvar="WENYUAN_LLM__MODEL")]
    key: Annotated[str, typer.Option(help="The endpoint's key.", envvar="WENYUAN_LLM__KEY")] = ""


@bench.command()
@grouped
def tools(
    data: Annotated[Path, typer.Argument(help="A folder or file of tasks as BFCL or ACEBench have them (.jsonl).")],
    asked: Asked,
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
    import anyio

    from wenyuan.evaluate.tool_bench import ask_all, draw
    from wenyuan.evaluate.tool_tasks import read_tasks

    drawn = draw(read_tasks(data), limit, seed)

    async def run() -> list[TaskOutcome]:
        model, endpoint = _model(asked, path, seconds)
        try:
            with printing.counter() as on_task:
                return await ask_all(model, drawn, on_task)
        finally:
            await endpoint.aclose()

    outcomes = anyio.run(run)
    _print({"model": f"{asked.model}@{asked.url}", "path": path, "data": str(data), "seed": seed}, outcomes, as_json)


def _model(asked: Asked, path: str, seconds: float) -> tuple[ChatModel, Any]:
    from wenyuan.chat.client import Endpoint, Patience
    from wenyuan.chat.profile import Profile
    from wenyuan.tools.schema_tools import SchemaTools

    patience = Patience(first=seconds, between=seconds, total=seconds, retries=0)
    endpoint = Endpoint(asked.url, asked.model, asked.key or None, profile=Profile(), patience=patience)
    return (SchemaTools(endpoint) if path == "schema" else endpoint), endpoint


def _print(run: dict[str, Any], outcomes: Sequence[TaskOutcome], as_json: bool) -> None:
    from rich.table import Table

    from wenyuan.evaluate.tool_bench import tally

    lines = tally(outcomes)
    if as_json:
        mistakes = [
            {"id": each.task.id, "calls": [asdict(call) for call in each.calls], "mistake": each.mistake}
            for each in outcomes
            if each.mistake is not None
        ]
        seconds = sum(each.seconds for each in outcomes)
        shares = [line._asdict() for line in lines]
        printing.json_document(run | {"seconds": seconds, "shares": shares, "mistakes": mistakes})
        return
    table = Table("category", "language", "n", "right", "95 % interval", "never calls", "calls the first")
    for line in lines:
        cells = (f"{line.right:.3f}", f"{line.low:.3f}-{line.high:.3f}", f"{line.never:.3f}", f"{line.first:.3f}")
        table.add_row(line.category, line.language, str(line.n), *cells)
    printing.out.print(f"{run['model']}, path {run['path']}, {run['data']}, seed {run['seed']}")
    printing.out.print(table, soft_wrap=False)
