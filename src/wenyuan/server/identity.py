"""Who calls: of which tenant, with which groups, and what it may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from wenyuan.errors import WrongUse

Right = Literal["read", "ingest", "admin"]
"""read: ask and look; ingest: change documents; admin: all, and keys, settings and whole knowledge bases."""

RIGHTS: tuple[Right, ...] = get_args(Right)
DEFAULT_TENANT = "default"


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller. It is made from a key, or from the machine that it calls from, and from nothing that it says."""

    key: str  # the id of its key, for the log
    tenant: str
    rights: frozenset[Right]
    groups: frozenset[str] | None = None  # whose documents it sees; None: all
    only: str | None = None  # the one knowledge base it may touch, where there is such a limit
    origins: frozenset[str] | None = None  # of whose pages it is the key, who may only ask; None: no page's
    owner: bool = False  # whether it can read the folder anyway: it may name places on the server's disk

    @property
    def visits(self) -> bool:
        """Whether it is a page of a site, whose key everyone reads: it may ask, and see no more than answers."""
        return self.origins is not None

    def may(self, right: Right) -> bool:
        """Whether it has a right; who may administer may do the rest, too."""
        return right in self.rights or "admin" in self.rights

    def reaches(self, knowledge_base: str) -> bool:
        """Whether it may touch a knowledge base of its tenant."""
        return self.only is None or self.only == knowledge_base


def rights_of(names: Iterable[str]) -> frozenset[Right]:
    """The rights of these names.

    Raises:
        WrongUse: one of them is none, or there is not one.
    """
    given = [name.strip() for name in names]
    for name in given:
        if name not in RIGHTS:
            raise WrongUse(f"'{name}' is no right of a key; choose from {', '.join(RIGHTS)}.")
    if not given:
        raise WrongUse(f"A key needs a right; choose from {', '.join(RIGHTS)}.")
    return frozenset(right for right in RIGHTS if right in given)
