"""Conversations on the command line: a history from a file, and questions from standard input, line by line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from wenyuan.cli import printing
from wenyuan.desk import Shape
from wenyuan.errors import SourceError, WrongUse
from wenyuan.jsonl import JsonRow, malformed, read_rows
from wenyuan.types import Decision, Message


def read_history(file: Path | None) -> list[Message]:
    """The turns of a JSONL file, one object with `role` and `content` a line; none without a file.

    Raises:
        WrongUse: there is no such file, or a line is no turn; the sentence names it.
    """
    if file is None:
        return []
    try:
        return [_turn(file, number, row) for number, row in read_rows(file)]
    except SourceError as error:
        raise WrongUse(f"--history {error}") from error


def converse(ask: Callable[[str, list[Message]], Shape], show: Callable[[Shape], None], turns: list[Message]) -> None:
    """Answer each line of standard input in the light of the turns so far, until it ends or a line says goodbye."""
    from wenyuan.text.courtesy import courtesy  # only a command that asks loads what reading questions needs

    while line := _line():
        if question := line.strip():
            answer = ask(question, turns)
            show(answer)
            if answer["decision"] == Decision.REPLIED and courtesy(question) == "goodbye":
                return
            turns += Message("user", question), Message("assistant", answer["answer"])


def _line() -> str:
    if sys.stdin.isatty():
        printing.err.print("> ", end="")
    return sys.stdin.readline()


def _turn(file: Path, number: int, row: JsonRow) -> Message:
    match row:
        case {"role": "user" | "assistant" | "system" as role, "content": str() as content}:
            return Message(role, content)
    mend = 'write {"role": "user", "content": "…"}, or assistant or system as the role'
    raise malformed(file, number, "it is no turn", mend)
