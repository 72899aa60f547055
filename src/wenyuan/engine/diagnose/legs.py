"""How each leg ranks a document, however deep it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from wenyuan.engine.diagnose.trial import Trial
from wenyuan.filters import inside
from wenyuan.recall import recall
from wenyuan.trace import Trace
from wenyuan.types import Query, Recalled

DEPTHS = (1_000, 10_000)  # how far a leg's list is followed, in two strides


@dataclass(frozen=True, slots=True)
class LegRank:
    """How a leg ranks a document's best chunk for it.

    `score` is None where the leg finds nothing in the document; `rank` then, too, and where it lies beyond the
    `searched` best. `needed` is the score of the leg's last candidate, None where the leg brought all it found.
    """

    rank: int | None
    score: float | None
    needed: float | None
    searched: int


def leg_ranks(trial: Trial, trace: Trace, chunks: AbstractSet[int]) -> dict[str, LegRank]:
    """What each leg that took part says of the document of these chunks."""
    legs: dict[str, LegRank] = {}
    for leg, hits in trace.recalled.items():
        needed = hits[-1].score if len(hits) >= trace.candidates else None
        rank, score = next(((n, hit.score) for n, hit in enumerate(hits, 1) if hit.chunk in chunks), (None, None))
        legs[leg] = LegRank(rank, score, needed, len(hits))
    missing = tuple(leg for leg, rank in legs.items() if rank.rank is None)
    return legs | (_deeper(trial, trace, legs, missing) if missing else {})


def _deeper(trial: Trial, trace: Trace, legs: Mapping[str, LegRank], missing: Sequence[str]) -> dict[str, LegRank]:
    """Ranks beyond the candidates: a search in the document finds its best chunk, a deep one where that stands."""
    query = trace.searched
    assert query

    def followed(query: Query, depth: int, names: Sequence[str]) -> Recalled:
        asked = [leg for leg in trial.flow.legs if leg.name in names]
        return recall(query, trial.flow.encoder, trial.view, depth, asked, Trace())

    best = {leg: hits[0] for leg, hits in followed(inside(query, trial.document), 1, missing).items() if hits}
    found = {leg: replace(legs[leg], score=hit.score) for leg, hit in best.items()}
    for depth in DEPTHS:
        asked = tuple(leg for leg in found if found[leg].rank is None)
        for leg, hits in (followed(query, depth, asked) if asked else {}).items():
            rank = next((n for n, hit in enumerate(hits, 1) if hit.chunk == best[leg].chunk), None)
            found[leg] = replace(found[leg], rank=rank, searched=len(hits))
    return found
