"""Hits → Context: what is read with each joined to it, spans merged, the whole cut to a token budget and numbered.

A source stays one verbatim stretch of its document, so that every quote from it has a position: what does not fit
is cut from the edges, the least valuable sentence first. A passage that a person corrected is a source by itself, and
no stretch reaches over one, or over one that is disabled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from wenyuan.text.sections import is_unbroken, sections
from wenyuan.text.sentences import sentences
from wenyuan.text.words import content_words, words
from wenyuan.trace import Assembled, Trace
from wenyuan.types import Chunk, Context, CountTokens, Hit, Mark, Query, Source, Spans

Reach = Literal["neighbours", "section"]
"""What is read with a hit: the chunks beside it under its heading, or its whole section as far as the budget goes."""


class Documents(Protocol):
    """The documents that the hits come from."""

    def neighbours(self, document: str, first: int, last: int) -> Sequence[Chunk]:
        """The chunks of a document whose ordinals are in first … last, in order."""
        ...

    def read(self, document: str, start: int, end: int) -> str:
        """A stretch of a document's text."""
        ...

    def marks(self, document: str, start: int, end: int) -> tuple[Mark, ...]:
        """The marks of a document that hold somewhere from `start` to `end`; the first may stand before `start`."""
        ...


_ALL = 1 << 31  # more chunks than a document has
_RUNNING = ("text", "list")  # kinds of chunks that are read on from one to the next


@dataclass(slots=True)
class _Span:
    """A stretch of one document that will become a source; a corrected passage is never a part of a longer one."""

    first: Chunk  # the chunk that speaks for it: the best hit inside
    place: tuple[object, ...]  # stretches of one place that overlap are one
    start: int
    end: int
    score: float
    chunks: tuple[int, ...]
    answers: Spans

    def touches(self, other: _Span) -> bool:
        return self.place == other.place and self.start <= other.end and other.start <= self.end

    def absorb(self, other: _Span) -> None:
        self.start, self.end = min(self.start, other.start), max(self.end, other.end)
        self.chunks = tuple(dict.fromkeys((*self.chunks, *other.chunks)))
        self.answers = tuple(dict.fromkeys((*self.answers, *other.answers)))


def assemble(
    query: Query,
    hits: Sequence[Hit],
    documents: Documents,
    count_tokens: CountTokens,
    *,
    budget: int,
    trace: Trace,
    reach: Reach = "neighbours",
) -> Context:
    """At most one source a hit, best first, together at most `budget` tokens of text."""
    if reach == "section":
        spans = _merged([_in_section(hit, documents, count_tokens, budget) for hit in hits])
    else:
        spans = _merged([_expanded(hit, documents) for hit in hits])
    sources = [_source(span, documents) for span in spans]
    fitted, tokens, cut, dropped = _fit(query, sources, count_tokens, budget)
    lines = [f"{n} sentences of {document} cut to fit {budget} tokens." for document, n in cut]
    lines += [f"{source.document} left out to fit {budget} tokens." for source, _ in dropped]
    for line in lines:
        trace.note(line)
    numbered = tuple(replace(source, n=n) for n, source in enumerate(fitted, 1))
    trace.assembled = Assembled(budget, tokens, numbered, dropped)
    return Context(sources=numbered, tokens=tokens, dropped=tuple(lines))


def _expanded(hit: Hit, documents: Documents) -> _Span:
    """The hit with the chunk before and after it, where they belong to the same running text."""
    chunk = hit.chunk
    around = [chunk]
    if chunk.kind in _RUNNING:
        near = documents.neighbours(chunk.document, chunk.ordinal - 1, chunk.ordinal + 1)
        own = [c for c in near if c.headings == chunk.headings and c.kind in _RUNNING]
        around = _unbroken(own, chunk) or around
    return _span(hit, around, (chunk.document, chunk.headings))


def _in_section(hit: Hit, documents: Documents, count_tokens: CountTokens, budget: int) -> _Span:
    """The hit with what its section says before and after it, nearest first, up to the budget."""
    chunk = hit.chunk
    every = list(documents.neighbours(chunk.document, 0, _ALL))
    at = next((n for n, each in enumerate(every) if each.id == chunk.id), None)
    if at is None:  # a commit came between
        return _span(hit, [chunk], (chunk.document, chunk.headings))
    whole = next(part for part in sections([each.headings for each in every]) if at in part)
    near = _unbroken(every[whole.start : whole.stop], every[at])
    begin = at - near.index(every[at])
    part = range(begin, begin + len(near))
    tokens = count_tokens([each.text for each in every[part.start : part.stop]])
    first, stop, left = at, at + 1, budget - tokens[at - part.start]
    while left > 0 and (first > part.start or stop < part.stop):
        before = first > part.start and (stop >= part.stop or at - first <= stop - 1 - at)
        first, stop = (first - 1, stop) if before else (first, stop + 1)
        left -= tokens[(first if before else stop - 1) - part.start]
    return _span(hit, every[first:stop], (chunk.document, whole.start))


def _unbroken(chunks: Sequence[Chunk], chunk: Chunk) -> list[Chunk]:
    """Of chunks in order those around one up to where something was corrected or is left out; none if it is not there.

    They are to be read as one stretch of the document's text.
    """
    found: list[Chunk] = []
    for each in chunks:
        if found and not is_unbroken([found[-1], each]):
            if chunk in found:
                break
            found = []
        found.append(each)
    return found if chunk in found else []


def _span(hit: Hit, around: Sequence[Chunk], place: tuple[object, ...]) -> _Span:
    start, end = min(c.start for c in around), max(c.end for c in around)
    if hit.chunk.original is not None:
        place = (hit.chunk.document, "corrected", hit.chunk.id)
    return _Span(hit.chunk, place, start, end, hit.score, tuple(c.id for c in around), hit.spans)


def _merged(spans: list[_Span]) -> list[_Span]:
    """Overlapping stretches of a section become one, at the place of the best."""
    merged: list[_Span] = []
    for span in spans:
        touched = [kept for kept in merged if kept.touches(span)]
        if not touched:
            merged.append(span)
            continue
        best, *rest = touched
        for other in (*rest, span):
            best.absorb(other)
        merged = [kept for kept in merged if kept not in rest]
    return merged


def _source(span: _Span, documents: Documents) -> Source:
    chunk = span.first
    corrected = None if chunk.original is None else (span.start, span.end)
    text = chunk.text if corrected else documents.read(chunk.document, span.start, span.end)
    return Source(
        n=0,
        document=chunk.document,
        title=chunk.title,
        text=text,
        start=span.start,
        end=span.start + len(text),
        corrected=corrected,
        headings=chunk.headings,
        score=span.score,
        chunks=span.chunks,
        header=chunk.header,
        marks=documents.marks(chunk.document, span.start, span.end),
        spans=span.answers,
    )


@dataclass(slots=True)
class _Sentence:
    start: int  # within the source's text
    end: int
    tokens: int
    value: float


def _fit(
    query: Query, sources: list[Source], count_tokens: CountTokens, budget: int
) -> tuple[list[Source], int, list[tuple[str, int]], list[tuple[Source, int]]]:
    """Cut edge sentences, the least valuable first, until all fit; then, if need be, whole sources, the last first.

    Returns the sources that fit, their tokens, how many sentences each document lost, and the sources left out, each
    with the smallest budget that would have kept it.
    """
    parts = _sentences(query, sources, count_tokens)
    total = sum(sentence.tokens for queue in parts for sentence in queue)
    cut = [0] * len(sources)
    while total > budget:
        edges = [(min(queue[0].value, queue[-1].value), i) for i, queue in enumerate(parts) if len(queue) > 1]
        if not edges:
            break
        _, i = min(edges)
        queue = parts[i]
        gone = queue.popleft() if queue[0].value < queue[-1].value else queue.pop()
        total -= gone.tokens
        cut[i] += 1
    shortened = [(source.document, n) for n, source in zip(cut, sources, strict=True) if n]
    dropped: list[tuple[Source, int]] = []
    while total > budget and len(parts) > 1:
        dropped.append((sources.pop(), total))
        total -= sum(sentence.tokens for sentence in parts.pop())
    fitted = [_trimmed(source, queue) for source, queue in zip(sources, parts, strict=True)]
    return fitted, total, shortened, dropped


def _sentences(query: Query, sources: list[Source], count_tokens: CountTokens) -> list[deque[_Sentence]]:
    """Each source's sentences; one is worth its source's score times the share of the question's words it holds.

    Where a reader saw the answer, a sentence is worth more than any other.
    """
    asked = set(content_words(query.normalised))
    spans = [sentences(source.text) for source in sources]
    texts = [source.text[start:end] for source, cut in zip(sources, spans, strict=True) for start, end in cut]
    counts = iter(count_tokens(texts))
    parts: list[deque[_Sentence]] = []
    for source, cut in zip(sources, spans, strict=True):
        queue: deque[_Sentence] = deque()
        best = sorted(source.spans, key=lambda span: -span.margin)[:1]
        for start, end in cut:
            found = len(asked.intersection(words(source.text[start:end]))) / max(1, len(asked))
            answers = any(span.start < source.start + end and source.start + start < span.end for span in best)
            queue.append(_Sentence(start, end, next(counts), source.score * (0.1 + found) + answers))
        parts.append(queue)
    return parts


def _trimmed(source: Source, kept: deque[_Sentence]) -> Source:
    if not kept:
        return source
    start, end = source.start + kept[0].start, source.start + kept[-1].end
    spans = tuple(span for span in source.spans if start <= span.start and span.end <= end)
    text = source.text[kept[0].start : kept[-1].end]
    return replace(source, text=text, start=start, end=end, spans=spans)
