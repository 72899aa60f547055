"""How a document was lost, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wenyuan.engine.diagnose.legs import LegRank
from wenyuan.engine.diagnose.lost import Loss, Stage
from wenyuan.engine.diagnose.trial import Trial

_LABELS = {
    Stage.FUSE: "Fusion",
    Stage.COARSE: "The comparison token by token",
    Stage.RERANK: "The reranking model",
    Stage.DIVERSIFY: "The choice of hits that complement each other",
}


def sentence(trial: Trial, lost: Loss, legs: Mapping[str, LegRank], twin: str, movers: Sequence[str]) -> str:
    """The stage that lost the document and the figures that show it.

    `twin` is the document that a duplicate gave way to, `movers` are the rules that changed the order of the hits.
    """
    document, window = trial.document, lost.window
    match lost.stage:
        case Stage.RECALL:
            ranks = "; ".join(f"{leg} {_leg(rank)}" for leg, rank in legs.items())
            said = f"No leg has {document} among its candidates: {ranks}."
        case Stage.DUPLICATE:
            said = f"{document} is left out as nearly identical to a better passage of {twin}."
        case Stage.RULES:
            rules = " and ".join(f"'{name}'" for name in movers)
            said = _lowered(f"The rule{'' if len(movers) == 1 else 's'} {rules}", document, lost)
        case Stage.BUDGET:
            said = f"The source from {document} does not fit: it needs {lost.needed:g} tokens, the budget is {window}."
        case Stage.SELECT if lost.score is None:
            said = f"{document} is among the sources, but nothing in it was weighed: better ones came before it."
        case Stage.SELECT:
            said = f"{document} is among the sources, but another passage answers better{_scores(lost)}."
        case Stage.CONFIDENCE:
            bound = f"its confidence {lost.score:.2f} is below answer.confidence {lost.needed:g}"
            said = f"{document} would be quoted, but the answer is declined: {bound}."
        case Stage.K:
            said = f"{document} is number {lost.after}, beyond {trial.cut} = {window}{_scores(lost)}."
        case _:
            said = _at_rank(document, lost)
    return said


def _at_rank(document: str, lost: Loss) -> str:
    label = _LABELS[lost.stage]
    match lost.cause:
        case "unread":
            where = f"it stood at rank {lost.before}, and {lost.window} are read"
            return f"{label} did not come to {document}: {where}."
        case "late":
            return f"{label} had no time to read {document}, which stood at rank {lost.before}."
        case "sure":
            where = f"in the first {lost.window} it saw an answer, and this stood at rank {lost.before}"
            return f"{label} did not come to {document}: {where}."
        case "weak":
            score = f"its score token by token, {lost.score:.4f}, is below rerank.coarse_threshold {lost.needed:g}"
            return f"{label} did not read {document}: {score}."
        case "threshold":
            return f"{label} left {document} out: its logit {lost.score:.4f} is below rerank.threshold {lost.needed:g}."
    return _lowered(label, document, lost)


def _lowered(what: str, document: str, lost: Loss) -> str:
    if lost.after is None:
        return f"{what} left {document} out, which stood at rank {lost.before}; {lost.window} go on."
    before = f"{lost.before} of one leg" if lost.stage is Stage.FUSE else f"{lost.before}"
    return f"{what} lowered {document} from rank {before} to {lost.after}; {lost.window} go on{_scores(lost)}."


def _scores(lost: Loss) -> str:
    if lost.score is None or lost.needed is None:
        return ""
    return f" (score {lost.score:.4f}; {lost.needed:.4f} is needed)"


def _leg(rank: LegRank) -> str:
    if rank.score is None:
        return "finds no word of the question in it"
    needed = "" if rank.needed is None else f", {rank.needed:.4f} is needed"
    where = f"beyond {rank.searched}" if rank.rank is None else f"at rank {rank.rank}"
    return f"has it {where} (score {rank.score:.4f}{needed})"
