"""How far a search goes, how many go into each stage, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from wenyuan.errors import WrongUse
from wenyuan.recall import LEGS
from wenyuan.rerank import Plan
from wenyuan.rules import Rule
from wenyuan.settings import DiversitySettings, RerankSettings, Settings
from wenyuan.trace import Fired, Trace
from wenyuan.types import Hit, Query

Omissible = Literal["rules", "diversity", "policy", "constraints"]
"""What a flow can do without."""

_SPARE = 5  # times as many hits as are asked for, to choose unlike ones from


@dataclass(frozen=True, slots=True)
class Way:
    """How far a search goes; WrongUse for legs that there are not."""

    legs: tuple[str, ...] = LEGS
    rerank: bool | None = None  # None: where lists are fused; without it the order is that of fusion
    rerank_ms: float | None = None  # None: that of the settings; 0: compared token by token only

    def __post_init__(self) -> None:
        if not self.legs or not set(self.legs) <= set(LEGS):
            raise WrongUse(f"The legs {', '.join(self.legs)} are not known; choose from {', '.join(LEGS)}.")

    @property
    def reranks(self) -> bool:
        """Whether hits are reranked: a leg that is asked alone shows its own order, unless time is given for it."""
        if self.rerank is None:
            return len(set(self.legs)) > 1 or bool(self.rerank_ms)
        return self.rerank


WHOLE = Way()


@dataclass(frozen=True, slots=True)
class Depth:
    """How many go into each stage, so that as many hits come out as are asked for."""

    ruled: int  # hits that rules put in order
    chosen: int  # that unlike ones are chosen from
    distinct: int  # that are reranked
    recalled: int  # asked of each leg


def choosy(settings: DiversitySettings) -> bool:
    """Whether hits are chosen to be unlike each other."""
    return settings.novelty > 0 or settings.per_document is not None


def depth_of(settings: Settings, k: int, fired: Sequence[Rule], way: Way, *, compares: bool, reads: bool) -> Depth:
    """How far a search goes: with a coarse scorer that compares or not, with a reranking model that reads or not."""
    scales = any(rule.boost or rule.bury for rule in fired)
    chosen = distinct = ruled = max(k, settings.recall.candidates) if scales else k
    if way.reranks:
        chosen = _SPARE * ruled if choosy(settings.diversity) else ruled
        compared, read = settings.rerank.candidates if compares else 0, settings.rerank.fine if reads else 0
        distinct = max(chosen, compared, read)
    return Depth(ruled, chosen, distinct, max(distinct, settings.recall.candidates))


def plan_of(settings: RerankSettings, ms: float | None) -> Plan:
    """What reranking is to do, in this time."""
    return Plan(
        candidates=settings.candidates,
        coarse_weight=settings.coarse,
        fine=settings.fine,
        weight=settings.weight,
        ms=ms,
        coarse_threshold=settings.coarse_threshold,
        fine_threshold=settings.threshold,
        first=settings.first,
        sure=None if settings.sure == "none" else settings.sure,
    )


@dataclass(frozen=True, slots=True)
class Result:
    """The hits of one search, best first, with what each stage saw and did on the way."""

    query: Query
    hits: list[Hit]
    trace: Trace

    @property
    def notes(self) -> list[str]:
        """Warnings and what was cut, one sentence each."""
        return self.trace.notes

    @property
    def fired(self) -> list[Fired]:
        """What rules did."""
        return self.trace.fired

    @property
    def timings_ms(self) -> Mapping[str, float]:
        """What each stage took."""
        return self.trace.timings_ms
