"""`wenyuan trace`: what each stage saw and did, as `--trace` wrote it down, run again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from wenyuan.cli import printing
from wenyuan.cli.commands import Commands
from wenyuan.cli.options import AsJson

trace = typer.Typer(cls=Commands, no_args_is_help=True, help="Traces written with `search --trace` or `ask --trace`.")


@trace.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A trace.")],
    as_json: AsJson = False,
) -> None:
    """Fuse, leave out duplicates and rerank once more, from the recorded lists; 1 where another order comes out."""
    from wenyuan.engine.diagnose.replay import read_trace, recorded
    from wenyuan.engine.diagnose.replay import replay as run_again

    record = read_trace(file)
    same = printing.replayed(record, run_again(record), recorded(record), as_json)
    if not same:
        raise typer.Exit(1)


def keep(file: Path | None, shape: dict[str, Any]) -> None:
    """Take the trace out of what was answered, where a file was named for it, and write it there."""
    if file:
        from wenyuan.engine.diagnose.replay import write_trace

        write_trace(file, shape.pop("trace"))
