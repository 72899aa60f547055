"""The traces of the last questions, for who asked them."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass

from wenyuan.server.identity import Identity
from wenyuan.trace import Trace

_KEPT = 256


@dataclass(frozen=True, slots=True)
class Kept:
    """A question's trace, of whom and what it was asked."""

    asker: Identity
    kb: str
    trace: Trace

    def belongs_to(self, identity: Identity, kb: str) -> bool:
        """Whether a caller asked it, of this knowledge base, with the rights that it has now."""
        mine = (self.asker.key, self.asker.tenant, self.asker.groups, self.kb)
        return mine == (identity.key, identity.tenant, identity.groups, kb)


class Traces:
    """The last ones, in memory. Any thread may call every method."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, identity: Identity, kb: str, trace: Trace) -> str:
        """The id by which it is found again."""
        made = secrets.token_hex(16)
        with self._lock:
            self._kept[made] = Kept(identity, kb, trace)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made

    def get(self, id: str) -> Kept | None:
        """One of them; None where it is not known, or no longer."""
        with self._lock:
            return self._kept.get(id)

    def forget(self, tenant: str, kb: str) -> None:
        """Forget those of a knowledge base."""
        with self._lock:
            for id_ in [id_ for id_, each in self._kept.items() if (each.asker.tenant, each.kb) == (tenant, kb)]:
                del self._kept[id_]
