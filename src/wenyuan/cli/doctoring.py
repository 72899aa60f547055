"""`wenyuan doctor --home`: whether a server's folder is set up well."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from wenyuan.cli import printing
from wenyuan.cli.reader import told
from wenyuan.cli.serving import require_server
from wenyuan.cli.terminal import one_line


def examine_home(home: Path, as_json: bool) -> None:
    """A line for each thing that was looked at; exit code 1 where one is a problem."""
    require_server()
    from wenyuan.server.checkup import Finding, examine

    found: list[Finding] = []
    for each in examine(home):
        found.append(each)
        if not as_json:
            printing.out.print(one_line(f"{told(each.standing)}: {told(each.sentence)}"))
    if as_json:
        printing.json_document({"findings": [asdict(each) for each in found]})
    if any(each.standing == "problem" for each in found):
        raise typer.Exit(1)
