"""`wenyuan rules`: whether `rules.toml` is valid, and what its rules do to a question."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from wenyuan.cli import printing
from wenyuan.cli.commands import Commands
from wenyuan.cli.filters import parse_filter
from wenyuan.cli.options import KB, AsJson
from wenyuan.cli.reader import reader
from wenyuan.errors import NoKnowledgeBase, WrongUse
from wenyuan.filters import read_moment

rules = typer.Typer(cls=Commands, no_args_is_help=True, help="What the owner wants of certain questions: rules.toml.")


@rules.command()
def check(kb: KB = Path("kb"), as_json: AsJson = False) -> None:
    """Whether the rules are valid, and what they are. Needs neither the model nor the knowledge base to itself."""
    from wenyuan.rules import FILE_NAME, read_rules

    file = kb / FILE_NAME
    if not kb.is_dir():
        raise NoKnowledgeBase(f"There is no knowledge base in {kb}; make one with `wenyuan add`.", kb)
    if not file.is_file():
        printing.say_aside(f"note: There is no {file}, so there are no rules.")
    printing.rules(file, read_rules(file), time.time(), as_json)


@rules.command(name="test")
def try_out(
    question: Annotated[
        str | None, typer.Argument(help="What to ask; without it, the tests in the file are run.")
    ] = None,
    kb: KB = Path("kb"),
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many hits.")] = 10,
    where: Annotated[
        list[str], typer.Option("--where", help="Ask about documents that fit only: type=pdf. Repeatable.")
    ] = [],
    at: Annotated[str | None, typer.Option(help="As if asked at this date or time: 2026-12-24.")] = None,
    as_json: AsJson = False,
) -> None:
    """Which rules fire for a question, why the others do not, and what they change; or: whether the file's tests hold.

    Exit code 1: a test failed.
    """
    from wenyuan.engine import KnowledgeBase

    if question is not None:
        reader.asks(question)
    moment = None if at is None else read_moment(at)
    with KnowledgeBase.open(kb, create=False) as base:
        if question is not None:
            printing.trial(base.try_rules(question, k, filter=parse_filter(where, None), at=moment), as_json)
            return
        if not base.rules.tests:
            raise WrongUse(f"The rules of {kb} have no tests; give a question, or write a [[test]] in rules.toml.")
        outcomes = base.test_rules()
    printing.outcomes(outcomes, as_json)
    if any(outcome.problems for outcome in outcomes):
        raise typer.Exit(1)
