"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wenyuan.errors import WrongUse


def place(text: str) -> Path:
    """A path that a person names; WrongUse for an empty one, which a variable that is not set leaves."""
    if not text:
        raise WrongUse("An empty path was given; name a file or folder, `.` for this one.")
    return Path(text)


KB = Annotated[
    Path,
    typer.Option("--kb", help="The knowledge base: a folder.", envvar="WENYUAN_KB", parser=place, metavar="FOLDER"),
]
Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        help="The URL of the server that holds it: --kb is its name there. The key is in WENYUAN_API_KEY.",
        envvar="WENYUAN_SERVER",
        metavar="URL",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
TraceFile = Annotated[
    Path | None, typer.Option("--trace", help="Write what each stage saw and did to this file, as JSON.")
]
HistoryFile = Annotated[
    Path | None, typer.Option("--history", help='The turns before: JSONL, {"role": "user", "content": "…"} a line.')
]
Rerank = Annotated[
    bool | None,
    typer.Option("--rerank/--no-rerank", help="Whether to rerank. Default: fused legs are, a leg alone is not."),
]
Where = Annotated[
    list[str],
    typer.Option("--where", help="Keep only what fits: type=pdf, time>=2024-01-01, product!=X100. Repeatable."),
]
Tree = Annotated[
    str | None,
    typer.Option("--filter", help='A JSON filter: {"or": [{"field": "type", "op": "eq", "value": "pdf"}]}.'),
]
Constraints = Annotated[
    bool,
    typer.Option("--constraints/--no-constraints", help="Whether dates and documents the question names are filters."),
]
