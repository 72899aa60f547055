"""What `--help` says, in the reader's language."""

from __future__ import annotations

import re
from typing import Any

from wenyuan.cli.reader import told

# What typer says itself.
_ITS_OWN = re.compile(r"^(?:Usage: |Arguments:|Options:|Commands:)|Show this message and exit\.", re.MULTILINE)


def translate(command: Any) -> None:  # noqa: ANN401 - types of typer's own click
    """Have a command, its options and the commands below it say what they do in the reader's language."""
    for each in (command, *command.params):
        if getattr(each, "help", None):
            each.help = told(each.help)
    plain = command.get_help
    command.get_help = lambda ctx: _ITS_OWN.sub(lambda found: told(found[0]), plain(ctx))
    for below in getattr(command, "commands", {}).values():
        translate(below)
