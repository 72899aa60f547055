"""Commands of `wenyuan`. Exit code 0: done; 1: failed; 2: wrong use."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from wenyuan.cli import measuring, printing
from wenyuan.cli.asking import ask
from wenyuan.cli.benching import bench
from wenyuan.cli.calls import calls
from wenyuan.cli.conversing import read_history
from wenyuan.cli.distilling import distil
from wenyuan.cli.filters import asked_settings, parse_filter, parse_legs, parse_metadata
from wenyuan.cli.llm import llm
from wenyuan.cli.models import models
from wenyuan.cli.options import KB, AsJson, Constraints, HistoryFile, Rerank, TraceFile, Tree, Where
from wenyuan.cli.rules import rules
from wenyuan.cli.terminal import one_line
from wenyuan.cli.tracing import trace
from wenyuan.cli.training import train
from wenyuan.errors import WenyuanError, WrongUse

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Wenyuan 文渊: ask your documents, in Chinese and English, offline.",
)


def main() -> NoReturn:
    """Run the command line; an error of the user's or the environment's is one sentence on stderr."""
    try:
        app()
    except WenyuanError as error:
        printing.err.print(one_line(f"wenyuan: {error}"))
        sys.exit(2 if isinstance(error, WrongUse) else 1)
    sys.exit(0)


@app.command()
def add(
    path: Annotated[Path, typer.Argument(help="A file, or a folder with all files in it.")],
    kb: KB = Path("kb"),
    meta: Annotated[
        list[str], typer.Option("--meta", help="A field for every document: product=X100. Repeatable.")
    ] = [],
    as_json: AsJson = False,
) -> None:
    """Bring documents in. What has not changed since is skipped; what cannot be read is named and the rest goes on."""
    from wenyuan.engine import KnowledgeBase

    metadata = parse_metadata(meta)
    with KnowledgeBase.open(kb) as base, printing.progress() as on_progress:
        report = base.add(path, metadata=metadata, on_progress=on_progress)
    printing.report(report, as_json)
    if report.failed:
        raise typer.Exit(1)


@app.command()
def sync(
    kb: KB = Path("kb"),
    rebuild: Annotated[
        bool, typer.Option(help="Read and encode everything again, as after a change of model.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at everything that was ever added again: new, changed, moved and deleted files."""
    from wenyuan.engine import KnowledgeBase

    with (
        KnowledgeBase.open(kb, create=False, repair="all" if rebuild else None) as base,
        printing.progress() as on_progress,
    ):
        report = base.sync(on_progress=on_progress)
    printing.report(report, as_json)
    if report.failed:
        raise typer.Exit(1)


@app.command()
def delete(
    document: Annotated[str, typer.Argument(help="A document or folder, by id (docs/faq.md) or path.")],
    kb: KB = Path("kb"),
    as_json: AsJson = False,
) -> None:
    """Remove a document or a folder of documents. Nothing of it is found from then on."""
    from wenyuan.engine import KnowledgeBase

    with KnowledgeBase.open(kb, create=False) as base:
        report = base.delete(document)
    printing.report(report, as_json)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    where: Where = [],
    tree: Tree = None,
    constraints: Constraints = True,
    explain: Annotated[bool, typer.Option("--explain", help="Show what every stage said of each hit.")] = False,
    trace: TraceFile = None,
    as_json: AsJson = False,
    kb: KB = Path("kb"),
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many hits.")] = 10,
    leg: Annotated[str, typer.Option(help="bm25, dense, summary or fused.")] = "fused",
    rerank: Rerank = None,
    rerank_ms: Annotated[
        float | None, typer.Option(min=0, help="Milliseconds for reranking; 0: without. Default: the settings'.")
    ] = None,
    history: HistoryFile = None,
) -> None:
    """The best passages, with the score and rank that each leg gave them."""
    from wenyuan.engine import KnowledgeBase
    from wenyuan.engine.diagnose.replay import write_trace

    turns, legs, narrowed = read_history(history), parse_legs(leg), parse_filter(where, tree)
    with KnowledgeBase.open(kb, create=False, settings=asked_settings(kb, constraints=constraints)) as base:
        result = base.search(question, k, history=turns, filter=narrowed, legs=legs, rerank=rerank, rerank_ms=rerank_ms)
    if trace:
        write_trace(trace, result.trace)
    printing.result(result, as_json, explain)


app.command()(ask)


@app.command()
def why(
    question: Annotated[str, typer.Argument(help="The question that was asked.")],
    where: Where = [],
    tree: Tree = None,
    constraints: Constraints = True,
    *,
    document: Annotated[str, typer.Option("--doc", help="The document that was expected, by id or path.")],
    kb: KB = Path("kb"),
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many hits were asked for.")] = 10,
    ask: Annotated[bool, typer.Option("--ask", help="Look at the sources of an answer, not at a search.")] = False,
    as_json: AsJson = False,
) -> None:
    """The stage that lost a document, its rank in each leg, and the smallest changes that would bring it in."""
    from wenyuan.engine import KnowledgeBase

    narrowed = parse_filter(where, tree)
    with KnowledgeBase.open(kb, create=False, settings=asked_settings(kb, constraints=constraints)) as base:
        found = base.why(question, document, k=k, filter=narrowed, ask=ask)
    printing.why(found, as_json)


app.command(name="eval")(measuring.evaluate)
app.command(name="eval-make")(measuring.make)
app.add_typer(train, name="train")
app.add_typer(distil, name="distil")
app.add_typer(models, name="models")
app.add_typer(llm, name="llm")
app.add_typer(calls, name="calls")
app.add_typer(bench, name="bench")
app.add_typer(rules, name="rules")
app.add_typer(trace, name="trace")


@app.command()
def quantise(
    folder: Annotated[Path, typer.Argument(help="A trained reranker: the folder `model` of its run.")],
    target: Annotated[Path, typer.Option("--out", help="Where to write the ONNX model.")],
    check: Annotated[Path, typer.Option("--check", help="At least 1,000 dev examples (JSONL) that judge the loss.")],
    as_json: AsJson = False,
) -> None:
    """A trained reranker as int8 ONNX, which needs no torch; refused when it loses more than half a point of nDCG."""
    from wenyuan.training.data.examples import read_examples
    from wenyuan.training.export.cross_encoder import export

    made = export(
        folder, target, "int8", read_examples(check), on_note=lambda note: printing.err.print(f"note: {note}")
    )
    printing.artefact(made, as_json)


@app.command()
def doctor(
    kb: KB = Path("kb"),
    rebuild: Annotated[
        bool, typer.Option(help="Make the search index anew from the catalogue, without encoding.")
    ] = False,
    llm: Annotated[
        str | None, typer.Option("--llm", help="Look at the language model at this base URL instead.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", help="With --llm: as the endpoint names it.")] = None,
    window: Annotated[
        int, typer.Option("--window", min=0, help="With --llm: try prompts of up to so many tokens, too.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Check a knowledge base: what is in it, whether all indexes agree, what to do where they do not.

    With --llm: what a language model's endpoint can do, kept for the knowledge base.
    """
    if llm:
        from wenyuan.engine.endpoints import examine

        return printing.examined(examine(kb, llm, model, window), kb, as_json)
    if model or window:
        raise WrongUse("--model and --window say how to look at an endpoint; name it with --llm URL.")
    from wenyuan.engine import KnowledgeBase

    with KnowledgeBase.open(kb, create=False, repair="index" if rebuild else None) as base:
        health = base.check()
    printing.health(health, as_json)
    if health.problems:
        raise typer.Exit(1)
    return None
