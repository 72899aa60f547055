"""The house: `KnowledgeBase` composes the two flows and holds nothing else.

`engine.ingest`:     load → chunk → encode (→ extract triples) → store
`engine.flow`:       rules → narrow → recall → weigh → fuse → distinct → rerank → diversify → reorder → assemble
`engine.answering`:  → prompt → draft (→ verify) → judge → answer; a writer drafts (`engine.writing`)

What answers questions is loaded with `KnowledgeBase`; what only looks at files (`engine.standing`) does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wenyuan.engine.knowledge_base import KnowledgeBase

__all__ = ["KnowledgeBase"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from wenyuan.engine import knowledge_base

    return getattr(knowledge_base, name)
