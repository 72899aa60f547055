"""What a leg of recall is: one way to look for chunks, a file a leg."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from wenyuan.trace import Trace
from wenyuan.types import Candidate, Query, Vector, View


@dataclass(frozen=True, slots=True)
class Sought:
    """What all legs of one question look for."""

    query: Query
    vector: Vector | None  # (d,) of it, its context included; None where no leg that takes part compares meanings


class Leg(Protocol):
    """One way to look for chunks."""

    @property
    def name(self) -> str:
        """As settings, options and traces name it."""
        ...

    @property
    def share(self) -> float:
        """What it has of the fused score, taken in proportion from the legs before it; the first has all, alone."""
        ...

    @property
    def by_meaning(self) -> bool:
        """Whether it needs the vector of the question."""
        ...

    def search(self, sought: Sought, view: View, k: int, trace: Trace) -> Sequence[Candidate] | None:
        """The k best chunks within the question's conditions, best first; None where it cannot take part."""
        ...


def shares(legs: Iterable[Leg]) -> dict[str, float]:
    """The weight of each leg in fusion; together they are 1."""
    weights: dict[str, float] = {}
    for leg in legs:
        weights = with_share(weights, leg.name, leg.share)
    return weights


def with_share(weights: Mapping[str, float], name: str, share: float) -> dict[str, float]:
    """The weights with one more, taken from the others in proportion."""
    return {leg: (1 - share) * weight for leg, weight in weights.items()} | {name: share if weights else 1.0}
