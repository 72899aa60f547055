"""What was measured, as the reader sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from wenyuan import shapes
from wenyuan.cli.printing import json_document, out, say

if TYPE_CHECKING:
    from wenyuan.evaluate.make import Question
    from wenyuan.evaluate.record import Record
    from wenyuan.evaluate.tool_bench import ToolBench

_ANSWERS = {
    "evidence": "evidence",
    "right_document": "right document",
    "answered": "answered",
    "declined": "declined",
    "auroc": "AUROC given",
    "auroc_answerable": "AUROC asked",
    "quote_chars": "chars",
    "quote_words": "words",
}
_CHANGES = 5  # questions shown of the greatest losses and of the greatest wins


def evaluation(record: Record, page: Path | None, as_json: bool) -> None:
    """Metrics with their intervals, those of each stage, and the differences from an earlier run."""
    if as_json:
        return json_document(dict(record))
    out.print(f"{record['data']}  n = {record['n']}")
    for name, value in record["metrics"].items():
        low, high = record["intervals"][name]
        out.print(f"  {name:8} {value:.4f}  [{low:.4f}, {high:.4f}]")
    for stage, times in record["latency_ms"].items():
        out.print(f"  {stage:8} p50 {times['p50']:.2f} ms, p95 {times['p95']:.2f} ms")
    say(f"  peak memory {record['peak_mb']} MB")
    if stages := record.get("stages"):
        say("stages")
        for stage in stages:
            out.print("  " + f"{stage['name']:9}" + "".join(f"  {k} {v:.4f}" for k, v in stage["metrics"].items()))
    if against := record.get("against"):
        _against(against)
    if page is not None:
        say(f"{page}: the report")
    return None


def answers(record: Record, page: Path | None, as_json: bool) -> None:
    """A row for all answers, for each pair of languages and each style: each figure, below it its interval."""
    from wenyuan.evaluate.answers_page import LENGTHS, groups

    if as_json:
        return json_document(dict(record))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="")
    for head in ("", "n", *_ANSWERS.values()):
        table.add_column(head, justify="right" if head else "left", overflow="fold")
    for group, made in groups(record).items():
        cells = (_with_interval(made, name, name in LENGTHS) for name in _ANSWERS)
        table.add_row(group, f"{made['n']}\n+ {made['near_misses']}", *cells)
    times = record["latency_ms"]["total"]
    say(f"{record['data']}, {record['answers']}: {record['n']} questions + {record['near_misses']} near-misses")
    out.print(table, soft_wrap=False)
    say(f"p50 {times['p50']:.0f} ms, p95 {times['p95']:.0f} ms an answer; peak memory {record['peak_mb']} MB")
    if page is not None:
        say(f"{page}: the report")
    return None


def _with_interval(made: Record, name: str, is_length: bool) -> str:
    """A figure and, in a line of its own, its interval; short enough for eight of them in a terminal."""
    if made[name] is None:
        return "–"
    value, low, high = (
        f"{each:.0f}" if is_length else f"{each:.2f}".removeprefix("0")
        for each in (made[name], *made["intervals"][name])
    )
    return f"{value}\n{low}–{high}"


def _against(against: Record) -> None:
    """A line a metric, then the questions that changed most."""
    say(f"against {against['run']}  n = {against['n']}, left out {against['left_out']}")
    for name, gap in against["differences"].items():
        before, now = against["means"][name]
        interval = f"[{gap['low']:+.4f}, {gap['high']:+.4f}]"
        out.print(f"  {name:8} {before:.4f} → {now:.4f}  {gap['mean']:+.4f} {interval}  p {gap['p']:.4f}")
    say(f"  by nDCG@10: {against['wins']} wins, {against['losses']} losses, {against['ties']} ties")
    changes = against["changes"]
    for change in changes if len(changes) <= 2 * _CHANGES else [*changes[:_CHANGES], *changes[-_CHANGES:]]:
        out.print(f"  {change['before']:.4f} → {change['after']:.4f}  {' '.join(change['question'].split())[:100]}")


def questions(folder: Path, questions: Sequence[Question], kb: Path, as_json: bool) -> None:
    """How many there are of each kind, and what to do with them."""
    kinds = Counter(question.kind for question in questions)
    languages = Counter(question.language for question in questions)
    review = folder / "review.csv"
    if as_json:
        return json_document(shapes.questions_shape(folder, questions))
    counts = ", ".join(f"{count} {name}" for name, count in [*kinds.items(), *languages.items()])
    say(f"{folder}: {len(questions)} questions ({counts})")
    say(f"Look through {review}, then: wenyuan eval {folder} --kb {kb}")
    return None


def tool_bench(bench: ToolBench, as_json: bool) -> None:
    """Shares of right calls by category, beside those of two that need no model."""
    if as_json:
        return json_document(shapes.tool_bench_shape(bench))
    table = Table("category", "language", "n", "right", "95 % interval", "never calls", "calls the first")
    for line in bench.tallies:
        cells = (f"{line.right:.3f}", f"{line.low:.3f}-{line.high:.3f}", f"{line.never:.3f}", f"{line.first:.3f}")
        table.add_row(line.category, line.language, str(line.n), *cells)
    say(f"{bench.model}, path {bench.path}, {bench.data}, seed {bench.seed}")
    out.print(table, soft_wrap=False)
    return None
