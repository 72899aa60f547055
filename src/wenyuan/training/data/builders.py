"""Training pairs without annotators: what documents say about themselves, and what judgements say of passages.

Every builder takes plain values and gives `Pair`s; the same values and seed give the same pairs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wenyuan.text.language import language
from wenyuan.text.normalise import normalise
from wenyuan.text.sentences import sentences
from wenyuan.text.words import content_words
from wenyuan.training.data.mine import Pair
from wenyuan.types import Language

_LONGEST = {"zh": 380, "en": 1100}  # characters of about 256 tokens
_SHORTEST = {"zh": 30, "en": 80}
_SENTENCE = {"zh": (15, 80), "en": (40, 240)}
_HEADING = re.compile(r"^#{2,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_TITLE = re.compile(r"\A\s*# .*")
_CODE = re.compile(r"[\n|{}`]")
_ANCHOR = re.compile(r"\s*\{#[^}]*\}|[`*]")
_RUBRIC = re.compile(r"^[(（][^()（）]*[)）]")  # "（经济）" before the headline of a news agency
_KEPT = 0.1  # share of cloze questions that stay in their passage, so that lexical matches count too (Lee et al. 2019)


@dataclass(frozen=True, slots=True)
class HeadedPart:
    """A part of a document under its own heading; `page` is the document's title, `document` its id in a search."""

    document: str
    page: str
    heading: str
    text: str
    language: Language  # of its prose: a listing reads as English by itself


def from_judgements(
    queries: Mapping[str, str],
    qrels: Mapping[str, Mapping[str, int]],
    passages: Mapping[str, str],
    answers: Mapping[str, Sequence[str]] | None = None,
    source: str = "beir",
) -> Iterator[Pair]:
    """One pair for each judged query with a relevant passage at hand: the first of the highest grade."""
    for query, grades in qrels.items():
        relevant = [passage for passage, grade in grades.items() if grade > 0 and passage in passages]
        if relevant:
            best = max(relevant, key=grades.__getitem__)
            given = tuple((answers or {}).get(query, ()))
            yield Pair(
                queries[query],
                around(passages[best], given),
                gold=frozenset(relevant),
                answers=given,
                language=language(queries[query]),
                source=source,
            )


def sections(document: str, page: str, markdown: str, language: Language) -> Iterator[HeadedPart]:
    """The parts of a Markdown text below its headings of level 2 to 6; what stands above the first has heading "".

    A title (level 1) at the beginning is left out: it asks, and must not answer.
    """
    pieces = ["", *_HEADING.split(_TITLE.sub("", markdown))]
    for heading, text in zip(pieces[::2], pieces[1::2], strict=True):
        yield HeadedPart(document, page, _ANCHOR.sub("", heading).strip(), text.strip(), language)


def from_headings(parts: Iterable[HeadedPart], source: str) -> Iterator[Pair]:
    """Heading → the beginning of its text. A heading that several sections share gets its page's title before it."""
    parts = [part for part in parts if len(part.text) >= _SHORTEST[part.language]]
    pages: dict[str, set[str]] = {}
    for part in parts:
        pages.setdefault(part.heading, set()).add(part.page)
    for part in parts:
        alone = part.heading and len(pages[part.heading]) == 1 and len(part.heading) >= _SENTENCE["zh"][0] // 2
        query = part.heading if alone else f"{part.page} {part.heading}".strip()
        if query:
            yield Pair(
                query,
                head(part.text),
                related=frozenset((part.document,)),
                language=part.language,
                source=source,
            )


def from_headlines(articles: Iterable[tuple[str, str, str]], source: str) -> Iterator[Pair]:
    """(document id, headline, body) → pairs; the rubric before a headline is dropped."""
    for document, headline, body in articles:
        query = _RUBRIC.sub("", normalise(headline)).strip()
        if query and len(body) >= _SHORTEST[language(body)]:
            yield Pair(query, head(body), related=frozenset((document,)), language=language(body), source=source)


def inverse_cloze(articles: Iterable[tuple[str, str]], source: str, seed: int = 0) -> Iterator[Pair]:
    """(document id, text) → one sentence of the text, for the passage around it (Lee et al. 2019).

    The sentence is taken out of the passage, but for one in ten; every third query is a few words of it, as people
    type them into a search box, and those stay.
    """
    rng = random.Random(seed)  # noqa: S311
    for document, text in articles:
        spans = sentences(text)
        low, high = _SENTENCE[language(text)]
        fit = [span for span in spans if low <= span[1] - span[0] <= high]
        if not fit or len(spans) < 3:
            continue
        start, end = rng.choice(fit)
        query, kept = text[start:end], rng.random() < _KEPT
        if rng.random() < 1 / 3:
            query, kept = _keywords(query, rng), True
        passage = around(text, (text[start:end],))
        if not kept:
            passage = passage.replace(text[start:end], " ").strip()
        if len(passage) >= _SHORTEST[language(text)] and query:
            related = frozenset((document,))
            yield Pair(query, passage, related=related, language=language(query), source=source)


def translated(pairs: Iterable[tuple[HeadedPart, HeadedPart]], source: str, seed: int = 0) -> Iterator[Pair]:
    """(section, its translation) → its heading, and two of its sentences, for the translation's text.

    Negatives are searched in the language of the passage, with the translation's own heading, and of the query.
    """
    rng = random.Random(seed)  # noqa: S311
    for section, other in pairs:
        if min(len(section.text), len(other.text)) < _SHORTEST["zh"]:
            continue
        beginning = head(section.text)
        low, high = _SENTENCE[section.language]
        spans = [span for span in sentences(beginning) if low <= span[1] - span[0] <= high]
        prose = [beginning[start:end] for start, end in spans if not _CODE.search(beginning[start:end])]
        title = f"{section.page} {section.heading}".strip()
        for query in [title, *rng.sample(prose, min(2, len(prose)))]:
            if language(query) == section.language:
                yield Pair(
                    query,
                    head(other.text),
                    related=frozenset((section.document, other.document)),
                    lookups=(f"{other.page} {other.heading}".strip(), query),
                    language=section.language,
                    source=source,
                )


def head(text: str) -> str:
    """The beginning of a text, whole sentences of about 256 tokens."""
    return around(text, ())


def around(text: str, answers: Sequence[str]) -> str:
    """Whole sentences of about 256 tokens, from the beginning or around the first place of an answer."""
    longest = _LONGEST[language(text)]
    if len(text) <= longest:
        return text.strip()
    at = max(0, min((place for answer in answers if (place := text.find(answer)) >= 0), default=0))
    wanted = max(0, at - longest // 2)
    starts = [start for start, end in sentences(text) if start >= wanted and start <= at] or [at]
    start = starts[0]
    ends = [end for _, end in sentences(text) if start < end <= start + longest]
    return text[start : ends[-1] if ends else start + longest].strip()


def _keywords(sentence: str, rng: random.Random) -> str:
    words = list(dict.fromkeys(word for word in content_words(sentence) if len(word) > 1))
    count = min(len(words), rng.randint(3, 6))
    return " ".join(words[n] for n in sorted(rng.sample(range(len(words)), count)))
