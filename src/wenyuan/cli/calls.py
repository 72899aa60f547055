"""`wenyuan calls`: calls of functions whose end nobody knows, and a person's word on what came of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from wenyuan import shapes
from wenyuan.cli import printing
from wenyuan.cli.commands import Commands
from wenyuan.cli.options import KB, AsJson
from wenyuan.cli.terminal import call_line
from wenyuan.errors import WrongUse

calls = typer.Typer(
    cls=Commands, no_args_is_help=True, help="Calls of functions with effects, and what became of them."
)

_DAY = 86_400.0


@calls.command(name="list")
def show(kb: KB = Path("kb"), as_json: AsJson = False) -> None:
    """The calls that were begun and whose end is not known: a crash came between, or they are running now."""
    from wenyuan.engine.calls import open_journal

    with open_journal(kb) as journal:
        entries = journal.in_doubt()
    if as_json:
        return printing.json_document(shapes.in_doubt_shape(entries))
    for entry in entries:
        printing.out.print(f"{entry.key.name}  {call_line(entry.key.tool, entry.arguments)}")
        printing.say(f"          begun {shapes.moment(entry.changed)} in run {entry.key.run}")
    if not entries:
        printing.say("No call is in doubt.")
    return None


@calls.command()
def settle(
    name: Annotated[str, typer.Argument(metavar="CALL", help="The call, as `wenyuan calls list` names it.")],
    kb: KB = Path("kb"),
    result: Annotated[
        str | None, typer.Option("--result", help="It has happened, and this is what the model is told of it.")
    ] = None,
    undone: Annotated[bool, typer.Option("--not-done", help="It has not happened, and may be run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what came of a call in doubt; asked again with its --run, the answer goes on from there.

    Of a call that may be running now nothing can be said yet: wait until its process has ended.
    """
    from wenyuan.engine.calls import settle_call

    if (result is None) != undone:
        raise WrongUse("Say what came of the call with --result TEXT, or that it has not happened with --not-done.")
    run = settle_call(kb, name, result)
    if as_json:
        return printing.json_document({"call": name, "run": run, "done": not undone})
    printing.say(f"{name} has not happened. Run: {run}" if undone else f"{name} has happened. Run: {run}")
    return None


@calls.command()
def forget(
    kb: KB = Path("kb"),
    days: Annotated[float, typer.Option(min=0, help="Forget what is older than so many days.")] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Forget old calls and the replies they came with, but none in doubt. A forgotten run cannot be taken up again."""
    from wenyuan.engine.calls import open_journal

    with open_journal(kb) as journal:
        count = journal.forget(time.time() - days * _DAY)
    if as_json:
        return printing.json_document({"forgotten": count})
    printing.say(f"{count} calls forgotten.")
    return None
