"""What a rule is, and whether it fires for a question at a time."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import regex

from wenyuan.filters import written
from wenyuan.text.normalise import fold, simplify
from wenyuan.trace import Trace
from wenyuan.types import Filter, Language, Query

Intent = Literal["lookup", "howto", "troubleshooting", "comparison", "policy", "navigation", "chitchat"]
ACTIONS = ("pin", "boost", "bury", "exclude", "filter", "answer")

# A pattern is the owner's, a question a stranger's: neither its length nor backtracking may hold the engine up.
_COMPARED = 1000  # characters of a question
_SECONDS = 0.05  # for a pattern, of processor time
_TOO_SLOW = "its pattern took too long on this question"

_DAY = 24 * 60 * 60
_LATIN = "0-9a-z\u00df-\u024f"


@dataclass(frozen=True, slots=True)
class When:
    """What a question must be like. All that is given must hold; where nothing is, every question fits."""

    all: tuple[str, ...] = ()  # phrases
    any: tuple[str, ...] = ()
    pattern: regex.Pattern[str] | None = None
    intents: tuple[str, ...] = ()
    language: Language | None = None

    def described(self) -> str:
        """The conditions in one line."""
        parts = [
            f"all of {_listed(self.all)}" if self.all else "",
            f"any of {_listed(self.any)}" if self.any else "",
            f"pattern {_quoted(self.pattern.pattern)}" if self.pattern else "",
            f"intent {' or '.join(self.intents)}" if self.intents else "",
            f"language {self.language}" if self.language else "",
        ]
        return "; ".join(filter(None, parts)) or "every question"

    def why_not(self, query: Query) -> str | None:
        """What of it does not hold, in words; None where all does."""
        asked = query.normalised[:_COMPARED]
        if self.language and query.language != self.language:
            return f"the question's language is {query.language}, not {self.language}"
        if self.intents and query.intent not in self.intents:
            return f"the question's intent is {query.intent or 'not known'}, not {' or '.join(self.intents)}"
        folded = fold(asked)
        missing = [phrase for phrase in self.all if not _holds(folded, phrase)]
        if missing:
            return f"the question does not hold {_quoted(missing[0])}"
        if self.any and not any(_holds(folded, phrase) for phrase in self.any):
            return f"the question holds none of {_listed(self.any)}"
        return self._pattern_misses(asked)

    def _pattern_misses(self, asked: str) -> str | None:
        if self.pattern is None:
            return None
        try:  # as it is written and, as phrases are, whichever Chinese script it is in
            fits = any(self.pattern.search(form, timeout=_SECONDS) for form in dict.fromkeys((asked, simplify(asked))))
        except TimeoutError:
            return _TOO_SLOW
        return None if fits else f"the pattern {_quoted(self.pattern.pattern)} does not fit the question"


@dataclass(frozen=True, slots=True)
class Scale:
    """Multiplies the scores of hits from these documents; by 0: they go to the end."""

    documents: Filter
    factor: float


@dataclass(frozen=True, slots=True)
class Curated:
    """An answer written by a person, with where it is from: a document, or the address of a page."""

    text: str
    expires: float  # from then on it is not given
    document: str | None = None
    url: str | None = None
    quote: str = ""  # the words of the document that prove it


@dataclass(frozen=True, slots=True)
class Rule:
    """When it fires, and what it then does."""

    name: str
    when: When = When()
    starts: float | None = None
    ends: float | None = None  # the first moment at which it no longer fires
    pin: tuple[str, ...] = ()  # documents, in this order
    boost: Scale | None = None
    bury: Scale | None = None
    exclude: Filter | None = None
    filter: Filter | None = None
    answer: Curated | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        """The names of what it does, in the order of the documentation."""
        return tuple(name for name in ACTIONS if getattr(self, name))

    @property
    def rearranges(self) -> bool:
        """Whether it changes the order of the hits."""
        return bool(self.pin or self.boost or self.bury)

    def why_not(self, query: Query, now: float) -> str | None:
        """Why it does not fire, in words; None where it does."""
        return self.why_never(now) or self.when.why_not(query)

    def why_never(self, now: float) -> str | None:
        """Why it fires for no question at this time; None where it is active."""
        if self.starts is not None and now < self.starts:
            return f"it begins on {day(self.starts)}"
        if self.ends is not None and now >= self.ends:
            return f"it ended on {last_day(self.ends)}"
        return None

    def described(self) -> Iterator[str]:
        """What it does, one line for each action."""
        if self.pin:
            yield f"pin {', '.join(self.pin)}"
        if self.boost:
            yield f"boost {written(self.boost.documents)} by {self.boost.factor:g}"
        if self.bury:
            how = f"by {self.bury.factor:g}" if self.bury.factor else "to the end"
            yield f"bury {written(self.bury.documents)} {how}"
        if self.exclude:
            yield f"exclude {written(self.exclude)}"
        if self.filter:
            yield f"filter {written(self.filter)}"
        if self.answer:
            yield f"answer from {self.answer.document or self.answer.url}, until {last_day(self.answer.expires)}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a rule fires for a question."""

    rule: Rule
    why_not: str | None

    @property
    def fires(self) -> bool:
        """Whether nothing speaks against it."""
        return self.why_not is None


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A `[[test]]`: a question, the rules that must fire for it (exactly these) and the document that must be first."""

    question: str
    expect: tuple[str, ...] | None = None
    top: str | None = None
    at: float | None = None  # as if asked then; None: now


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a knowledge base in the order of the file, and its tests of them."""

    rules: tuple[Rule, ...] = ()
    tests: tuple[RuleTest, ...] = ()

    def judge(self, query: Query, now: float) -> list[Verdict]:
        """Of every rule, whether it fires for a question at a time (Unix seconds)."""
        return [Verdict(rule, rule.why_not(query, now)) for rule in self.rules]

    def fire(self, query: Query, now: float, trace: Trace) -> tuple[Rule, ...]:
        """The rules that fire; one that could not be decided in time is noted."""
        verdicts = self.judge(query, now)
        for verdict in verdicts:
            if verdict.why_not == _TOO_SLOW:
                trace.note(f"Rule '{verdict.rule.name}' did not fire: {_TOO_SLOW}; simplify it.")
        return tuple(verdict.rule for verdict in verdicts if verdict.fires)


def day(moment: float) -> str:
    """A moment as it is written: a date at midnight (UTC), else with its time."""
    return datetime.fromtimestamp(moment, UTC).isoformat().removesuffix("T00:00:00+00:00")


def last_day(end: float) -> str:
    """The last day before an end at midnight, else the end."""
    return day(end if end % _DAY else end - _DAY)


def _holds(folded: str, phrase: str) -> bool:
    return _finder(phrase).search(folded) is not None


@functools.lru_cache(maxsize=1 << 14)
def _finder(phrase: str) -> re.Pattern[str]:
    """A phrase wherever it stands, though never inside a longer word or number of Latin letters and digits."""
    form = fold(phrase)
    begin = f"(?<![{_LATIN}])" if re.match(f"[{_LATIN}]", form) else ""
    end = f"(?![{_LATIN}])" if re.search(f"[{_LATIN}]$", form) else ""
    return re.compile(begin + re.escape(form) + end)


def _quoted(text: str) -> str:
    return f"“{text}”"


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(map(_quoted, texts))
