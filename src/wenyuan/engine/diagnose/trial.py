"""What would bring a document in? Changes are proposed only after the question was asked again with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from wenyuan.engine.diagnose.conditions import Limit
from wenyuan.engine.flow import Flow
from wenyuan.filters import every, parts, written
from wenyuan.rules import Rules
from wenyuan.trace import Trace
from wenyuan.types import Context, Filter, Query, View

Setting = float | str | None

Conclude = Callable[[Flow, Query, Context, Trace], object]
"""Quotes an answer from a context and judges it; what it selected and decided is in the trace."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """A change that was tried and brings the document in, as hit or source number `rank`."""

    sentence: str
    settings: Mapping[str, Setting]  # its new values: {"recall.candidates": 240}, {"k": 12}; the filter is in `filter`
    rank: int
    filter: Filter | None = None  # the one to ask with
    phrases: tuple[str, ...] = ()  # of the question, whose conditions are left out
    rules: tuple[str, ...] = ()  # left out


@dataclass(frozen=True, slots=True)
class Trial:
    """One way of asking one question, with one document in mind."""

    flow: Flow
    view: View
    query: Query
    document: str
    k: int
    ask: bool = False
    conclude: Conclude | None = None  # of an answer that is quoted; None: its sources are all there is to look at
    phrases: tuple[str, ...] = ()  # of the question, whose conditions were left out
    rules: tuple[str, ...] = ()  # left out

    @property
    def cut(self) -> str:
        """What says how many hits are shown, or become sources."""
        return "answer.sources" if self.ask else "k"

    def run(self) -> Trace:
        """Ask; an answer's flow goes as far as the sources that it may use, and to its end where it is quoted."""
        if not self.ask:
            return self.flow.search(self.view, self.query, self.k).trace
        trace = Trace(query=self.query, discreet=not self.view.scope.whole)
        fired = self.flow.rules.fire(self.query, time.time(), trace)
        context = self.flow.sources(self.view, self.query, fired, trace)
        if self.conclude is not None:
            self.conclude(self.flow, self.query, context, trace)
        return trace

    def place(self, trace: Trace) -> int | None:
        """The document's best hit or source by its number; None where it has none."""
        if trace.assembled is not None:
            return next((each.n for each in trace.assembled.sources if each.document == self.document), None)
        return next((hit.rank for hit in trace.hits if hit.chunk.document == self.document), None)

    def value(self, setting: str) -> Setting:
        """What a setting, or "k", is now."""
        if setting == "k":
            return self.k
        section, _, name = setting.partition(".")
        value: Setting = getattr(getattr(self.flow.settings, section), name)
        return value

    def changed(self, setting: str, value: Setting) -> Trial:
        """The same with one value changed."""
        if setting == "k":
            return replace(self, k=int(value or 0))
        section, _, name = setting.partition(".")
        settings = self.flow.settings
        part = getattr(settings, section).model_copy(update={name: value})
        return replace(self, flow=replace(self.flow, settings=settings.model_copy(update={section: part})))

    def without(self, limits: Sequence[Limit]) -> Trial:
        """The same without these conditions; a rule is left out with all that it does."""
        asked = [limit.filter for limit in limits if not (limit.constraint or limit.rule)]
        stated = [limit.constraint for limit in limits if limit.constraint]
        query = replace(
            self.query,
            filter=every([part for part in parts(self.query.filter) if part not in asked]),
            constraints=tuple(each for each in self.query.constraints if each not in stated),
        )
        phrases = (*self.phrases, *(each.phrase for each in stated))
        unruled = self.without_rules([limit.rule for limit in limits if limit.rule])
        return replace(unruled, query=query, phrases=phrases)

    def without_rules(self, names: Collection[str]) -> Trial:
        """The same without these rules."""
        rules = Rules(tuple(rule for rule in self.flow.rules.rules if rule.name not in names))
        return replace(self, flow=replace(self.flow, rules=rules), rules=(*self.rules, *dict.fromkeys(names)))

    def attempt(self, setting: str, value: Setting) -> Remedy | None:
        """The change, if the document is found with it."""
        sentence = f"{setting} from {_number(self.value(setting))} to {_number(value)}"
        return self.changed(setting, value).change(sentence, {setting: value})

    def change(self, sentence: str, settings: Mapping[str, Setting]) -> Remedy | None:
        """What was changed to come to this way of asking, if the document is found by it."""
        rank = self.place(self.run())
        if rank is None:
            return None
        return Remedy(sentence, settings, rank, self.query.filter, self.phrases, self.rules)

    def first(self, setting: str, values: Iterable[Setting]) -> Remedy | None:
        """The first of these values, the least change first, with which the document is found."""
        return next((change for value in values if (change := self.attempt(setting, value))), None)

    def least(self, setting: str, guess: int, top: int) -> Remedy | None:
        """The least whole number above the present one with which it is found; `guess` is tried first.

        It goes up to `top`, and no further than there are chunks: that changes nothing.
        """
        low, top = int(self.value(setting) or 0), min(top, self.view.count())
        high, step = max(low + 1, min(guess, top)), 1
        if high > top:
            return None
        while (best := self.attempt(setting, high)) is None:
            if high == top:
                return None
            low, high, step = high, min(top, high + step), step * 2
        while high - low > 1:
            middle = (low + high) // 2
            if change := self.attempt(setting, middle):
                best, high = change, middle
            else:
                low = middle
        return best


def hundredths(low: float, high: float, near: float, step: int = 5) -> list[float]:
    """The multiples of `step` hundredths from `low` to `high`, the nearest to `near` first, `near` itself left out."""
    values = [n / 100 for n in range(0, 101, step) if low <= n / 100 <= high and abs(n / 100 - near) > 1e-9]
    return sorted(values, key=lambda value: abs(value - near))


def leaving_out(limits: Sequence[Limit]) -> str:
    """What is changed where these conditions are left out, in words."""
    asked = [written(limit.filter) for limit in limits if not (limit.constraint or limit.rule)]
    stated = dict.fromkeys(limit.constraint.phrase for limit in limits if limit.constraint)
    changes = [f"the filter without {' and '.join(asked)}"] if asked else []
    changes += [f"search without the condition '{phrase}' of the question" for phrase in stated]
    changes += map(without_rule, dict.fromkeys(limit.rule for limit in limits if limit.rule))
    return ", and ".join(changes)


def without_rule(name: str) -> str:
    """The change that leaves a rule out, in words."""
    return f"search without the rule '{name}'"


def _number(value: Setting) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value or "none" if value is None or isinstance(value, str) else f"{value:g}"
