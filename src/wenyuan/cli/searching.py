"""`wenyuan search` and `wenyuan why`: the best passages, and what became of one that was expected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wenyuan.cli import answers
from wenyuan.cli.conversing import read_history
from wenyuan.cli.filters import parse_filter, parse_legs
from wenyuan.cli.holder import Manner, desk
from wenyuan.cli.options import KB, AsJson, Constraints, HistoryFile, Rerank, Server, TraceFile, Tree, Where
from wenyuan.cli.reader import reader
from wenyuan.cli.tracing import keep
from wenyuan.desk import Looking


def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    where: Where = [],
    tree: Tree = None,
    constraints: Constraints = True,
    explain: Annotated[bool, typer.Option("--explain", help="Show what every stage said of each hit.")] = False,
    trace: TraceFile = None,
    as_json: AsJson = False,
    kb: KB = Path("kb"),
    server: Server = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many hits.")] = 10,
    leg: Annotated[str, typer.Option(help="bm25, dense, summary or fused.")] = "fused",
    rerank: Rerank = None,
    rerank_ms: Annotated[
        float | None, typer.Option(min=0, help="Milliseconds for reranking; 0: without. Default: the settings'.")
    ] = None,
    history: HistoryFile = None,
) -> None:
    """The best passages, with the score and rank that each leg gave them."""
    reader.asks(question)
    turns, legs, narrowed = read_history(history), parse_legs(leg), parse_filter(where, tree)
    with desk(kb, server, Manner(constraints=constraints, trace=trace is not None)) as holder:
        looking = Looking(k, legs, rerank, rerank_ms, explain)
        found = holder.search(question, looking, history=turns, filter=narrowed)
    keep(trace, found)
    answers.result(found, as_json, explain)


def why(
    question: Annotated[str, typer.Argument(help="The question that was asked.")],
    where: Where = [],
    tree: Tree = None,
    constraints: Constraints = True,
    *,
    document: Annotated[str, typer.Option("--doc", help="The document that was expected, by id or path.")],
    kb: KB = Path("kb"),
    server: Server = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many hits were asked for.")] = 10,
    ask: Annotated[bool, typer.Option("--ask", help="Look at the sources of an answer, not at a search.")] = False,
    as_json: AsJson = False,
) -> None:
    """The stage that lost a document, its rank in each leg, and the smallest changes that would bring it in."""
    reader.asks(question)
    narrowed = parse_filter(where, tree)
    with desk(kb, server, Manner(constraints=constraints)) as holder:
        found = holder.why(question, document, k=k, filter=narrowed, ask=ask)
    answers.why(found, as_json)
