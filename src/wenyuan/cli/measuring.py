"""`wenyuan eval`, which measures the search, and `wenyuan eval-make`, which makes questions to measure it with."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from wenyuan.cli import figures, printing
from wenyuan.cli.filters import parse_legs
from wenyuan.cli.options import KB, AsJson
from wenyuan.cli.terminal import one_line
from wenyuan.errors import WrongUse

_BOUND = re.compile(r"\s*(\S+?)\s*=\s*(\d*\.?\d+)\s*")


def evaluate(
    data: Annotated[Path, typer.Argument(help="A folder in BEIR layout: corpus.jsonl, queries.jsonl, qrels/*.tsv.")],
    kb: Annotated[
        Path | None, typer.Option("--kb", help="The knowledge base to ask, where the folder has no corpus.jsonl.")
    ] = None,
    qrels: Annotated[Path | None, typer.Option(help="The judgements to use: a .tsv file.")] = None,
    leg: Annotated[str, typer.Option(help="bm25, dense, summary or fused.")] = "fused",
    rerank: Annotated[bool, typer.Option("--rerank/--no-rerank", help="Judge with or without reranking.")] = True,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn with a fixed seed.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="A folder for a page with every stage's figures, and a trace a question.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="An earlier run to compare with: its run.json, or what --json printed.")
    ] = None,
    fail_under: Annotated[
        list[str], typer.Option("--fail-under", help="Exit with 1 below a bound: ndcg@10=0.80. Repeatable.")
    ] = [],
    fail_if_worse: Annotated[
        bool, typer.Option("--fail-if-worse", help="Exit with 1 where nDCG@10 is worse than --against, p < .05.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure retrieval: nDCG, MRR, precision, recall with confidence intervals, latency, memory.

    Exit code 0: done; 1: done, yet below a bound or worse than the run it is compared with.
    """
    from wenyuan.evaluate import gate
    from wenyuan.evaluate.judged import Task, measure_and_report
    from wenyuan.shapes import judged_shape

    bounds = _bounds(fail_under)
    if fail_if_worse and against is None:
        raise WrongUse("--fail-if-worse needs an earlier run to compare with: name its run.json with --against.")
    task = Task(data, kb, qrels, parse_legs(leg), rerank, limit)
    command = shlex.join(["wenyuan", *sys.argv[1:]])
    with printing.counter() as on_question:
        done = measure_and_report(task, command, report, against, shape=judged_shape, on_question=on_question)
    figures.evaluation(done.record, done.page, as_json)
    if refusal := gate.shortcoming(done.record["metrics"], bounds, done.against if fail_if_worse else None):
        printing.err.print(one_line(f"wenyuan: {refusal}"))
        raise typer.Exit(1)


def make(
    kb: KB = Path("kb"),
    *,
    out: Annotated[Path, typer.Option("--out", help="The folder to write: new or empty.")],
    limit: Annotated[int, typer.Option(min=1, help="At most so many questions.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed and documents give the same questions.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Make judged questions from your own documents: their headings, their FAQs, and sentences with a word left out.

    Look through review.csv before you trust them: write no in the column keep, or mend a question.
    """
    from wenyuan.evaluate.make import questions_of, write_questions

    questions = questions_of(kb, limit, seed)
    write_questions(out, questions)
    figures.questions(out, questions, kb, as_json)


def _bounds(texts: Sequence[str]) -> dict[str, float]:
    """--fail-under: metric → bound; WrongUse for one that is not measured."""
    from wenyuan.evaluate.run import METRICS

    bounds = {}
    for text in texts:
        match = _BOUND.fullmatch(text)
        if match is None or match[1].lower() not in METRICS:
            raise WrongUse(f"--fail-under {text!r} is no bound: write METRIC=VALUE with one of {', '.join(METRICS)}.")
        bounds[match[1].lower()] = float(match[2])
    return bounds
