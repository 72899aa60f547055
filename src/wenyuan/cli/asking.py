"""`wenyuan ask`: text as it arrives, functions from a file, and a person who agrees to calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live
from rich.text import Text

from wenyuan.cli import answers, printing
from wenyuan.cli.conversing import converse, read_history
from wenyuan.cli.filters import parse_filter
from wenyuan.cli.holder import Manner, desk
from wenyuan.cli.options import KB, AsJson, Constraints, HistoryFile, Server, TraceFile, Tree, Where
from wenyuan.cli.reader import reader
from wenyuan.cli.terminal import call_line, harmless
from wenyuan.cli.tracing import keep
from wenyuan.desk import Event, Shape
from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from wenyuan.types import Message


def ask(
    question: Annotated[str | None, typer.Argument(help="A question in Chinese or English.")] = None,
    where: Where = [],
    tree: Tree = None,
    constraints: Constraints = True,
    llm: Annotated[
        bool, typer.Option("--llm/--no-llm", help="Write with the settings' language model, or quote.")
    ] = True,
    tools: Annotated[
        Path | None, typer.Option("--tools", help="A Python file whose functions marked @tool the model may call.")
    ] = None,
    run: Annotated[
        str | None, typer.Option("--run", help="Take up a run that was broken off, as `wenyuan calls list` names it.")
    ] = None,
    as_json: AsJson = False,
    kb: KB = Path("kb"),
    server: Server = None,
    history: HistoryFile = None,
    chat: Annotated[bool, typer.Option("--chat", help="Ask on, a question a line of standard input.")] = False,
    trace: TraceFile = None,
) -> None:
    """An answer with its sources, or a statement that they do not suffice."""
    if chat == (question is not None):
        raise WrongUse("Give one question, or --chat to ask several; not both, and not neither.")
    if chat and run:
        raise WrongUse("A run is one question; leave out --run or --chat.")
    if chat and (as_json or trace):
        raise WrongUse("A conversation is not one JSON document; leave out --json and --trace, or --chat.")
    if question is not None:
        reader.asks(question)
    if tools and not llm:
        raise WrongUse("Functions are called by a language model; leave out --no-llm or --tools.")
    if run and not tools:
        raise WrongUse("What is taken up with --run is calls of functions; name their file with --tools.")
    turns = read_history(history)
    with desk(kb, server, Manner(constraints, llm, trace is not None)) as holder:
        holder.offer(tools, run)
        narrowed = parse_filter(where, tree)

        def answered(line: str, said: Sequence[Message]) -> Shape:
            reader.asks(line)
            with closing(holder.ask(line, history=said, filter=narrowed)) as events:
                return watch(events, as_json)

        if question is None:
            converse(answered, lambda shape: answers.answer(shape, as_json=False), turns)
            return
        answer = answered(question, turns)
    keep(trace, answer)
    answers.answer(answer, as_json)


def watch(events: Iterator[Event], as_json: bool) -> Shape:
    """The answer's shape; on a terminal its text is shown while it arrives, and what it calls."""
    text, answer, live = Text(), None, None
    try:
        for name, data in events:
            if name == "answer":
                answer = data
            elif name == "text":
                text.append(harmless(data["text"]))
                if live is None and printing.out.is_terminal and not as_json:
                    live = Live(text, console=printing.out, transient=True, refresh_per_second=10)
                    live.start()
            elif name == "tool_call":
                if live:
                    live.stop()  # it would paint over what a person is asked
                text, live = Text(), None  # a word on the way, no part of the answer
                printing.say_aside(f"calls {call_line(data['name'], data['arguments'])}")
    finally:
        if live:
            live.stop()
    assert answer
    return answer
