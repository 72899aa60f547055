"""Which changes are worth trying where a stage lost a document."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from wenyuan.engine.diagnose.legs import LegRank
from wenyuan.engine.diagnose.lost import Loss, Stage
from wenyuan.engine.diagnose.trial import Remedy, Trial, hundredths, without_rule

# How far a trial goes: the settings' own bounds, and what a reranking model reads in a few seconds.
MOST, MOST_SOURCES, MOST_READ = 1_000, 50, 300


def changes(
    trial: Trial, lost: Loss, legs: Mapping[str, LegRank], similarity: float, movers: Sequence[str]
) -> list[Remedy]:
    """Those that bring it in, each tried; the one at the stage that lost it comes first.

    `similarity` is that of a duplicate to its better one, `movers` are the rules that changed the order of the hits.
    """
    guess = lost.after or lost.before or min((rank.rank for rank in legs.values() if rank.rank), default=MOST)
    tried = [*_before_reranking(trial, lost, guess, similarity), *_reranking(trial, lost), *_after(trial, lost, movers)]
    if lost.stage in (Stage.RECALL, Stage.FUSE) or lost.cause == "unread":
        tried += _read_more(trial, guess)
    if lost.stage is not Stage.BUDGET:
        tried.append(trial.least(trial.cut, guess, MOST_SOURCES if trial.ask else MOST))
    return list(filter(None, tried))


def surer(trial: Trial, lost: Loss, rank: int) -> Iterator[Remedy]:
    """The bound of confidence with which an answer that was declined is given."""
    bound = math.floor((lost.score or 0) * 100) / 100
    if (judged := trial.changed("answer.confidence", bound).run().judged) and judged.answered:
        sentence = f"answer.confidence from {trial.value('answer.confidence'):g} to {bound:g}"
        yield Remedy(sentence, {"answer.confidence": bound}, rank, trial.query.filter, trial.phrases, trial.rules)


def _before_reranking(trial: Trial, lost: Loss, guess: int, similarity: float) -> Iterator[Remedy | None]:
    match lost.stage:
        case Stage.RECALL:
            yield trial.least("recall.candidates", guess, MOST)
        case Stage.FUSE:
            yield trial.first("fuse.dense", hundredths(0, 1, trial.flow.settings.fuse.dense))
            if trial.flow.settings.recall.summaries:
                yield trial.first("fuse.summary", hundredths(0, 1, trial.flow.settings.fuse.summary))
        case Stage.DUPLICATE:
            yield trial.first("fuse.duplicate", hundredths(similarity, 1, similarity, 1))


def _reranking(trial: Trial, lost: Loss) -> Iterator[Remedy | None]:
    settings = trial.flow.settings.rerank
    reached = math.floor((lost.score or 0) * 100) / 100  # what a threshold would have to be
    match lost.stage, lost.cause:
        case Stage.COARSE, "lowered":
            yield trial.first("rerank.coarse", hundredths(0, 1, settings.coarse))
        case Stage.RERANK, "lowered":
            yield trial.first("rerank.weight", hundredths(0, 1, settings.weight))
        case Stage.RERANK, "late":
            yield trial.first("rerank.ms", [None])
        case Stage.RERANK, "sure":
            yield trial.first("rerank.sure", ["none"])
        case Stage.RERANK, "threshold":
            yield trial.first("rerank.threshold", [reached, None])
        case Stage.RERANK, "weak":
            yield trial.first("rerank.coarse_threshold", [reached, None])


def _after(trial: Trial, lost: Loss, movers: Sequence[str]) -> Iterator[Remedy | None]:
    settings = trial.flow.settings.diversity
    match lost.stage:
        case Stage.DIVERSIFY:
            yield trial.first("diversity.novelty", hundredths(0, settings.novelty, settings.novelty))
            if settings.coverage and trial.query.parts:
                yield trial.attempt("diversity.coverage", False)
            if settings.per_document is not None:
                yield trial.attempt("diversity.per_document", None)
        case Stage.RULES:
            alone = [trial.without_rules([name]).change(without_rule(name), {}) for name in movers]
            yield from alone
            if not any(alone):
                yield trial.without_rules(movers).change(", and ".join(map(without_rule, movers)), {})
        case Stage.BUDGET:
            yield trial.attempt("answer.budget", lost.needed)


def _read_more(trial: Trial, guess: int) -> Iterator[Remedy | None]:
    settings = trial.flow.settings.rerank
    if trial.flow.scorer and settings.coarse:
        yield trial.least("rerank.candidates", guess, MOST)
    if trial.flow.reranker and settings.ms != 0:
        yield trial.least("rerank.fine", guess, MOST_READ)
