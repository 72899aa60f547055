"""What the shipped encoder learns from: questions and sections with passages that answer, most in the other language.

Negatives of a question are what the first stage finds; those of a section are other sections of the same site, most of
them in the language of the query: that a passage is in one's own language must not bring it nearer. What development
sets ask for teaches nothing.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from wenyuan.errors import WrongUse
from wenyuan.text.language import language
from wenyuan.text.sentences import sentences
from wenyuan.training.data.examples import Example, write_examples
from wenyuan.training.data.reading import ReadingExample
from wenyuan.training.data.sources import from_evidence, searched
from wenyuan.types import Language

from .rerank_data import Index, answered, read_judged
from .side_by_side import BOTH_WAYS, SideBySide, side_by_side, start

CASES = "enterprise"
PUBLIC = {"squad": ("squad-en", 530), "cmrc": ("cmrc2018-zh", 254), "drcd": ("drcd-zh-hant", 116)}
PER_SITE = 1_300  # pairs of sections
ACROSS = 3  # times that a question about a passage of the other language is seen

_OTHERS = 5  # sections beside a pair, in the language of the query; two in that of the passage
_OPENING: dict[Language, int] = {"zh": 60, "en": 160}  # characters of a section that stand for a question
_SENTENCE: dict[Language, tuple[int, int]] = {"zh": (12, 90), "en": (12, 220)}
_BY_HEADING, _BY_SENTENCE = 0.35, 0.45  # shares of the queries; the rest are openings


def write_mix(data: Path, out: Path, index: Index = searched, seed: int = 0) -> None:
    """Write the training file; the same data, index and seed give the same file. WrongUse where a set is missing."""
    rng = random.Random(seed)  # noqa: S311
    folder = data / CASES
    if not (folder / "train.jsonl").is_file():
        raise WrongUse(f"{folder} has no train.jsonl: name the folder of the public data sets with --data.")
    pairs = side_by_side(data)
    asked = [each for each in from_evidence(folder, folder / "train.jsonl") if not each.near_miss]
    made = [*_questions(asked, pairs), *_across(pairs, rng)]
    judged = read_judged(data / "retrieval")
    for source, (name, n) in PUBLIC.items():
        made += answered(data / "retrieval" / name, source, n, index, judged, seed)
    rng.shuffle(made)
    write_examples(out, made)


def _questions(asked: Sequence[ReadingExample], pairs: Sequence[SideBySide]) -> Iterator[Example]:
    """Each question with its passage, and with its twin in the other language where there is one."""
    twins = {start(each.texts[one]): each.passage(other) for each in pairs for one, other in BOTH_WAYS}
    for each in asked:
        ranked = each.ranked()
        across = language(each.query) != language(ranked.positives[0])
        yield from [ranked] * (ACROSS if across else 1)
        if twin := twins.get(start(ranked.positives[0].partition("\n")[2])):
            yield replace(ranked, positives=(twin,))


def _across(pairs: Sequence[SideBySide], rng: random.Random) -> Iterator[Example]:
    """A section's heading, a sentence of it or its opening, for the section in the other language; both ways."""
    by_site: defaultdict[str, list[SideBySide]] = defaultdict(list)
    for each in pairs:
        by_site[each.site].append(each)
    for site, every in by_site.items():
        for each in rng.sample(every, min(PER_SITE, len(every))):
            for own, other in BOTH_WAYS:
                beside = [one for one in rng.sample(every, min(_OTHERS, len(every))) if one is not each]
                negatives = [one.passage(own) for one in beside] + [one.passage(other) for one in beside[:2]]
                if negatives:
                    query = _asked(each, own, rng)
                    yield Example(query, (each.passage(other),), tuple(negatives), source=f"parallel-{site}")


def _asked(each: SideBySide, own: Language, rng: random.Random) -> str:
    title, text = each.titles[own], each.texts[own]
    low, high = _SENTENCE[own]
    prose = [text[start:end] for start, end in sentences(text) if low <= end - start <= high]
    drawn = rng.random()
    if drawn < _BY_HEADING or not prose:
        return " ".join(title.split(" > ")[-2:])
    if drawn < _BY_HEADING + _BY_SENTENCE:
        return rng.choice(prose)
    return f"{title.split(' > ')[-1]} {text[: _OPENING[own]]}"
