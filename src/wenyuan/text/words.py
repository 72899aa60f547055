"""Text → what the lexical index holds: Chinese words and character bigrams, English stems, codes in all their forms.

They overlap on purpose. Dictionary words are precise but a word missing from the dictionary would be lost;
bigrams find it anyway. A code such as "PPR-9087" is found whole, joined ("ppr9087") and by its parts ("9087").
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING

from wenyuan.text.language import HAN
from wenyuan.text.normalise import fold
from wenyuan.text.segments import cut, cut_for_search

if TYPE_CHECKING:
    from snowballstemmer import stemmer as SnowballStemmer  # noqa: N812 - a class

_RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:[-_./:+#'’@&][^\W_{HAN}]+)*[+#]*")
_PART = re.compile(r"[^\W\d_]+|\d+")
_IS_HAN = re.compile(f"[{HAN}]")
_OWN = threading.local()
_LONGEST = 64  # characters of a term: longer runs (base64, hashes) are found by their beginning


def words(text: str) -> list[str]:
    """Dictionary words, stems and codes of a text in order, with repetitions and stop words."""
    return [word for run in _runs(text) for word in (cut_for_search(run) if _IS_HAN.match(run) else _latin(run))]


def word_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the words stand as they are written, (start, end) each, in order: dictionary words, Latin words, codes."""
    for match in _RUN.finditer(text):
        start = match.start()
        for word in cut(match[0]) if _IS_HAN.match(match[0]) else (match[0],):
            yield start, start + len(word)
            start += len(word)


def bigrams(text: str) -> list[str]:
    """Pairs of neighbouring Chinese characters, in order, with repetitions."""
    return [run[i : i + 2] for run in _runs(text) if _IS_HAN.match(run) for i in range(len(run) - 1)]


def content_words(text: str) -> list[str]:
    """`words` without stop words, for questions; all words where a question holds nothing else ("The Who")."""
    every = words(text)
    return [word for word in every if word not in stop_words()] or every


def content_bigrams(text: str) -> list[str]:
    """`bigrams` without those that hold nothing but function characters ("是的")."""
    return [
        pair for pair in bigrams(text) if not stop_words().issuperset((pair,)) and not stop_words().issuperset(pair)
    ]


def codes(text: str) -> list[str]:
    """The tokens of a text that mix digits with letters or joiners, such as part numbers, versions, error codes."""
    runs = (run for run in _runs(text) if not _IS_HAN.match(run) and not run.isdigit())
    return [_bare(run) for run in runs if any(map(str.isdigit, run))]


@functools.cache
def stop_words() -> frozenset[str]:
    """Chinese and English function words, as they come out of `words`."""
    return frozenset(resources.files("wenyuan.text").joinpath("stop_words.txt").read_text("utf-8").split())


def _runs(text: str) -> list[str]:
    """Stretches of one script: Chinese characters, or letters and digits with what joins them into one token."""
    return _RUN.findall(fold(text))


def _bare(run: str) -> str:
    return run.removesuffix("'s").removesuffix("’s")


def _latin(run: str) -> Iterator[str]:
    """A plain word's stem; of anything else the joined form's stem, the form as written, the stems of its parts."""
    run = _bare(run)
    parts = _PART.findall(run)
    if parts == [run]:
        yield _stem(run[:_LONGEST])
        return
    joined = "".join(parts)
    yield _stem(joined[:_LONGEST])
    if run != joined:
        yield run[:_LONGEST]
    if len(parts) > 1:
        yield from (_stem(part[:_LONGEST]) for part in parts)


@functools.lru_cache(maxsize=1 << 16)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


def _stemmer() -> SnowballStemmer:
    """This thread's own: it keeps the word that it works on."""
    if not hasattr(_OWN, "stemmer"):
        import snowballstemmer

        _OWN.stemmer = snowballstemmer.stemmer("english")
    made: SnowballStemmer = _OWN.stemmer
    return made
