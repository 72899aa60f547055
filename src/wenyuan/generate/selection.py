"""Which words of the sources answer a question, where no network reads them: each unit weighed by meaning and by words.

A unit is judged as it stands and under its headings, for a sentence seldom says what its section is about, and with
the score of its source, which was found for reasons that a sentence does not show. Few are encoded: of the best
sources, those with most words of the question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest
from typing import NamedTuple

import numpy as np

from wenyuan.cite.wanted import asks_for_all, asks_for_code, asks_for_command, asks_for_things
from wenyuan.cite.widening import widened
from wenyuan.text.blocks import Unit, cells, units
from wenyuan.text.language import HAN
from wenyuan.text.normalise import simplify
from wenyuan.text.words import codes, content_bigrams, content_words, words
from wenyuan.types import Encoder, Query, Selected, Source, Vector

_SOURCES = 3  # that are read, where the question asks of one thing
_NEAR = 0.5  # share of the best source's score that another needs to be read
_ENCODED = 16  # units; with more, the best was found no more often (docs/log.md)
_PER_SIDE = 8
_LINES = 3  # of a piece of code, beside the whole of it
_FORM = 4  # lines that a form has at least whose first one says what it is
_NAMED = 30  # characters of a line that is but a name, of a form or of what its next line says

# What a unit's signals weigh; fitted on training splits, as all numbers here.
_BARE, _PLACED, _COVERAGE, _SCORE = 0.35, 0.65, 0.1, 0.2
_CODES = 0.1  # of the question's codes and part numbers that a unit holds
_MARGIN = 0.05  # how far below the best a unit may be and still be quoted
_BESIDE = 0.02  # what a unit gains that stands beside the best one
_HEADING, _FIRST = 0.08, 0.03  # what a unit gains below a heading that is the question, and the first there
_LIST, _STEPS = 0.09, 0.04  # what a list gains where the question is for things, for steps
ROOM = 125  # Chinese characters, or as much English, that an answer has
_WORD = 2.5  # Chinese characters that say as much as an English word

_LONGEST_PATH, _LONGEST = 160, 400  # characters that are encoded
_HAN = re.compile(f"[{HAN}]")
_NAME = re.compile(r"[^:：\n]{1,30}[:：]")
_VALUE = re.compile(r"\d|[:：]\s*\S")
_LINE = re.compile(r"\S[^\n]*")


class Found(NamedTuple):
    """`source.text[start:end]` answers."""

    source: Source
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may answer: a unit of a source, a whole list where the question is for one, a line of code."""

    source: Source
    start: int
    end: int
    unit: Unit  # the first
    text: str  # of a row each title with its cell
    placed: str  # the same under its headings
    headings: tuple[str, ...]  # the innermost of its source, and those over it within the text
    whole: bool = False  # a list

    @property
    def found(self) -> Found:
        """Where it stands."""
        return Found(self.source, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the sources say about a question."""

    candidates: Sequence[Candidate]
    support: Vector  # (n,): how well each of them answers
    sides: Sequence[Vector]  # the same for each side of a comparison
    cosine: float  # of the unit closest in meaning, under its headings; in a comparison of both sides at least
    coverage: float  # share of the question's content words in the source that holds most; of both sides at least


def evidence_of(query: Query, sources: Sequence[Source], encoder: Encoder) -> Evidence | None:
    """Weigh what may answer; None where the sources have nothing to quote. It encodes units and the question."""
    candidates = _candidates(query, sources)
    if not candidates:
        return None
    texts = [*(each.text for each in candidates), *(each.placed for each in candidates)]
    bare, placed = np.split(encoder.encode_passages(texts), 2)
    near, close = [], []
    for question in (query.normalised, *query.parts):
        forms = _meanings(encoder, question)
        under = (placed @ forms.T).max(axis=1)
        held = _coverage(question, [each.placed for each in candidates])
        named = _named_codes(question, candidates)
        near.append(_BARE * (bare @ forms.T).max(axis=1) + _PLACED * under + _COVERAGE * held + _CODES * named)
        close.append(float(under.max()))
    scores = np.array([each.source.score for each in candidates], np.float32)
    read = [" ".join((source.title, *source.headings, source.header, source.text)) for source in sources]
    covered = [float(_coverage(question, read).max()) for question in (query.normalised, *query.parts)]
    return Evidence(
        candidates,
        support=near[0] + _SCORE * scores + _wanted(query, candidates) + _headed(query, candidates),
        sides=[side + own for side, own in zip(near[1:], _own(query, candidates), strict=True)],
        cosine=max(close[0], min(close[1:], default=0.0)),
        coverage=max(covered[0], min(covered[1:], default=0.0)),
    )


def selected(query: Query, evidence: Evidence, limit: int) -> list[Found]:
    """What is quoted, at most `limit` units for each side, the best first: of one source, of two in a comparison."""
    if evidence.sides and limit > 1:
        best = [_best(query, evidence, side, max(1, limit // 2), ROOM // 2) for side in evidence.sides]
        return list(dict.fromkeys(found for side in best for found in side))
    return _best(query, evidence, evidence.support, limit, ROOM)


def weighed(evidence: Evidence, found: Sequence[Found]) -> tuple[Selected, ...]:
    """All that was weighed as a trace has it, best first."""
    made = []
    for i in np.argsort(-evidence.support, kind="stable").tolist():
        each = evidence.candidates[i]
        start, end = each.source.place(each.start, each.end)
        made.append(Selected(each.source.document, start, end, float(evidence.support[i]), each.found in found))
    return tuple(made)


def _candidates(query: Query, sources: Sequence[Source]) -> list[Candidate]:
    """The units that are worth encoding, in the order of sources and text."""
    top = max((source.score for source in sources), default=0.0)
    read = sources[: _SOURCES + len(query.parts)]
    near = [source for source in read if query.parts or source.score >= _NEAR * top] or sources[:1]
    asked = {*content_words(query.normalised), *content_bigrams(query.normalised)}
    kept = [each for source in near for each in _of_source(query, source)]
    worth = [_held(asked, each.placed) + each.source.score / 2 / (top or 1.0) for each in kept]
    most = _ENCODED + _PER_SIDE * len(query.parts)
    best = sorted(range(len(kept)), key=lambda i: -worth[i])[:most]
    return [kept[i] for i in sorted(best)]


def _of_source(query: Query, source: Source) -> Iterator[Candidate]:
    every, code, wanted = units(source.text), asks_for_code(query), asks_for_all(query)
    for _, group in groupby(every, key=lambda unit: (unit.block, unit.kind)):
        block = list(group)
        first, last = block[0], block[-1]
        match first.kind:
            case "item" if wanted:
                yield _candidate(source, first, first.start, last.end, whole=len(block) > 1)
            case "line":
                title = source.text[first.start : first.end] if len(block) >= _FORM else ""
                title = "" if len(title) > _NAMED else title
                for unit, end in _named(source.text, block):
                    yield _candidate(source, unit, unit.start, end, title=title)
            case "code":
                named = _names(query, source.text[first.start : first.end])
                if code or named or len(every) == 1:
                    yield _candidate(source, first, first.start, first.end)
                    yield from (_candidate(source, first, *line) for line in _lines_of(query, source.text, first))
            case _:
                yield from (_candidate(source, unit, unit.start, unit.end) for unit in block)


def _named(text: str, lines: Sequence[Unit]) -> Iterator[tuple[Unit, int]]:
    """Each line of a form with its end; one that is but a name ends with the line below it."""
    for unit, following in zip(lines, [*lines[1:], None], strict=True):
        bare = not _VALUE.search(text, unit.start, unit.end) and unit.end - unit.start <= _NAMED
        yield unit, following.end if bare and following else unit.end


def _told(header: str, row: str) -> str:
    """A row as a sentence would say it: each title with its cell."""
    first = header.strip().split("\n", 1)[0]
    titles = [first[start:end] for start, end in cells(first)]
    texts = [row[start:end] for start, end in cells(row)]
    return "; ".join(f"{title}: {text}" for title, text in zip_longest(titles, texts, fillvalue="") if text)


def _lines_of(query: Query, text: str, code: Unit) -> list[tuple[int, int]]:
    """The lines of a piece of code with most words of the question."""
    asked = {*content_words(query.normalised), *content_bigrams(query.normalised)}
    lines = [
        (code.start + match.start(), code.start + match.end()) for match in _LINE.finditer(text[code.start : code.end])
    ]
    held = {line: _held(asked, text[slice(*line)]) for line in lines}
    return [line for line in sorted(lines, key=lambda line: -held[line])[:_LINES] if held[line]]


def _candidate(source: Source, unit: Unit, start: int, end: int, *, title: str = "", whole: bool = False) -> Candidate:
    text = source.text[start:end]
    if unit.kind == "row":
        text = _told(source.text[slice(*unit.header)] if unit.header else source.header, text)
    path = list(dict.fromkeys(part for part in (source.title, *source.headings, *unit.above, title) if part))
    text, placed = text[:_LONGEST], " > ".join(path)[-_LONGEST_PATH:]
    headings = (*source.headings[-1:], *unit.above)
    return Candidate(source, start, end, unit, text, f"{placed}\n{text}".strip(), headings, whole)


def _names(query: Query, code: str) -> bool:
    """Whether a question names something of a piece of code."""
    latin = {word for word in content_words(query.normalised) if not _HAN.search(word) and len(word) > 2}
    return bool(latin.intersection(words(code)))


def _held(asked: set[str], text: str) -> float:
    return len(asked.intersection((*words(text), *content_bigrams(text)))) / max(1, len(asked))


def _meanings(encoder: Encoder, question: str) -> Vector:
    """(1 or 2, d): the encoder tells traditional from simplified Chinese where a reader does not."""
    return encoder.encode_queries(list(dict.fromkeys((question, simplify(question)))))


def _coverage(question: str, texts: Sequence[str]) -> Vector:
    """(n,): the share of the question's content words that each text holds."""
    asked = set(content_words(question))
    held = [len(asked.intersection(words(text))) for text in texts]
    return np.asarray(held, np.float32) / np.float32(max(1, len(asked)))


def _named_codes(question: str, candidates: Sequence[Candidate]) -> Vector:
    """(n,): the share of the question's codes that each unit holds; 0 where it has none."""
    asked = set(codes(question))
    held = [len(asked.intersection(codes(each.placed))) / max(1, len(asked)) for each in candidates]
    return np.asarray(held, np.float32)


def _wanted(query: Query, candidates: Sequence[Candidate]) -> Vector:
    """(n,): what a list gains where the question is for one, and code where it is for a command."""
    listed = _LIST if asks_for_things(query) else _STEPS
    coded = _LIST if asks_for_command(query) else _STEPS
    gains = [listed * each.whole + coded * (each.unit.kind == "code") for each in candidates]
    return np.asarray(gains, np.float32)


def _headed(query: Query, candidates: Sequence[Candidate]) -> Vector:
    """(n,): what a unit gains under a heading that says what is asked and nothing else, the first one most."""
    asked = set(content_words(query.normalised))
    gains: list[float] = []
    for i, each in enumerate(candidates):
        source = each.source
        named = asked.difference(words(" ".join((source.title, *source.headings[:-1])))) or asked
        match = max((_match(named, asked, set(content_words(heading))) for heading in each.headings), default=0.0)
        first = i == 0 or candidates[i - 1].headings[:1] != each.headings[:1]
        gains.append(_HEADING * match**2 + _FIRST * (first and match > _NEAR))
    return np.asarray(gains, np.float32)


def _match(named: set[str], asked: set[str], heading: set[str]) -> float:
    """How far a heading says what is asked, where its document says the rest: 0–1 (Dice's coefficient, precision half).

    A heading may say more than is asked, as questions of a FAQ do.
    """
    both = len(heading & asked)
    return min(1.0, 2 * both / (both + len(heading - asked) / 2 + len(named))) if both else 0.0


def _own(query: Query, candidates: Sequence[Candidate]) -> list[Vector]:
    """For each side, (n,): how far a unit is about this side, and not about the others."""
    made = []
    for own, foreign in told_apart(query.parts):
        held = [
            _share(own, each.placed) + _share(own, " ".join(each.headings)) / 2 - _share(foreign, each.text)
            for each in candidates
        ]
        made.append(np.asarray(held, np.float32) * np.float32(_SCORE))
    return made


def told_apart(parts: Sequence[str]) -> list[tuple[set[str], set[str]]]:
    """Of each sub-question, the words that the others do not have, and those of the others that it does not have."""
    sides = [set(content_words(side)) for side in parts]
    made = []
    for n, side in enumerate(sides):
        others = set().union(*(other for m, other in enumerate(sides) if m != n))
        made.append((side - others, others - side))
    return made


def _share(asked: set[str], text: str) -> float:
    return len(asked.intersection(words(text))) / max(1, len(asked))


def _best(query: Query, evidence: Evidence, support: Vector, limit: int, room: float) -> list[Found]:
    """The best unit, and with a sentence the next best of its source, as long as there is room."""
    candidates = evidence.candidates
    best = int(np.argmax(support))
    beside = support.copy()
    for i in (best - 1, best + 1):
        if 0 <= i < len(candidates) and candidates[i].unit.block == candidates[best].unit.block:
            beside[i] += _BESIDE
    order = [best, *(int(i) for i in np.argsort(-beside, kind="stable") if i != best)]
    chosen: list[Found] = []
    quoted: set[tuple[int, int]] = set()
    for i in order:
        each = candidates[i]
        if chosen and not _joins(candidates[best], each, float(support[best] - support[i])):
            continue
        spans = set(widened(*each.found, query)) - quoted
        room -= sum(size(each.source.text[start:end]) for start, end in spans)
        if chosen and room < 0:
            break
        quoted |= spans
        chosen.append(each.found)
        if len(chosen) >= limit:
            break
    return chosen


def _joins(best: Candidate, other: Candidate, lower: float) -> bool:
    """Whether something that is so much less supported is quoted with the best: a sentence with a sentence.

    An item joins one of another list where both have the same name and nearly the same support.
    """
    if best.source is not other.source or best.unit.kind != other.unit.kind:
        return False
    if best.unit.kind == "sentence":
        return lower <= _MARGIN
    names = [_NAME.match(each.text) for each in (best, other)]
    twins = all(names) and len({match[0] for match in names if match}) == 1
    return best.unit.kind == "item" and twins and best.unit.block != other.unit.block and lower <= _MARGIN / 2


def size(text: str) -> float:
    """Chinese characters that take as long to read."""
    return len(text) if len(_HAN.findall(text)) > len(text) / 4 else _WORD * len(text.split())
