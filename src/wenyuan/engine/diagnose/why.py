"""Why was a document not found? The one stage that lost it, and which tried changes would bring it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wenyuan.engine.diagnose.changes import MOST_SOURCES, changes, surer
from wenyuan.engine.diagnose.conditions import Limit, unmet
from wenyuan.engine.diagnose.legs import LegRank, leg_ranks
from wenyuan.engine.diagnose.lost import Loss, Stage, loss, unanswered
from wenyuan.engine.diagnose.trial import Remedy, Setting, Trial, leaving_out
from wenyuan.engine.diagnose.wording import sentence
from wenyuan.engine.naming import near
from wenyuan.text.fingerprint import similarities
from wenyuan.trace import Step, Trace, Weighed

MOVES = ("pin", "boost", "bury")  # what rules do to the order of hits


@dataclass(frozen=True, slots=True)
class Why:
    """What became of a document when a question was asked.

    `before` and `after` are its ranks before and after the stage that lost it. Each of `changes` was tried and brings
    it in by itself, the one at that stage first.
    """

    question: str
    document: str
    stage: Stage
    sentence: str
    rank: int | None = None  # of its best hit or source, if it was found
    before: int | None = None
    after: int | None = None
    score: float | None = None  # in the list that was cut
    needed: float | None = None  # the least score there that went on; of a budget, tokens
    legs: Mapping[str, LegRank] = field(default_factory=dict)
    path: Mapping[str, Step] = field(default_factory=dict)  # stage → where its best chunk stood after it
    duplicate_of: str | None = None  # document
    conditions: tuple[str, ...] = ()  # of the asker, the question or rules, that it does not fulfil
    near: tuple[str, ...] = ()  # documents of similar names, where it is unknown
    changes: tuple[Remedy, ...] = ()
    weighed: Weighed | None = None  # by a policy of the legs' weights, if there is one
    disabled: int = 0  # passages of it that a person disabled: nothing looks at them


def why(trial: Trial) -> Why:
    """Ask the question and say what became of the document; if it was lost, try what would bring it in."""
    disabled = sum(passage.disabled for passage in trial.view.passages(trial.document))
    found = _why(trial, disabled)
    if not disabled or found.stage is Stage.DISABLED:
        return replace(found, disabled=disabled)
    said = f"{found.sentence} Of its passages, {disabled} were disabled by hand."
    return replace(found, disabled=disabled, sentence=said)


def _why(trial: Trial, disabled: int) -> Why:
    view, question, document = trial.view, trial.query.text, trial.document
    info = view.info(document)
    if info is None:
        return _unknown(trial)
    if not info.chunks:
        return _empty(trial, disabled)
    trace = trial.run()
    if limits := unmet(trace, trial.flow.rules, info):
        return _filtered(trial, limits)
    chunks = {passage.chunk.id for passage in view.passages(document)}
    legs = leg_ranks(trial, trace, chunks)
    if rank := trial.place(trace):
        if unsaid := unanswered(trace, document):
            return _unanswered(trial, trace, unsaid, legs, rank)
        best = next(hit.chunk.id for hit in trace.hits if hit.chunk.document == document)
        said = f"{document} is found: {'source' if trial.ask else 'hit'} {rank}."
        path, weighed = trace.path(best), trace.weighed
        return Why(question, document, Stage.FOUND, said, rank, legs=legs, path=path, weighed=weighed)
    return _lost(replace(trial, conclude=None), trace, loss(trace, chunks), legs)


# --- what is not a matter of ranks ---


def _unknown(trial: Trial) -> Why:
    document = trial.document
    meant = near(document, [info.id for info in trial.view.documents()])
    hint = f" Did you mean {' or '.join(meant)}?" if meant else ""
    said = f"{document} is not in the knowledge base; bring it in with `wenyuan add`.{hint}"
    return Why(trial.query.text, document, Stage.UNKNOWN, said, near=meant)


def _empty(trial: Trial, disabled: int) -> Why:
    question, document = trial.query.text, trial.document
    if disabled:
        said = f"Every passage of {document} was disabled by hand; let one be found again."
        return Why(question, document, Stage.DISABLED, said)
    return Why(question, document, Stage.EMPTY, f"{document} is in the knowledge base, but it holds no text.")


def _filtered(trial: Trial, limits: Sequence[Limit]) -> Why:
    conditions = tuple(limit.told for limit in limits)
    said = f"{trial.document} is filtered out: it does not fulfil {' and '.join(map(str, limits))}."
    without, removed = trial.without(limits), leaving_out(limits)
    change = without.change(removed, {})
    helpful = (change,) if change else _further(without, removed, {})
    return Why(trial.query.text, trial.document, Stage.FILTERED, said, conditions=conditions, changes=helpful)


# --- what is ---


def _unanswered(trial: Trial, trace: Trace, lost: Loss, legs: Mapping[str, LegRank], rank: int) -> Why:
    """The document is a source of an answer that does not quote it, or that is declined."""
    best = next(hit.chunk.id for hit in trace.hits if hit.chunk.document == trial.document)
    return Why(
        question=trial.query.text,
        document=trial.document,
        stage=lost.stage,
        sentence=sentence(trial, lost, legs, "", ()),
        rank=rank,
        score=lost.score,
        needed=lost.needed,
        legs=legs,
        path=trace.path(best),
        changes=tuple(surer(trial, lost, rank)) if lost.stage is Stage.CONFIDENCE else (),
        weighed=trace.weighed,
    )


def _lost(trial: Trial, trace: Trace, lost: Loss, legs: Mapping[str, LegRank]) -> Why:
    twin, similarity = _twin(trace, lost)
    movers = list(dict.fromkeys(fired.rule for fired in trace.fired if fired.action in MOVES))
    return Why(
        question=trial.query.text,
        document=trial.document,
        stage=lost.stage,
        sentence=sentence(trial, lost, legs, f"{twin} ({similarity:.2f} similar)", movers),
        before=lost.before,
        after=lost.after,
        score=lost.score,
        needed=lost.needed,
        legs=legs,
        path={} if lost.chunk is None else trace.path(lost.chunk),
        duplicate_of=twin,
        changes=tuple(changes(trial, lost, legs, similarity, movers)) or _two(trial, lost),
        weighed=trace.weighed,
    )


def _twin(trace: Trace, lost: Loss) -> tuple[str | None, float]:
    """The document whose chunk was kept in place of the lost one, and how similar the two are."""
    if lost.stage is not Stage.DUPLICATE or trace.distinct is None or lost.chunk is None:
        return None, 0.0
    seen = {chunk.id: (chunk.document, fingerprint) for chunk, fingerprint in trace.distinct.seen}
    document, fingerprint = seen[trace.distinct.duplicates[lost.chunk]]
    both = np.frombuffer(fingerprint + seen[lost.chunk][1], np.uint8).reshape(2, -1)
    return document, float(similarities(both)[0, 1])


def _two(trial: Trial, lost: Loss) -> tuple[Remedy, ...]:
    """Where no change alone helps an answer: as many sources as it takes, and what its document then still needs."""
    if not trial.ask or lost.stage is Stage.BUDGET or not lost.after or lost.after > MOST_SOURCES:
        return ()
    more = trial.changed(trial.cut, lost.after)
    raised = f"{trial.cut} from {trial.value(trial.cut):g} to {lost.after}"
    return _further(more, raised, {trial.cut: lost.after})


def _further(trial: Trial, made: str, settings: Mapping[str, Setting]) -> tuple[Remedy, ...]:
    """The changes that bring it in once another, made in `trial`, is made."""
    return tuple(
        replace(each, sentence=f"{made}, and {each.sentence}", settings={**settings, **each.settings})
        for each in why(trial).changes
    )
