"""Trying rules: what they would do to a question, and whether the tests in their file hold."""

from __future__ import annotations

import time
from dataclasses import dataclass

from wenyuan.engine.flow import Flow
from wenyuan.rules import RuleTest, Verdict, curated
from wenyuan.trace import Fired, Trace
from wenyuan.types import Answer, Filter, Hit, Query, View


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """A question with and without the rules."""

    query: Query
    verdicts: list[Verdict]  # on every rule, in the order of the file
    before: list[Hit]
    after: list[Hit]
    answer: Answer | None  # what `ask` would give at once
    fired: list[Fired]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class TestedExample:
    """A test of the file and what of it did not hold, one sentence each."""

    example: RuleTest
    problems: list[str]


def try_rules(
    flow: Flow, view: View, question: str, k: int = 10, filter: Filter | None = None, at: float | None = None
) -> RuleTrial:
    """Ask with and without the rules, as if it were the moment `at` (None: now)."""
    now = time.time() if at is None else at
    query, trace = flow.understand(view, question, filter), Trace()
    verdicts = flow.rules.judge(query, now)
    fired = [verdict.rule for verdict in verdicts if verdict.fires]
    before = flow.find(view, query, k, (), Trace())
    after = flow.find(view, query, k, fired, trace)
    answer = curated(query, fired, now, view, trace)
    return RuleTrial(query, verdicts, before, after, answer, trace.fired, trace.notes)


def run_tests(flow: Flow, view: View) -> list[TestedExample]:
    """Try every test of the file."""
    return [TestedExample(example, _problems(flow, view, example)) for example in flow.rules.tests]


def _problems(flow: Flow, view: View, example: RuleTest) -> list[str]:
    now = time.time() if example.at is None else example.at
    query, problems = flow.understand(view, example.question), list[str]()
    verdicts = flow.rules.judge(query, now)
    fired = [verdict.rule for verdict in verdicts if verdict.fires]
    if example.expect is not None:
        reasons = {verdict.rule.name: verdict.why_not for verdict in verdicts}
        problems += [f"'{name}' does not fire: {reasons[name]}." for name in example.expect if reasons[name]]
        problems += [f"'{rule.name}' fires and is not expected." for rule in fired if rule.name not in example.expect]
    if example.top is not None:
        hits = flow.find(view, query, 1, fired, Trace())
        if not hits:
            problems.append(f"There is no hit; {example.top} should come first.")
        elif hits[0].chunk.document != example.top:
            problems.append(f"{hits[0].chunk.document} comes first, not {example.top}.")
    return problems
