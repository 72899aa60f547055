"""`wenyuan eval`, which measures the search, and `wenyuan eval-make`, which makes questions to measure it with."""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenyuan.cli import printing
from wenyuan.cli.filters import parse_legs
from wenyuan.cli.options import KB, AsJson, grouped
from wenyuan.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wenyuan.engine.way import Result

_BOUND = re.compile(r"\s*(\S+?)\s*=\s*(\d*\.?\d+)\s*")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a run's figures, and when they are not good enough."""

    report: Annotated[
        Path | None, typer.Option(help="A folder for a page with every stage's figures, and a trace a question.")
    ] = None
    against: Annotated[
        Path | None, typer.Option(help="An earlier run to compare with: its run.json, or what --json printed.")
    ] = None
    fail_under: Annotated[
        list[str], typer.Option("--fail-under", help="Exit with 1 below a bound: ndcg@10=0.80. Repeatable.")
    ] = field(default_factory=list)
    fail_if_worse: Annotated[
        bool, typer.Option("--fail-if-worse", help="Exit with 1 where nDCG@10 is worse than --against, p < .05.")
    ] = False

    def bounds(self) -> dict[str, float]:
        """Metric → bound; WrongUse for one that is not measured."""
        from wenyuan.evaluate.run import METRICS

        bounds = {}
        for text in self.fail_under:
            match = _BOUND.fullmatch(text)
            if match is None or match[1].lower() not in METRICS:
                raise WrongUse(
                    f"--fail-under {text!r} is no bound: write METRIC=VALUE with one of {', '.join(METRICS)}."
                )
            bounds[match[1].lower()] = float(match[2])
        return bounds


@grouped
def evaluate(
    data: Annotated[Path, typer.Argument(help="A folder in BEIR layout: corpus.jsonl, queries.jsonl, qrels/*.tsv.")],
    kb: Annotated[
        Path | None, typer.Option("--kb", help="The knowledge base to ask, where the folder has no corpus.jsonl.")
    ] = None,
    qrels: Annotated[Path | None, typer.Option(help="The judgements to use: a .tsv file.")] = None,
    leg: Annotated[str, typer.Option(help="bm25, dense, summary or fused.")] = "fused",
    rerank: Annotated[bool, typer.Option("--rerank/--no-rerank", help="Judge with or without reranking.")] = True,
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn with a fixed seed.")] = None,
    *,
    outcome: Outcome,
    as_json: AsJson = False,
) -> None:
    """Measure retrieval: nDCG, MRR, precision, recall with confidence intervals, latency, memory.

    Exit code 0: done; 1: done, yet below a bound or worse than the run it is compared with.
    """
    from wenyuan.evaluate import gate
    from wenyuan.evaluate.judged import Task, measure
    from wenyuan.evaluate.record import against, read_record
    from wenyuan.evaluate.report import ReportFolder
    from wenyuan.shapes import judged_shape

    under = outcome.bounds()
    if outcome.fail_if_worse and outcome.against is None:
        raise WrongUse("--fail-if-worse needs an earlier run to compare with: name its run.json with --against.")
    earlier = None if outcome.against is None else read_record(outcome.against)
    folder = None if outcome.report is None else ReportFolder.open(outcome.report)
    task = Task(data, kb, qrels, parse_legs(leg), rerank, limit)

    def keep(n: int, result: Result, grades: Mapping[str, int]) -> None:
        assert folder
        folder.write_trace(n, judged_shape(result, grades))

    with printing.counter() as on_question:
        record = measure(task, shlex.join(["wenyuan", *sys.argv[1:]]), keep if folder else None, on_question)
    compared = None if earlier is None else against(record, earlier, str(outcome.against))
    if compared is not None:
        record["against"] = compared.shape()
    page = None if folder is None else folder.write(record)
    printing.evaluation(record, page, as_json)
    refusals = [gate.shortfall(record["metrics"], under)]
    if outcome.fail_if_worse and compared is not None:
        refusals.append(gate.worsening(compared))
    if refusal := next(filter(None, refusals), None):
        printing.err.print(f"wenyuan: {refusal}")
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
    from wenyuan.engine import KnowledgeBase
    from wenyuan.evaluate.make import Page, make_questions, write_questions

    with KnowledgeBase.open(kb, create=False) as base:
        pages = [Page(info.id, info.title, base.read(info.id, 0, sys.maxsize)) for info in base.documents()]
    questions = make_questions(pages, limit, seed)
    if not questions:
        raise WrongUse(f"{kb} gives no question: it needs more documents, with headings or whole sentences.")
    write_questions(out, questions)
    printing.questions(out, questions, kb, as_json)
