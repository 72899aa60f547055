"""Conversations on the command line: a history from a file, and questions from standard input, line by line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from wenyuan.errors import WrongUse
from wenyuan.types import Answer, Message


def read_history(file: Path | None) -> list[Message]:
    """The turns of a JSONL file, one object with `role` and `content` a line; none without a file.

    Raises:
        WrongUse: there is no such file, or a line is no turn; the sentence names it.
    """
    if file is None:
        return []
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"The history {file} cannot be read ({error}); name a JSONL file in UTF-8.") from error
    return [_turn(line, f"{file}, line {n}") for n, line in enumerate(lines, 1) if line.strip()]


def converse(ask: Callable[[str, list[Message]], Answer], show: Callable[[Answer], None], turns: list[Message]) -> None:
    """Answer each line of standard input in the light of the turns so far, until it ends."""
    while line := _line():
        if question := line.strip():
            answer = ask(question, turns)
            show(answer)
            turns += Message("user", question), Message("assistant", answer.text)


def _line() -> str:
    if sys.stdin.isatty():
        sys.stderr.write("> ")
        sys.stderr.flush()
    return sys.stdin.readline()


def _turn(line: str, place: str) -> Message:
    try:
        match json.loads(line):
            case {"role": "user" | "assistant" | "system" as role, "content": str() as content}:
                return Message(role, content)
    except json.JSONDecodeError as error:
        raise WrongUse(f"{place} is not JSON ({error.msg}); write one object a line.") from error
    raise WrongUse(f'{place} is no turn; write {{"role": "user", "content": "…"}}, or assistant or system as the role.')
