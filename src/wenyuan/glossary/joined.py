"""Several glossaries as one."""

from __future__ import annotations

from collections.abc import Mapping

from wenyuan.types import Glossary


class Glossaries:
    """A `wenyuan.types.Glossary` of several; of two weights of a term the greater."""

    def __init__(self, *parts: Glossary) -> None:
        self._parts = parts

    def translations(self, text: str) -> Mapping[str, float]:
        """What any of them has."""
        found: dict[str, float] = {}
        for part in self._parts:
            found |= {term: max(weight, found.get(term, 0.0)) for term, weight in part.translations(text).items()}
        return found
