"""Asking on the command line: text as it arrives, functions from a file, and a person who agrees to calls."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live
from rich.text import Text

from wenyuan.cli import printing
from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from wenyuan.engine.writing import Tools
    from wenyuan.tools import Tool
    from wenyuan.types import Answer, AnswerEvent, ToolCall


@dataclass(frozen=True)
class Writing:
    """Who writes the answer."""

    llm: Annotated[bool, typer.Option("--llm/--no-llm", help="Write with the settings' language model, or quote.")] = (
        True
    )
    tools: Annotated[
        Path | None, typer.Option("--tools", help="A Python file whose functions marked @tool the model may call.")
    ] = None
    run: Annotated[
        str | None, typer.Option("--run", help="Take up a run that was broken off, as `wenyuan calls list` names it.")
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False

    def offered(self) -> Tools:
        """The functions of the file, and a person at the terminal who agrees to the calls that need it."""
        from wenyuan.engine.writing import Tools

        if self.tools and not self.llm:
            raise WrongUse("Functions are called by a language model; leave out --no-llm or --tools.")
        if self.run and not self.tools:
            raise WrongUse("What is taken up with --run is calls of functions; name their file with --tools.")
        functions = _tools(self.tools) if self.tools else ()
        return Tools(functions, _agree if sys.stdin.isatty() else None, self.run)


def watch(events: Iterator[AnswerEvent], as_json: bool) -> Answer:
    """The answer; on a terminal its text is shown while it arrives, and what it calls."""
    from wenyuan.types import Answer, TextDelta, ToolCalled

    text, answer, live = Text(), None, None
    try:
        for event in events:
            if isinstance(event, Answer):
                answer = event
            elif isinstance(event, TextDelta):
                text.append(event.text)
                if live is None and printing.out.is_terminal and not as_json:
                    live = Live(text, console=printing.out, transient=True, refresh_per_second=10)
                    live.start()
            elif isinstance(event, ToolCalled):
                if live:
                    live.stop()  # it would paint over what a person is asked
                text, live = Text(), None  # a word on the way, no part of the answer
                printing.err.print(f"calls {event.call.name}({event.call.arguments})", markup=False)
    finally:
        if live:
            live.stop()
    assert answer
    return answer


def _agree(call: ToolCall) -> bool:
    return typer.confirm(f"Call {call.name}({call.arguments})?", err=True)


def _tools(file: Path) -> list[Tool]:
    """The tools that a Python file defines; it is run."""
    from wenyuan.tools import Tool

    name = f"tools of {file.stem}"  # no module's name, which it would hide
    spec = importlib.util.spec_from_file_location(name, file) if file.is_file() else None
    if spec is None or spec.loader is None:
        raise WrongUse(f"{file} is no Python file; name one with functions marked @tool.")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)  # its dataclasses look for their types there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise WrongUse(f"{file} cannot be run ({type(error).__name__}: {error}); correct it.") from error
    found = [*{id(each): each for each in vars(module).values() if isinstance(each, Tool)}.values()]  # under two names
    if not found:
        raise WrongUse(f"{file} has no function marked @tool; see the manual's page on functions.")
    return found
