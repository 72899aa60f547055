"""A rule that brings a document in for questions like one: proposed only after it was tried on that question."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from wenyuan.engine.diagnose.lost import unanswered
from wenyuan.engine.diagnose.trial import Trial
from wenyuan.rules import Rule, Rules, When
from wenyuan.text.normalise import fold
from wenyuan.text.words import codes, stop_words, word_spans, words

_MOST = 3  # words that a question must share with the one that was asked
_LONGEST = 40  # characters of a question in the name of its rule


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule that pins a document, which then is hit or source number `rank`; it was tried."""

    rule: Rule
    rank: int


def propose(trial: Trial) -> Proposal | None:
    """The least rule that brings the document in; None where none does, as a rule widens no filter."""
    for phrases in _phrases(trial):
        rule = Rule(_name(trial), When(all=phrases), pin=(trial.document,))
        if rank := _rank(trial, rule):
            return Proposal(rule, rank)
    return None


def _rank(trial: Trial, rule: Rule) -> int | None:
    """Where the document comes with this rule beside the others; None where it does not, or is not quoted."""
    known = trial.flow.rules
    ruled = replace(trial, flow=replace(trial.flow, rules=Rules((*known.rules, rule), known.tests)))
    trace = ruled.run()
    rank = ruled.place(trace)
    return None if rank is None or unanswered(trace, trial.document) else rank


def _phrases(trial: Trial) -> Iterator[tuple[str, ...]]:
    """What questions like this one hold: its telling words; else the question itself."""
    asked = trial.query.normalised
    spans = [asked[start:end] for start, end in word_spans(asked)]
    known = {fold(word): word for word in spans if not stop_words().issuperset(words(word))}
    document, of_documents = trial.view.document(trial.document), set(codes(asked))
    text = fold(document.text) if document else ""
    # Codes say most, then what the document says, too; then long words.
    best = sorted(known, key=lambda word: (word not in of_documents, word not in text, -len(word)))[:_MOST]
    if best:
        yield tuple(word for form, word in known.items() if form in best)
    yield (asked,)


def _name(trial: Trial) -> str:
    """A name that no rule has yet."""
    asked = trial.query.normalised
    short = asked if len(asked) <= _LONGEST else f"{asked[: _LONGEST - 1]}…"
    return _unique(f"{trial.document}: {short}", {rule.name for rule in trial.flow.rules.rules})


def _unique(name: str, taken: Collection[str]) -> str:
    numbered = (f"{name} ({n})" for n in range(2, len(taken) + 3))
    return next(each for each in (name, *numbered) if each not in taken)
