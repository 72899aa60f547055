"""Who reads: what every read of a knowledge base is limited by."""

from __future__ import annotations

from dataclasses import dataclass

EVERYONE = "everyone"
"""The group that all readers are of; a document that names no group is its."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The groups of a reader, who sees the documents of these and of `EVERYONE`; None: the owner, who sees all."""

    groups: frozenset[str] | None

    @property
    def whole(self) -> bool:
        """Whether nothing is hidden."""
        return self.groups is None

    @property
    def parties(self) -> tuple[str, ...]:
        """The groups with `EVERYONE`, in order; none of the owner's, who needs none."""
        return () if self.groups is None else tuple(sorted({*self.groups, EVERYONE}))


WHOLE = Scope(None)
"""The owner's."""
