"""The JSON shapes that every face speaks. They are an interface: add to them, never change them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wenyuan.trace import filter_tree
from wenyuan.types import ReasoningDelta, TextDelta, ToolCalled, ToolReturned

if TYPE_CHECKING:
    from pathlib import Path

    from wenyuan.engine.diagnose.ruling import RuleTrial, TestedExample
    from wenyuan.engine.diagnose.trial import Remedy
    from wenyuan.engine.diagnose.why import Why
    from wenyuan.engine.endpoints import Examined
    from wenyuan.engine.health import Health
    from wenyuan.engine.report import Report
    from wenyuan.engine.way import Result
    from wenyuan.evaluate import Comparison
    from wenyuan.evaluate.bootstrap import Difference
    from wenyuan.evaluate.gate import Acceptance
    from wenyuan.evaluate.make import Question
    from wenyuan.evaluate.rerankers import SystemFigures
    from wenyuan.evaluate.tool_bench import ToolBench
    from wenyuan.models.artefact import Artefact
    from wenyuan.rules import Rule, Rules
    from wenyuan.tools.journal import Entry
    from wenyuan.trace import Step
    from wenyuan.training.data.examples import Example
    from wenyuan.training.fusion import Foreseen, PolicyTrial
    from wenyuan.types import Answer, AnswerEvent, Candidate, Document, DocumentInfo, Hit, ToolResult


_TRACED = 20  # hits kept in a report's trace, beside those of judged documents


def search_shape(result: Result, explain: bool = False) -> dict[str, Any]:
    """`search --json`; with `--explain` each hit has its way through the stages that took part, in their order."""
    fused, weighed = result.trace.fused, result.trace.weighed
    weights = {"weights": {**fused.weights}, "policy": weighed and asdict(weighed)} if fused else {}
    explained = weights | {"stages": [*result.trace.orders()]} if explain else {}
    ways = [{"stages": steps_shape(result.trace.path(hit.chunk.id))} if explain else {} for hit in result.hits]
    return {
        "query": result.query.text,
        "rewritten": result.query.rewritten,
        "intent": result.query.intent,
        "constraints": [each.phrase for each in result.query.constraints],
        "hits": [_hit(hit) | way for hit, way in zip(result.hits, ways, strict=True)],
        "notes": result.notes,
        "rules": [asdict(fired) for fired in result.fired],
        "timings_ms": _rounded(result.timings_ms),
        **explained,
    }


def judged_shape(result: Result, grades: Mapping[str, int]) -> dict[str, Any]:
    """A question's trace in a report: as `search --json`, its best hits and those that are judged."""
    shape = search_shape(result)
    shape["hits"] = [hit for hit in shape["hits"] if hit["rank"] <= _TRACED or hit["document"] in grades]
    return shape


def ask_shape(answer: Answer) -> dict[str, Any]:
    """`ask --json`."""
    return {
        "decision": answer.decision.value,
        "reason": answer.reason,
        "answer": answer.text,
        "curated": answer.curated,
        "model": answer.model,
        "usage": answer.usage and asdict(answer.usage),
        "tools": [_called(result) for result in answer.tools],
        "confidence": round(answer.confidence, 4),
        "citations": [asdict(citation) for citation in answer.citations],
        "notes": list(answer.notes),
        "timings_ms": _rounded(answer.timings_ms),
    }


def event_shape(event: AnswerEvent) -> tuple[str, dict[str, Any]]:
    """What happens while an answer is written: its name and data, as server-sent events have them."""
    match event:
        case TextDelta(text):
            return "text", {"text": text}
        case ReasoningDelta(text):
            return "reasoning", {"text": text}
        case ToolCalled(call):
            return "tool_call", asdict(call)
        case ToolReturned(result):
            return "tool_result", {"id": result.call.id} | _called(result)
    return "answer", ask_shape(event)


def _called(result: ToolResult) -> dict[str, Any]:
    return {
        "name": result.call.name,
        "arguments": result.call.arguments,
        "result": result.content,
        "ok": result.ok,
        "executed": result.executed,
        "ms": round(result.ms, 1),
    }


def why_shape(why: Why) -> dict[str, Any]:
    """`why --json`."""
    return {
        "question": why.question,
        "document": why.document,
        "stage": why.stage.value,
        "reason": why.sentence,
        "rank": why.rank,
        "before": why.before,
        "after": why.after,
        "score": why.score,
        "needed": why.needed,
        "legs": {leg: asdict(rank) for leg, rank in why.legs.items()},
        "stages": steps_shape(why.path),
        "policy": why.weighed and asdict(why.weighed),
        "duplicate_of": why.duplicate_of,
        "conditions": list(why.conditions),
        "near": list(why.near),
        "changes": [_change(change) for change in why.changes],
        "disabled": why.disabled,
    }


def replay_shape(hits: Sequence[Candidate], recorded: Sequence[Candidate]) -> dict[str, Any]:
    """`trace replay --json`: the order that came out, beside the recorded one."""
    return {
        "same": [hit.chunk for hit in hits] == [hit.chunk for hit in recorded],
        "hits": [_candidate(n, hit) for n, hit in enumerate(hits, 1)],
        "recorded": [_candidate(n, hit) for n, hit in enumerate(recorded, 1)],
    }


def steps_shape(path: Mapping[str, Step]) -> dict[str, Any]:
    """Rank and score after each stage."""
    return {stage: {"rank": step.rank, "score": round(step.score, 6)} for stage, step in path.items()}


def report_shape(report: Report) -> dict[str, Any]:
    """`add, sync and delete --json`."""
    return asdict(report)


def documents_shape(documents: Sequence[DocumentInfo]) -> dict[str, Any]:
    """`list --json`."""
    return {"documents": [_info(each) | {"passages": each.chunks} for each in documents]}


def document_shape(document: Document, text: str) -> dict[str, Any]:
    """`show --json`, with the text that was asked for."""
    return _info(document) | {"warnings": list(document.warnings), "text": text}


def _info(document: DocumentInfo | Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "title": document.title,
        "type": document.type,
        "time": moment(document.time),
        "metadata": dict(document.metadata),
    }


def comparison_shape(comparison: Comparison) -> dict[str, Any]:
    """`models compare --json`."""
    return {
        "data": comparison.data,
        "n": comparison.n,
        "candidates": comparison.candidates,
        "rows": [_row(row) for row in comparison.rows],
    }


def verdict_shape(verdict: Acceptance, comparisons: Sequence[Comparison], folder: str | None) -> dict[str, Any]:
    """`models accept --json`."""
    sets = zip(comparisons, verdict.differences, strict=True)
    return {
        "accepted": verdict.accepted,
        "reason": verdict.reason,
        "installed": folder,
        "sets": [comparison_shape(each) | {"difference": difference_shape(gap)} for each, gap in sets],
    }


def health_shape(health: Health) -> dict[str, Any]:
    """`doctor --json`."""
    return asdict(health)


def examined_shape(examined: Examined) -> dict[str, Any]:
    """`doctor --llm --json`."""
    probed = examined.probed
    return {
        "model": probed.model,
        "url": examined.url,
        "findings": [asdict(finding) for finding in probed.findings],
        "profile": probed.profile.model_dump(mode="json"),
        "file": None if examined.file is None else str(examined.file),
    }


def in_doubt_shape(entries: Sequence[Entry]) -> dict[str, Any]:
    """`calls list --json`."""
    return {"in_doubt": [_entry(entry) for entry in entries]}


def tool_bench_shape(bench: ToolBench) -> dict[str, Any]:
    """`bench tools --json`."""
    return {
        "model": bench.model,
        "path": bench.path,
        "data": str(bench.data),
        "seed": bench.seed,
        "seconds": sum(each.seconds for each in bench.outcomes),
        "shares": [each._asdict() for each in bench.tallies],
        "mistakes": [
            {"id": each.task.id, "calls": [asdict(call) for call in each.calls], "mistake": each.mistake}
            for each in bench.outcomes
            if each.mistake is not None
        ],
    }


def questions_shape(folder: Path, questions: Sequence[Question]) -> dict[str, Any]:
    """`eval-make --json`."""
    from wenyuan.evaluate.beir import REVIEW

    return {
        "folder": str(folder),
        "questions": len(questions),
        "kinds": Counter(question.kind for question in questions),
        "languages": Counter(question.language for question in questions),
        "review": str(folder / REVIEW),
    }


def rules_shape(file: Path, rules: Rules, now: float) -> dict[str, Any]:
    """`rules check --json`."""
    return {"file": str(file), "rules": [_rule(rule, now) for rule in rules.rules], "tests": len(rules.tests)}


def trial_shape(trial: RuleTrial) -> dict[str, Any]:
    """`rules test QUESTION --json`; `was` is a hit's rank without rules, null where it was not among the hits."""
    ranks = {hit.chunk.id: hit.rank for hit in trial.before}
    kept = {hit.chunk.id for hit in trial.after}
    return {
        "question": trial.query.text,
        "language": trial.query.language,
        "intent": trial.query.intent,
        "rules": [
            {"name": verdict.rule.name, "fires": verdict.fires, "why_not": verdict.why_not}
            for verdict in trial.verdicts
        ],
        "effects": [asdict(fired) for fired in trial.fired],
        "hits": [_hit(hit) | {"was": ranks.get(hit.chunk.id)} for hit in trial.after],
        "gone": [_hit(hit) for hit in trial.before if hit.chunk.id not in kept],
        "answer": None if trial.answer is None else ask_shape(trial.answer),
        "notes": trial.notes,
    }


def outcomes_shape(outcomes: Sequence[TestedExample]) -> dict[str, Any]:
    """`rules test --json`."""
    failed = sum(bool(outcome.problems) for outcome in outcomes)
    return {
        "passed": len(outcomes) - failed,
        "failed": failed,
        "tests": [
            {"question": outcome.example.question, "passed": not outcome.problems, "problems": outcome.problems}
            for outcome in outcomes
        ],
    }


def moment(seconds: float) -> str:
    """A moment in Unix seconds as ISO 8601, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "call": entry.key.name,
        "tool": entry.key.tool,
        "arguments": entry.arguments,
        "begun": moment(entry.changed),
        "run": entry.key.run,
    }


def examples_shape(file: Path, examples: Sequence[Example]) -> dict[str, Any]:
    """`distil data --json` and `distil score --json`."""
    languages = Counter(example.language for example in examples)
    return {"file": str(file), "examples": len(examples), "zh": languages["zh"], "en": languages["en"]}


def run_shape(model: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    """`train reranker|encoder --json`: where the model is, and what is known of its run."""
    return {"folder": str(model), **record}


def fusion_shape(artefact: Artefact, foreseen: Foreseen, trials: Sequence[PolicyTrial]) -> dict[str, Any]:
    """`train fusion --json`."""
    return {
        "folder": str(artefact.folder),
        "id": artefact.id,
        **asdict(foreseen),
        "dev": [asdict(trial) for trial in trials],
    }


def _hit(hit: Hit) -> dict[str, Any]:
    chunk = hit.chunk
    return {
        "rank": hit.rank,
        "chunk": f"{chunk.id:016x}",
        "document": chunk.document,
        "title": chunk.title,
        "headings": list(chunk.headings),
        "page": chunk.page,
        "sheet": chunk.sheet,
        "row": chunk.row,
        "start": chunk.start,
        "end": chunk.end,
        "score": round(hit.score, 6),
        "legs": {leg: asdict(score) for leg, score in hit.legs.items()},
        "text": chunk.text,
        "corrected": chunk.original is not None,
    }


def _rule(rule: Rule, now: float) -> dict[str, Any]:
    expired = rule.answer is not None and now >= rule.answer.expires
    return {
        "name": rule.name,
        "active": rule.why_never(now) is None,
        "why_not": rule.why_never(now),
        "when": rule.when.described(),
        "actions": list(rule.described()),
        "answer_expired": expired,
    }


def _candidate(rank: int, hit: Candidate) -> dict[str, Any]:
    return {"rank": rank, "chunk": f"{hit.chunk:016x}", "score": round(hit.score, 6)}


def _change(change: Remedy) -> dict[str, Any]:
    tree = None if change.filter is None else filter_tree(change.filter)
    return {
        "change": change.sentence,
        "settings": dict(change.settings),
        "filter": tree,
        "without": {"phrases": list(change.phrases), "rules": list(change.rules)},
        "rank": change.rank,
    }


def _row(row: SystemFigures) -> dict[str, Any]:
    return {
        "model": row.model,
        "id": row.id,
        "metrics": {name: round(value.mean, 4) for name, value in row.metrics.items()},
        "intervals": {name: [round(value.low, 4), round(value.high, 4)] for name, value in row.metrics.items()},
        "differences": {name: difference_shape(value) for name, value in row.differences.items()},
        "pairs_per_s": _number(row.pairs_per_s),
        "latency_ms": _rounded(row.latency_ms),
        "memory_mb": _number(row.memory_mb),
        "disk_mb": _number(row.disk_mb),
        "runtime": row.runtime,
        "truncated": row.truncated,
        "spread": _number(row.spread),
        "collapsed": row.collapsed,
    }


def difference_shape(difference: Difference) -> dict[str, float]:
    """A paired difference with its interval and p."""
    return {name: round(value, 4) for name, value in asdict(difference).items()}


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _rounded(timings: Mapping[str, float]) -> dict[str, float]:
    return {stage: round(ms, 3) for stage, ms in timings.items()}
