"""Why was a document not found? The one stage that lost it, and which tried changes would bring it in."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wenyuan.engine.legs import LegRank, leg_ranks
from wenyuan.engine.loss import Loss, Stage, loss
from wenyuan.engine.trial import Change, Setting, Trial, hundredths
from wenyuan.text.fingerprint import similarities
from wenyuan.trace import Step, Trace, filter_tree
from wenyuan.types import And, Condition, Filter, Query

# How far a trial goes: the settings' own bounds, and what a reranking model reads in a few seconds.
MOST, MOST_SOURCES, MOST_READ = 1_000, 50, 300


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
    conditions: tuple[str, ...] = ()  # of the filter, that it does not fulfil
    near: tuple[str, ...] = ()  # documents of similar names, where it is unknown
    changes: tuple[Change, ...] = ()


def why(trial: Trial) -> Why:
    """Ask the question and say what became of the document; if it was lost, try what would bring it in."""
    archive, question, document = trial.questions.archive, trial.question, trial.document
    info = archive.info(document)
    if info is None:
        return _unknown(trial)
    if not info.chunks:
        return Why(question, document, Stage.EMPTY, f"{document} is in the knowledge base, but it holds no text.")
    trace = trial.run()
    assert trace.query
    if unmet := _unmet(trial, trace.query):
        return _filtered(trial, unmet)
    chunks = {chunk.id for chunk in archive.neighbours(document, 0, info.chunks)}
    legs = leg_ranks(trial, trace, chunks)
    if rank := trial.place(trace):
        best = next(hit.chunk.id for hit in trace.hits if hit.chunk.document == document)
        sentence = f"{document} is found: {'source' if trial.ask else 'hit'} {rank}."
        return Why(question, document, Stage.FOUND, sentence, rank, legs=legs, path=trace.path(best))
    return _lost(trial, trace, loss(trace, chunks), legs)


# --- what is not a matter of ranks ---


def _unknown(trial: Trial) -> Why:
    document = trial.document
    known = [info.id for info in trial.questions.archive.documents()]
    base = document.rsplit("/", 1)[-1].lower()
    same = [each for each in known if each.rsplit("/", 1)[-1].lower() == base]
    near = tuple(same[:3] or difflib.get_close_matches(document, known, 3))
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    sentence = f"{document} is not in the knowledge base; bring it in with `wenyuan add`.{hint}"
    return Why(trial.question, document, Stage.UNKNOWN, sentence, near=near)


def _unmet(trial: Trial, query: Query) -> list[Filter]:
    """The conditions of the filter that the document does not fulfil."""
    if query.filter is None:
        return []
    archive, own = trial.questions.archive, Condition("document", "eq", trial.document)
    anything = np.ones(trial.questions.encoder.dimension, np.float32)  # the dense leg finds all that passes
    return [part for part in _parts(query.filter) if not archive.search(anything, None, 1, And((own, part)))["dense"]]


def _parts(filter: Filter) -> list[Filter]:
    """What must hold together."""
    if isinstance(filter, And):
        return [part for each in filter.parts for part in _parts(each)]
    return [filter]


def _filtered(trial: Trial, unmet: Sequence[Filter]) -> Why:
    conditions = tuple(map(_words, unmet))
    sentence = f"The filter leaves {trial.document} out: it does not fulfil {' and '.join(conditions)}."
    kept = [part for part in _parts(trial.filter) if part not in unmet] if trial.filter else []
    without = replace(trial, filter=And(tuple(kept)) if kept else None)
    removed = f"the filter without {' and '.join(conditions)}"
    changes: tuple[Change, ...] = ()
    if rank := without.place(without.run()):
        changes = (Change(removed, {}, rank, without.filter),)
    elif len(kept) < len(_parts(trial.filter) if trial.filter else ()):  # else understanding the question made it
        changes = _further(without, removed, {})
    return Why(trial.question, trial.document, Stage.FILTERED, sentence, conditions=conditions, changes=changes)


def _words(filter: Filter) -> str:
    """A condition as `--where` has it, anything else as `--filter` does."""
    if isinstance(filter, Condition):
        sign = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}.get(filter.op, "=")
        return f"{filter.field}{sign}{','.join(filter.value) if isinstance(filter.value, tuple) else filter.value}"
    return json.dumps(filter_tree(filter), ensure_ascii=False)


# --- what is ---


def _lost(trial: Trial, trace: Trace, lost: Loss, legs: Mapping[str, LegRank]) -> Why:
    twin, similarity = _twin(trace, lost)
    return Why(
        question=trial.question,
        document=trial.document,
        stage=lost.stage,
        sentence=_sentence(trial, lost, legs, f"{twin} ({similarity:.2f} similar)"),
        before=lost.before,
        after=lost.after,
        score=lost.score,
        needed=lost.needed,
        legs=legs,
        path={} if lost.chunk is None else trace.path(lost.chunk),
        duplicate_of=twin,
        changes=tuple(filter(None, _changes(trial, lost, legs, similarity))) or _two(trial, lost),
    )


def _twin(trace: Trace, lost: Loss) -> tuple[str | None, float]:
    """The document whose chunk was kept in place of the lost one, and how similar the two are."""
    if lost.stage is not Stage.DUPLICATE or trace.distinct is None or lost.chunk is None:
        return None, 0.0
    seen = {chunk.id: (chunk.document, fingerprint) for chunk, fingerprint in trace.distinct.seen}
    document, fingerprint = seen[trace.distinct.duplicates[lost.chunk]]
    both = np.frombuffer(fingerprint + seen[lost.chunk][1], np.uint8).reshape(2, -1)
    return document, float(similarities(both)[0, 1])


def _sentence(trial: Trial, lost: Loss, legs: Mapping[str, LegRank], twin: str) -> str:
    document, window = trial.document, lost.window
    scores = (
        "" if lost.score is None or lost.needed is None else f" (score {lost.score:.4f}; {lost.needed:.4f} is needed)"
    )
    label = "The reranking model" if lost.stage is Stage.RERANK else "The comparison token by token"
    match lost.stage, lost.cause:
        case Stage.RECALL, _:
            parts = "; ".join(f"{leg} {_leg_words(rank)}" for leg, rank in legs.items())
            sentence = f"No leg has {document} among its candidates: {parts}."
        case Stage.FUSE, _:
            return (
                f"Fusion lowered {document} from rank {lost.before} of one leg to {lost.after}; {window} go on{scores}."
            )
        case Stage.DUPLICATE, _:
            sentence = f"{document} is left out as nearly identical to a better passage of {twin}."
        case Stage.BUDGET, _:
            sentence = (
                f"The source from {document} does not fit: it needs {lost.needed:g} tokens, the budget is {window}."
            )
        case Stage.K, _:
            sentence = f"{document} is number {lost.after}, beyond {trial.cut} = {window}{scores}."
        case _, "unread":
            sentence = f"{label} did not come to {document}: it stood at rank {lost.before}, and {window} are read."
        case _, "late":
            sentence = f"{label} had no time to read {document}, which stood at rank {lost.before}."
        case _, "threshold":
            sentence = (
                f"{label} left {document} out: its logit {lost.score:.4f} is below rerank.threshold {lost.needed:g}."
            )
        case _:
            sentence = f"{label} lowered {document} from rank {lost.before} to {lost.after}; {window} go on{scores}."
    return sentence


def _leg_words(rank: LegRank) -> str:
    if rank.score is None:
        return "finds no word of the question in it"
    needed = "" if rank.needed is None else f", {rank.needed:.4f} is needed"
    where = f"beyond {rank.searched}" if rank.rank is None else f"at rank {rank.rank}"
    return f"has it {where} (score {rank.score:.4f}{needed})"


# --- what would bring it in ---


def _changes(trial: Trial, lost: Loss, legs: Mapping[str, LegRank], similarity: float) -> Iterator[Change | None]:
    """Changes tried, the one at the stage that lost it first; None where it did not help."""
    settings = trial.questions.settings
    guess = lost.after or lost.before or min((rank.rank for rank in legs.values() if rank.rank), default=MOST)
    match lost.stage, lost.cause:
        case Stage.RECALL, _:
            yield trial.least("recall.candidates", guess, MOST)
        case Stage.FUSE, _:
            yield trial.first("fuse.dense", hundredths(0, 1, settings.fuse.dense))
        case Stage.DUPLICATE, _:
            yield trial.first("fuse.duplicate", hundredths(similarity, 1, similarity, 1))
        case Stage.COARSE, "lowered":
            yield trial.first("rerank.coarse", hundredths(0, 1, settings.rerank.coarse))
        case Stage.RERANK, "lowered":
            yield trial.first("rerank.weight", hundredths(0, 1, settings.rerank.weight))
        case Stage.RERANK, "late":
            yield trial.first("rerank.ms", [None])
        case Stage.RERANK, "threshold":
            yield trial.first("rerank.threshold", [math.floor((lost.score or 0) * 100) / 100, None])
        case Stage.BUDGET, _:
            yield trial.attempt("answer.budget", lost.needed)
            return
    if lost.stage in (Stage.RECALL, Stage.FUSE) or lost.cause == "unread":
        yield from _read_more(trial, guess)
    yield trial.least(trial.cut, guess, MOST_SOURCES if trial.ask else MOST)


def _two(trial: Trial, lost: Loss) -> tuple[Change, ...]:
    """Where no change alone helps an answer: as many sources as it takes, and what its document then still needs."""
    if not trial.ask or lost.stage is Stage.BUDGET or not lost.after or lost.after > MOST_SOURCES:
        return ()
    more = trial.changed(trial.cut, lost.after)
    sentence = f"{trial.cut} from {trial.value(trial.cut):g} to {lost.after}"
    return _further(more, sentence, {trial.cut: lost.after})


def _further(trial: Trial, sentence: str, settings: Mapping[str, Setting]) -> tuple[Change, ...]:
    """The changes that bring it in once another, made in `trial`, is made."""
    return tuple(
        replace(each, sentence=f"{sentence}, and {each.sentence}", settings={**settings, **each.settings})
        for each in why(trial).changes
    )


def _read_more(trial: Trial, guess: int) -> Iterator[Change | None]:
    settings = trial.questions.settings.rerank
    if trial.questions.scorer and settings.coarse:
        yield trial.least("rerank.candidates", guess, MOST)
    if trial.questions.reranker and settings.ms != 0:
        yield trial.least("rerank.fine", guess, MOST_READ)
