"""The shipped glossary: what single words of Chinese and English are in the other language."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from wenyuan.errors import Damaged, WrongModel
from wenyuan.models.artefact import Artefact, locate_as
from wenyuan.text.bm25 import ANALYSER
from wenyuan.text.words import stop_words, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TERMS = "terms.tsv.gz"
KIND = "glossary"


def load_glossary(name: str) -> TermGlossary:
    """The glossary of this name (see `locate`).

    Raises:
        WrongUse, MissingExtra, Damaged: as `locate`; its files are not those that its card describes.
        WrongModel: the model is no glossary, or one of terms that the index no longer holds.
    """
    return TermGlossary(locate_as(KIND, name, "name a glossary"))


class TermGlossary:
    """A `wenyuan.types.Glossary` over a file of lines `word TAB term:weight term:weight …`, words and terms as the
    lexical index holds them."""

    def __init__(self, artefact: Artefact) -> None:
        artefact.verify()
        if artefact.card.source != ANALYSER:
            raise WrongModel(f'The glossary "{artefact.card.name}" is of terms that this version no longer makes.')
        self.artefact = artefact
        try:
            lines = gzip.decompress((artefact.folder / TERMS).read_bytes()).decode().splitlines()
            self._terms = dict(line.split("\t", 1) for line in lines)
        except (OSError, EOFError, ValueError) as error:
            raise Damaged(f"{artefact.folder / TERMS} is no file of terms ({error}): install it again.") from error

    @property
    def id(self) -> str:
        """Name and content hash."""
        return self.artefact.id

    def translations(self, text: str) -> Mapping[str, float]:
        """Of each content word what it may be in the other language; of two weights of a term the greater."""
        found: dict[str, float] = {}
        for word in set(words(text)) - stop_words():
            for entry in self._terms.get(word, "").split():
                term, _, weight = entry.rpartition(":")
                found[term] = max(found.get(term, 0.0), float(weight))
        return found


def write_terms(terms: Mapping[str, Mapping[str, float]]) -> bytes:
    """The file of a glossary: word → term → weight (0–1, below 0.01 left out); equal terms give equal bytes."""
    lines = (f"{word}\t{' '.join(_entries(terms[word].items()))}\n" for word in sorted(terms))
    return gzip.compress("".join(lines).encode(), mtime=0)


def _entries(weights: Iterable[tuple[str, float]]) -> list[str]:
    best_first = sorted(weights, key=lambda each: (-each[1], each[0]))
    return [f"{term}:{weight:.2f}" for term, weight in best_first if weight >= 0.01]
