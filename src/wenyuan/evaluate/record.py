"""What a run leaves behind: one JSON document, printed, kept beside its report, and read again to compare runs."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from wenyuan.errors import SourceError, WrongUse
from wenyuan.evaluate.answers import AnswerOutcome, Figure, figures, grouped, risk_coverage
from wenyuan.evaluate.bootstrap import Difference, difference
from wenyuan.evaluate.memory import peak_mb
from wenyuan.evaluate.run import METRICS, Evaluation, percentiles
from wenyuan.models.cpu import CPUINFO

SEED = 0  # of the sample of questions and of the bootstrap
METRIC = "ndcg@10"
"""By it a question is won or lost, a run or a reranker better or worse."""

RIGHT = "right"
"""By it an answer is won or lost."""

Record = Mapping[str, Any]
"""A JSON document. Its shape is an interface: add to it, never change it."""


@dataclass(frozen=True, slots=True)
class ChangedQuestion:
    """A question that one run answers better than the other, by the metric of their comparison."""

    id: str
    question: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Against:
    """A run beside an earlier one, on the questions of both."""

    run: str  # the earlier one's file
    n: int
    left_out: int  # questions that only one of the two has, or that were asked in other words
    means: Mapping[str, tuple[float, float]]  # metric → earlier, this
    differences: Mapping[str, Difference]  # this - earlier
    changes: Sequence[ChangedQuestion]  # the greatest loss first, the greatest win last

    @property
    def wins(self) -> int:
        """Questions that this run answers better."""
        return sum(change.after > change.before for change in self.changes)

    @property
    def losses(self) -> int:
        """Questions that this run answers worse."""
        return len(self.changes) - self.wins

    def shape(self) -> dict[str, Any]:
        """As `eval --json` prints it."""
        return {
            "run": self.run,
            "n": self.n,
            "left_out": self.left_out,
            "means": {name: [round(mean, 4) for mean in pair] for name, pair in self.means.items()},
            "differences": {
                name: {key: round(value, 4) for key, value in asdict(gap).items()}
                for name, gap in self.differences.items()
            },
            "wins": self.wins,
            "losses": self.losses,
            "ties": self.n - len(self.changes),
            "changes": [asdict(change) for change in self.changes],
        }


def record(stages: Mapping[str, Evaluation], command: str) -> dict[str, Any]:
    """The last stage's figures and those of each question; where there are more stages, theirs as well."""
    measured = list(stages.values())
    first, last = measured[0], measured[-1]
    questions = _questions(last)
    made = {
        "data": last.data,
        "n": last.n,
        **_figures(last),
        "peak_mb": last.peak_mb,
        **_circumstances(command),
    }
    if len(stages) > 1:
        made["stages"] = [
            {"name": name, **_figures(each), "gain": None if before is None else _gain(each, before)}
            for (name, each), before in zip(stages.items(), [None, *measured], strict=False)
        ]
        for row, before in zip(questions, _questions(first), strict=True):
            row["first"] = {"metrics": before["metrics"], "ranks": before["ranks"]}
    return made | {"questions": questions}


def answers_record(data: str, file: str, outcomes: Sequence[AnswerOutcome], command: str) -> dict[str, Any]:
    """The figures of answers, also by language pair and by style, and what was quoted for each question."""
    times: dict[str, list[float]] = {}
    for each in outcomes:
        spent = each.answer.timings_ms
        for stage, ms in {**spent, "total": sum(spent.values())}.items():
            times.setdefault(stage, []).append(ms)
    return {
        "data": data,
        "answers": file,
        **_answer_figures(outcomes),
        "by_pair": {name: _answer_figures(each) for name, each in grouped(outcomes, lambda one: one.pair).items()},
        "by_style": {name: _answer_figures(each) for name, each in grouped(outcomes, lambda one: one.style).items()},
        "risk_coverage": [
            {key: round(value, 4) for key, value in p._asdict().items()} for p in risk_coverage(outcomes)
        ],
        "latency_ms": _latency({stage: percentiles(each) for stage, each in times.items()}),
        "peak_mb": peak_mb(),
        **_circumstances(command),
        "questions": [_answered(each) for each in outcomes],
    }


def read_record(path: Path) -> Record:
    """What `record` made; WrongUse where there is none, SourceError where it is something else."""
    try:
        read = json.loads(path.read_text("utf-8"))
        rows = {row["id"]: (row["question"], row["metrics"][METRIC]) for row in read["questions"]}
    except OSError as error:
        raise WrongUse(f"{path} cannot be read ({error.strerror}): name the run.json of an earlier run.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(
            f"{path} is no record of a run: write one with `wenyuan eval … --json` or --report."
        ) from error
    if not rows:
        raise SourceError(f"{path} holds no question: name the run.json of an earlier run.")
    found: Record = read
    return found


def against(this: Record, earlier: Record, run: str, metric: str = METRIC) -> Against:
    """This run beside the earlier one, whose name is `run`: the same questions in the same words, paired by their ids.

    A question is won or lost by `metric`. WrongUse where they have none in common.
    """
    before = {(row["id"], row["question"]): row["metrics"] for row in earlier["questions"]}
    ours = [row for row in this["questions"] if (row["id"], row["question"]) in before]
    if not ours:
        raise WrongUse(f"{run} was asked none of these questions: compare runs of the same data set.")
    theirs = [before[row["id"], row["question"]] for row in ours]
    names = [name for name in (*METRICS, RIGHT) if name in theirs[0]]
    pairs = {
        name: (np.array([metrics[name] for metrics in theirs]), np.array([row["metrics"][name] for row in ours]))
        for name in names
    }
    changes = [
        ChangedQuestion(row["id"], row["question"], metrics[metric], row["metrics"][metric])
        for row, metrics in zip(ours, theirs, strict=True)
        if row["metrics"][metric] != metrics[metric]
    ]
    return Against(
        run=run,
        n=len(ours),
        left_out=len(this["questions"]) + len(before) - 2 * len(ours),
        means={name: (float(old.mean()), float(new.mean())) for name, (old, new) in pairs.items()},
        differences={name: difference(new, old) for name, (old, new) in pairs.items()},
        changes=sorted(changes, key=lambda change: change.after - change.before),
    )


def answers_against(this: Record, earlier: Record, run: str) -> Against:
    """The same of two runs that measured answers: the share that is right, near-misses that are declined among it."""

    def graded(made: Record) -> Record:
        return {"questions": [row | {"metrics": {RIGHT: float(row["right"])}} for row in made["questions"]]}

    return against(graded(this), graded(earlier), run, RIGHT)


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "metrics": {name: round(value, 4) for name, value in evaluation.metrics.items()},
        "intervals": {name: [round(low, 4), round(high, 4)] for name, (low, high) in evaluation.intervals.items()},
        "latency_ms": _latency(evaluation.latency_ms),
    }


def _latency(stages: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    return {stage: {name: round(ms, 3) for name, ms in times.items()} for stage, times in stages.items()}


def _answer_figures(outcomes: Sequence[AnswerOutcome]) -> dict[str, Any]:
    """How many were asked, the figures, and beside them their intervals and what each of them counts."""
    made = figures(outcomes)
    misses = sum(each.near_miss for each in outcomes)
    return {
        "n": len(outcomes) - misses,
        "near_misses": misses,
        **{name: _rounded(figure.value) for name, figure in made.items()},
        "intervals": {name: _bounds(figure) for name, figure in made.items()},
        "counts": {name: figure.n for name, figure in made.items()},
    }


def _bounds(figure: Figure) -> list[float | None] | None:
    return None if figure.value is None else [_rounded(figure.low), _rounded(figure.high)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _answered(outcome: AnswerOutcome) -> dict[str, Any]:
    """One row a question or near-miss: what was quoted, and whether that was right."""
    example, answer = outcome.example, outcome.answer
    return {
        "id": example.id,
        "near_miss": outcome.near_miss,
        "question": outcome.question,
        "pair": example.pair,
        "style": example.style,
        "passage": example.passage,
        "evidence": None if outcome.near_miss else example.evidence or None,
        "answered": outcome.answered,
        "confidence": round(answer.confidence, 4),
        "quotes": [
            {"document": each.document, "start": each.start, "end": each.end, "quote": each.quote}
            for each in answer.citations
        ],
        "holds_evidence": outcome.holds_evidence,
        "names_document": outcome.names_document,
        "right": outcome.right,
    }


def _circumstances(command: str) -> dict[str, Any]:
    """What a run can be repeated with."""
    return {
        "seed": SEED,
        "command": command,
        "version": version("wenyuan"),
        "commit": _commit(),
        "machine": _machine(),
    }


def _gain(evaluation: Evaluation, before: Evaluation) -> dict[str, float]:
    """By how much a stage is better than the one before, by `METRIC`, paired over the questions."""
    gap = difference(evaluation.per_query[METRIC], before.per_query[METRIC])
    return {key: round(value, 4) for key, value in asdict(gap).items()}


def _questions(evaluation: Evaluation) -> list[dict[str, Any]]:
    """One row a question: its values, and where its relevant documents came, None for not at all."""
    rows = []
    for n, (query, text) in enumerate(evaluation.judgements.queries.items()):
        places = {document: rank for rank, document in enumerate(evaluation.run[query], 1)}
        relevant = [document for document, grade in evaluation.judgements.qrels[query].items() if grade > 0]
        rows.append(
            {
                "id": query,
                "question": text,
                "metrics": {name: round(float(values[n]), 6) for name, values in evaluation.per_query.items()},
                "ranks": {document: places.get(document) for document in relevant},
            }
        )
    return rows


def _commit() -> str | None:
    """The commit of the sources in use; None where they are an installed package."""
    root, git = Path(__file__).parents[3], shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    command = [git, "-C", str(root), "rev-parse", "--short", "HEAD"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 — nothing of the user's
    return said.stdout.strip() or None


def _machine() -> str:
    """Processor, cores that this process may use, system and Python."""
    names = CPUINFO.read_text("utf-8", errors="replace").splitlines() if CPUINFO.is_file() else []
    known = (line.partition(":")[2].strip() for line in names if line.startswith("model name"))
    processor = next(known, "") or platform.processor() or platform.machine()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{processor}, {cores} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"
