"""The names of commands: which one a word is meant to be that is none."""

from __future__ import annotations

import difflib
from typing import Any

from typer.core import TyperGroup

from wenyuan.errors import WrongUse

# What other programs call them.
_OTHERWISE = {
    "chat": "ask --chat", "answer": "ask", "query": "ask", "question": "ask",
    "find": "search", "grep": "search", "retrieve": "search", "lookup": "search",
    "import": "add", "index": "add", "ingest": "add", "init": "add", "insert": "add", "load": "add", "new": "add",
    "create": "add", "build": "add", "upload": "add", "update": "sync", "refresh": "sync", "reindex": "sync --rebuild",
    "rebuild": "sync --rebuild", "watch": "sync", "rm": "delete", "remove": "delete", "del": "delete", "drop": "delete",
    "ls": "list", "dir": "list", "documents": "list", "docs": "list", "files": "list", "cat": "show", "get": "show",
    "view": "show", "read": "show", "open": "show", "info": "doctor", "status": "doctor", "check": "doctor",
    "stats": "doctor", "health": "doctor", "explain": "why", "evaluate": "eval", "benchmark": "bench",
    "quantize": "quantise", "distill": "distil", "version": "--version", "help": "--help",
}  # fmt: skip


class Commands(TyperGroup):
    """A group of commands that says which one was meant."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - types of typer's own click
        """The command, or WrongUse."""
        word = args[0]
        if word.startswith("-") or self.get_command(ctx, word):
            return super().resolve_command(ctx, args)
        known = self.list_commands(ctx)
        near = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)
        meant = (_OTHERWISE.get(word.lower()) if ctx.parent is None else None) or (near[0] if near else None)
        hint = f"did you mean `{ctx.command_path} {meant}`?" if meant else f"see `{ctx.command_path} --help`."
        raise WrongUse(f"There is no command `{ctx.command_path} {word}`; {hint}")
