"""Which conditions a question is asked under, who makes them, and which of them a document does not fulfil."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wenyuan.filters import matches, parts, payload_of, written
from wenyuan.rules import Rules
from wenyuan.trace import Trace
from wenyuan.types import Constraint, DocumentInfo, Filter, Not


@dataclass(frozen=True, slots=True)
class Limit:
    """A condition on documents, made by words of the question, by a rule of that name, or else by the asker."""

    filter: Filter
    constraint: Constraint | None = None
    rule: str | None = None
    discreet: bool = False  # of a rule, before one who may not see all documents: its filter may name them

    @property
    def told(self) -> str:
        """The condition alone, as far as it may be said."""
        return str(self) if self.discreet else written(self.filter)

    def __str__(self) -> str:
        if self.discreet:
            return f"rule '{self.rule}'"
        maker = f"“{self.constraint.phrase}” in the question" if self.constraint else f"rule '{self.rule}'"
        return f"{written(self.filter)} ({maker})" if self.constraint or self.rule else written(self.filter)


def unmet(trace: Trace, rules: Rules, document: DocumentInfo) -> list[Limit]:
    """The conditions that kept a document out of the lists of recall."""
    fields = payload_of(document)
    return [limit for limit in _limits(trace, rules) if not matches(limit.filter, fields)]


def _limits(trace: Trace, rules: Rules) -> Iterator[Limit]:
    assert trace.query
    assert trace.searched
    yield from map(Limit, parts(trace.query.filter))
    for constraint in trace.searched.constraints:
        yield Limit(constraint.filter, constraint)
    known = {rule.name: rule for rule in rules.rules}
    for name in dict.fromkeys(fired.rule for fired in trace.fired):
        rule = known[name]
        if rule.filter:
            yield Limit(rule.filter, rule=name, discreet=trace.discreet)
        if rule.exclude:
            yield Limit(Not(rule.exclude), rule=name, discreet=trace.discreet)
