"""`wenyuan trace` and the option `--trace`: what each stage saw and did, written down and run again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenyuan.cli import printing
from wenyuan.cli.options import AsJson
from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from wenyuan.trace import Trace

trace = typer.Typer(no_args_is_help=True, help="Traces written with `search --trace` or `ask --trace`.")


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


def write_trace(file: Path | None, trace: Trace) -> None:
    """Write a trace where a file was named."""
    if file is None:
        return
    try:
        file.write_text(json.dumps(trace.as_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise WrongUse(f"The trace cannot be written to {file} ({error.strerror}); name another file.") from error
