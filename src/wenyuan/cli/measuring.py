"""`wenyuan eval`, which measures search or answers, and `wenyuan eval-make`, which makes questions to do it with."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenyuan.cli import figures, printing
from wenyuan.cli.filters import parse_legs
from wenyuan.cli.options import KB, AsJson, Rerank
from wenyuan.cli.progress import measuring
from wenyuan.cli.reader import told
from wenyuan.cli.terminal import one_line
from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from wenyuan.evaluate.judged import Task

_BOUND = re.compile(r"\s*(\S+?)\s*=\s*(\d*\.?\d+)\s*")


def evaluate(
    data: Annotated[Path, typer.Argument(help="A folder in BEIR layout: corpus.jsonl, queries.jsonl, qrels/*.tsv.")],
    kb: Annotated[
        Path | None, typer.Option("--kb", help="The knowledge base to ask, where the folder has no corpus.jsonl.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(help="Measure answers instead: a .jsonl file of questions, evidence and near-misses.")
    ] = None,
    qrels: Annotated[Path | None, typer.Option(help="The judgements to use: a .tsv file.")] = None,
    leg: Annotated[str, typer.Option(help="bm25, dense, summary or fused.")] = "fused",
    rerank: Rerank = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn with a fixed seed.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="A folder for a page with the figures, each question, and its trace or quotes.")
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

    With --answers: whether what `ask` quotes holds the evidence, and whether it declines what has no answer.

    Exit code 0: done; 1: done, yet below a bound or worse than the run it is compared with.
    """
    from wenyuan.evaluate import gate
    from wenyuan.evaluate.judged import Task, measure_and_report
    from wenyuan.shapes import judged_shape

    if answers is not None:
        searching = {"--leg": leg != "fused", "--rerank": rerank is True, "--no-rerank": rerank is False}
        gates = {"--against": against is not None, "--fail-under": bool(fail_under), "--fail-if-worse": fail_if_worse}
        _refuse_of_search(searching | gates)
        return _measure_answers(Task(data, kb, qrels, limit=limit), answers, report, as_json)
    bounds = _bounds(fail_under)
    if fail_if_worse and against is None:
        raise WrongUse("--fail-if-worse needs an earlier run to compare with: name its run.json with --against.")
    task = Task(data, kb, qrels, parse_legs(leg), rerank, limit)
    with measuring() as (on_question, on_progress):
        done = measure_and_report(
            task,
            _command(),
            report,
            against,
            shape=judged_shape,
            on_question=on_question,
            on_progress=on_progress,
        )
    figures.evaluation(done.record, done.page, as_json)
    if refusal := gate.shortcoming(done.record["metrics"], bounds, done.against if fail_if_worse else None):
        printing.err.print(one_line(f"wenyuan: {told(refusal)}"))
        raise typer.Exit(1)
    return None


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


def _measure_answers(task: Task, file: Path, report: Path | None, as_json: bool) -> None:
    from wenyuan.evaluate.judged import measure_answers

    with measuring() as (on_question, on_progress):
        done = measure_answers(task, file, _command(), report, on_question=on_question, on_progress=on_progress)
    figures.answers(done.record, done.page, as_json)


def _command() -> str:
    return shlex.join(["wenyuan", *sys.argv[1:]])


def _refuse_of_search(given: Mapping[str, bool]) -> None:
    """WrongUse where an option is given that only makes sense for searches."""
    for option, is_given in given.items():
        if is_given:
            raise WrongUse(f"{option} is for measuring the search: leave it out, or leave out --answers.")


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
