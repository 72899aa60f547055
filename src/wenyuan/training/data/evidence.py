"""Reading examples from what marks its evidence: files of questions and answers, and judgements with answer strings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, zip_longest

from wenyuan.evaluate.answers import AnswerCase
from wenyuan.evaluate.metrics import Qrels
from wenyuan.text.language import language
from wenyuan.training.data.examples import Example
from wenyuan.training.data.reading import Evidence, GradedPassage, ReadingExample
from wenyuan.types import Chunk

Chunks = Callable[[str], Sequence[Chunk]]
"""The chunks of a document by its id, or those that a search finds for a query, best first."""

_NEGATIVES = 16
_NAME = 80  # characters of a passage that stand for it
_ANSWER = 3  # the grade of the passage that a question was written for


def from_cases(
    cases: Iterable[AnswerCase],
    chunks_of: Chunks,
    find: Chunks,
    qrels: Qrels,
    origins: Mapping[str, str] | None = None,
    source: str = "",
) -> Iterator[ReadingExample]:
    """Each question with the chunks that hold its evidence, and its near-miss, if it has one, with the same chunks.

    The others are chunks of the same document and what `find` finds in documents without a grade, in turns.
    `origins`: document → the book or site it is of, else it is its own; `qrels`: question → document → grade.
    """
    for case in cases:
        own = chunks_of(case.passage)
        grades = {**qrels.get(case.id, {}), case.passage: _ANSWER}
        marked = _marked(case, own)
        beside = sorted(
            (chunk for chunk in own if chunk.end <= case.start or chunk.start >= case.end),
            key=lambda chunk: max(case.start - chunk.end, chunk.start - case.end),
        )
        origin = (origins or {}).get(case.passage, case.passage)
        for query, near_miss in ((case.question, False), (case.near_miss, True)):
            if query is None or not marked:
                continue
            found = find(query)
            strangers = [chunk.encoded for chunk in found if not grades.get(chunk.document, 0)][:_NEGATIVES]
            turns = chain.from_iterable(zip_longest([chunk.encoded for chunk in beside], strangers))
            others = tuple(GradedPassage(text) for text in dict.fromkeys(text for text in turns if text))
            asked_about = [GradedPassage(each.text) for each in marked[:1]]
            first = asked_about if near_miss else [*marked, *_related(found, case.passage, grades)]
            yield ReadingExample(query, (*first, *others), language(query), source, origin)


def from_answers(examples: Iterable[Example], answers: Mapping[str, Sequence[str]]) -> Iterator[ReadingExample]:
    """Mined examples whose positive passage holds an answer exactly once, the place of which is the evidence.

    `answers`: query → strings that answer it, as SQuAD has them. Each positive passage is an origin.
    """
    for example in examples:
        for text in example.positives[:1]:
            span = _once(text, answers.get(example.query, ()))
            if span:
                passages = (GradedPassage(text, _ANSWER, span), *map(GradedPassage, example.negatives))
                yield ReadingExample(example.query, passages, example.language, example.source, text[:_NAME])


def _marked(case: AnswerCase, chunks: Sequence[Chunk]) -> list[GradedPassage]:
    """The chunks with the whole evidence; where it lies across chunks, the one with most of it."""

    def held(chunk: Chunk) -> int:
        return min(chunk.end, case.end) - max(chunk.start, case.start)

    most = max(map(held, chunks), default=0)
    holding = [chunk for chunk in chunks if most > 0 and held(chunk) == most]
    if most < case.end - case.start:
        holding = holding[:1]
    return [_with_span(chunk, max(chunk.start, case.start), min(chunk.end, case.end)) for chunk in holding]


def _with_span(chunk: Chunk, start: int, end: int) -> GradedPassage:
    shift = len(chunk.encoded) - len(chunk.text) - chunk.start  # the text stands last in what is read
    return GradedPassage(chunk.encoded, _ANSWER, (start + shift, end + shift))


def _related(found: Sequence[Chunk], passage: str, grades: Mapping[str, int]) -> list[GradedPassage]:
    """The best chunk of each other document with a grade; what answers there is not marked."""
    best: dict[str, Chunk] = {}
    for chunk in found:
        if chunk.document != passage and grades.get(chunk.document, 0) > 0:
            best.setdefault(chunk.document, chunk)
    return [GradedPassage(chunk.encoded, min(grades[document], _ANSWER)) for document, chunk in best.items()]


def _once(text: str, answers: Sequence[str]) -> Evidence | None:
    for answer in answers:
        if answer and text.count(answer) == 1:
            start = text.index(answer)
            return start, start + len(answer)
    return None
