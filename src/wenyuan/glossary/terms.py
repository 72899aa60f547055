"""The shipped glossary: what single words of Chinese and English are in the other language."""

from __future__ import annotations

import functools
import gzip
import zlib
from typing import TYPE_CHECKING

from wenyuan.errors import Damaged, WrongModel
from wenyuan.models.artefact import Artefact, locate_as
from wenyuan.text.bm25 import ANALYSER
from wenyuan.text.words import stop_words, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

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
        if artefact.card.source != ANALYSER:
            raise WrongModel(f'The glossary "{artefact.card.name}" is of terms that this version no longer makes.')
        self.artefact = artefact

    @property
    def id(self) -> str:
        """Name and content hash."""
        return self.artefact.id

    def translations(self, text: str) -> Mapping[str, float]:
        """Of each content word what it may be in the other language; of two weights of a term the greater."""
        found: dict[str, float] = {}
        for word in set(words(text)) - stop_words():
            for entry in self._entry(word).split():
                term, _, weight = entry.rpartition(":")
                found[term] = max(found.get(term, 0.0), float(weight))
        return found

    def _entry(self, word: str) -> str:
        """What stands behind a word, by bisection of the lines: a dictionary of them would take longer to make."""
        lines, wanted = self._lines, word.encode()
        low, high = 0, len(lines)  # each is the beginning of a line, or the end
        while low < high:
            start = lines.rfind(b"\n", 0, (low + high) // 2) + 1
            end = lines.index(b"\n", start)
            key, _, entry = lines[start:end].partition(b"\t")
            if key == wanted:
                return entry.decode()
            low, high = (end + 1, high) if key < wanted else (low, start)
        return ""

    @functools.cached_property
    def _lines(self) -> bytes:
        self.artefact.verify()
        return _lines_of(self.artefact.folder / TERMS, self.artefact.id)


@functools.lru_cache(maxsize=2)
def _lines_of(path: Path, _id: str) -> bytes:
    """The lines of a file, in the order of their words: once for all knowledge bases of a process."""
    try:
        return gzip.decompress(path.read_bytes()).removesuffix(b"\n") + b"\n"
    except (OSError, EOFError, zlib.error) as error:
        raise Damaged(f"{path} is no file of terms ({error}): install it again.") from error


def write_terms(terms: Mapping[str, Mapping[str, float]]) -> bytes:
    """The file of a glossary: word → term → weight (0–1, below 0.01 left out); equal terms give equal bytes."""
    lines = (f"{word}\t{' '.join(_entries(terms[word].items()))}\n" for word in sorted(terms))
    return gzip.compress("".join(lines).encode(), mtime=0)


def _entries(weights: Iterable[tuple[str, float]]) -> list[str]:
    best_first = sorted(weights, key=lambda each: (-each[1], each[0]))
    return [f"{term}:{weight:.2f}" for term, weight in best_first if weight >= 0.01]
