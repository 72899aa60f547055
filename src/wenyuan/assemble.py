"""Hits → Context: neighbours joined, spans merged, the whole cut to a token budget and numbered.

A source stays one verbatim stretch of its document, so that every quote from it has a position: what does not fit
is cut from the edges, the least valuable sentence first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from wenyuan.text.sentences import sentences
from wenyuan.text.words import content_words, words
from wenyuan.trace import Assembled, Trace
from wenyuan.types import Chunk, Context, Hit, Query, Source

Neighbours = Callable[[str, int, int], Sequence[Chunk]]
"""(document, first ordinal, last ordinal) → its chunks there, in order."""

Read = Callable[[str, int, int], str]
"""(document, start, end) → that stretch of its text."""

CountTokens = Callable[[Sequence[str]], list[int]]


@dataclass(slots=True)
class _Span:
    """A stretch of one document that will become a source."""

    first: Chunk  # the chunk that speaks for it: the best hit inside
    start: int
    end: int
    score: float
    chunks: tuple[int, ...]

    def touches(self, other: _Span) -> bool:
        same = self.first.document == other.first.document and self.first.headings == other.first.headings
        return same and self.start <= other.end and other.start <= self.end

    def absorb(self, other: _Span) -> None:
        self.start, self.end = min(self.start, other.start), max(self.end, other.end)
        self.chunks = tuple(dict.fromkeys((*self.chunks, *other.chunks)))


def assemble(
    query: Query,
    hits: Sequence[Hit],
    neighbours: Neighbours,
    read: Read,
    count_tokens: CountTokens,
    *,
    budget: int,
    trace: Trace,
) -> Context:
    """At most one source a hit, best first, together at most `budget` tokens of text."""
    spans = _merged([_expanded(hit, neighbours) for hit in hits])
    sources = [_source(span, read(span.first.document, span.start, span.end)) for span in spans]
    fitted, tokens, cut, dropped = _fit(query, sources, count_tokens, budget)
    lines = [f"{n} sentences of {document} cut to fit {budget} tokens." for document, n in cut]
    lines += [f"{source.document} left out to fit {budget} tokens." for source, _ in dropped]
    for line in lines:
        trace.note(line)
    numbered = tuple(replace(source, n=n) for n, source in enumerate(fitted, 1))
    trace.assembled = Assembled(budget, tokens, numbered, dropped)
    return Context(sources=numbered, tokens=tokens, dropped=tuple(lines))


def _expanded(hit: Hit, neighbours: Neighbours) -> _Span:
    """The hit with the chunk before and after it, where they belong to the same running text."""
    chunk = hit.chunk
    around = [chunk]
    if chunk.kind in ("text", "list"):
        near = neighbours(chunk.document, chunk.ordinal - 1, chunk.ordinal + 1)
        around = [c for c in near if c.headings == chunk.headings and c.kind in ("text", "list")] or around
    start, end = min(c.start for c in around), max(c.end for c in around)
    return _Span(chunk, start, end, hit.score, tuple(c.id for c in around))


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


def _source(span: _Span, text: str) -> Source:
    chunk = span.first
    return Source(
        n=0,
        document=chunk.document,
        title=chunk.title,
        text=text,
        start=span.start,
        end=span.end,
        headings=chunk.headings,
        page=chunk.page,
        score=span.score,
        chunks=span.chunks,
        header=chunk.header,
        sheet=chunk.sheet,
        row=chunk.row,
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
    """Each source's sentences; one is worth its source's score times the share of the question's words it holds."""
    asked = set(content_words(query.normalised))
    spans = [sentences(source.text) for source in sources]
    texts = [source.text[start:end] for source, cut in zip(sources, spans, strict=True) for start, end in cut]
    counts = iter(count_tokens(texts))
    parts: list[deque[_Sentence]] = []
    for source, cut in zip(sources, spans, strict=True):
        queue: deque[_Sentence] = deque()
        for start, end in cut:
            found = len(asked.intersection(words(source.text[start:end]))) / max(1, len(asked))
            queue.append(_Sentence(start, end, next(counts), source.score * (0.1 + found)))
        parts.append(queue)
    return parts


def _trimmed(source: Source, kept: deque[_Sentence]) -> Source:
    if not kept:
        return source
    start, end = kept[0].start, kept[-1].end
    return replace(source, text=source.text[start:end], start=source.start + start, end=source.start + end)
