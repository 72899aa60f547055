"""`wenyuan ask`: text as it arrives, functions from a file, and a person who agrees to calls."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live
from rich.text import Text

from wenyuan.cli import printing
from wenyuan.cli.conversing import converse, read_history
from wenyuan.cli.filters import asked_settings, parse_filter
from wenyuan.cli.options import KB, AsJson, Constraints, HistoryFile, TraceFile, Tree, Where
from wenyuan.cli.reader import reader, told
from wenyuan.cli.terminal import call_line, confirm, harmless
from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from wenyuan.engine.writing import Tools
    from wenyuan.trace import Trace
    from wenyuan.types import Answer, AnswerEvent, Message, ToolCall


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
    history: HistoryFile = None,
    chat: Annotated[bool, typer.Option("--chat", help="Ask on, a question a line of standard input.")] = False,
    trace: TraceFile = None,
) -> None:
    """An answer with its sources, or a statement that they do not suffice."""
    from wenyuan.engine import KnowledgeBase
    from wenyuan.engine.diagnose.replay import write_trace
    from wenyuan.trace import Trace

    if chat == (question is not None):
        raise WrongUse("Give one question, or --chat to ask several; not both, and not neither.")
    if chat and run:
        raise WrongUse("A run is one question; leave out --run or --chat.")
    if chat and (as_json or trace):
        raise WrongUse("A conversation is not one JSON document; leave out --json and --trace, or --chat.")
    if question is not None:
        reader.asks(question)
    turns, record, offered = read_history(history), Trace(), _offered(kb, llm, tools, run)
    narrowed = parse_filter(where, tree)
    settings = asked_settings(kb, constraints=constraints, llm=llm)
    with KnowledgeBase.open(kb, create=False, settings=settings) as base:
        base.warm_up()

        def answered(line: str, said: Sequence[Message], trace: Trace) -> Answer:
            reader.asks(line)
            return watch(base.stream(line, history=said, filter=narrowed, tools=offered, trace=trace), as_json)

        if question is None:
            converse(lambda line, said: answered(line, said, Trace()), lambda one: printing.answer(one, False), turns)
            return
        answer = answered(question, turns, record)
    if trace:
        write_trace(trace, record)
    printing.answer(answer, as_json)


def watch(events: Iterator[AnswerEvent], as_json: bool) -> Answer:
    """The answer; on a terminal its text is shown while it arrives, and what it calls."""
    from wenyuan.types import Answer, TextDelta, ToolCalled

    text, answer, live = Text(), None, None
    try:
        for event in events:
            if isinstance(event, Answer):
                answer = event
            elif isinstance(event, TextDelta):
                text.append(harmless(event.text))
                if live is None and printing.out.is_terminal and not as_json:
                    live = Live(text, console=printing.out, transient=True, refresh_per_second=10)
                    live.start()
            elif isinstance(event, ToolCalled):
                if live:
                    live.stop()  # it would paint over what a person is asked
                text, live = Text(), None  # a word on the way, no part of the answer
                printing.say_aside(f"calls {call_line(event.call.name, event.call.arguments)}")
    finally:
        if live:
            live.stop()
    assert answer
    return answer


def _offered(kb: Path, llm: bool, file: Path | None, run: str | None) -> Tools:
    """The functions of a file, and a person at the terminal who agrees to the calls that need it."""
    from wenyuan.engine.calls import require_run
    from wenyuan.engine.writing import Tools
    from wenyuan.tools.from_file import read_tools

    if file and not llm:
        raise WrongUse("Functions are called by a language model; leave out --no-llm or --tools.")
    if run and not file:
        raise WrongUse("What is taken up with --run is calls of functions; name their file with --tools.")
    functions = read_tools(file) if file else ()
    if run:
        require_run(kb, run)
    return Tools(functions, _agree if sys.stdin.isatty() else None, run)


def _agree(call: ToolCall) -> bool:
    return confirm(told(f"Call {call_line(call.name, call.arguments)}?"))
