"""The default generator: what answers in the best passages, verbatim, with its citations.

Confidence is a logistic model of two signals, fitted on public questions with and without an answer in the corpus
(`benchmarks/abstention.py`): how close the nearest sentence is in meaning, and how many of the question's words a
source holds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from wenyuan.cite.quoting import citation
from wenyuan.cite.widening import far_header, is_header, left_out, together, widened
from wenyuan.generate import reading, selection
from wenyuan.generate.selection import Evidence, Found
from wenyuan.types import Citation, Draft, Encoder, Language, Prompt, Query, Source

_COSINE, _COVERAGE = 35.4, 5.3  # docs/results.md
_BIAS: dict[Language, float] = {"zh": -31.2, "en": -29.4}  # the encoder places Chinese texts closer

_BLOCK = ("|", "`", "~")  # what ends so, a table or code, takes nothing behind it on its line
_LEFT_OUT: dict[Language, str] = {"zh": "（列表后面还有 {} 项，见原文。）", "en": "(The list goes on: {} more items.)"}


class Extractive:
    """Quotes at most `sentences` sentences of the context, a list, a row or a piece of code in the place of one."""

    def __init__(self, encoder: Encoder, *, sentences: int = 4) -> None:
        self._encoder = encoder
        self._sentences = sentences

    def draft(self, prompt: Prompt) -> Draft:
        """Quotes passage by passage, the best supported first; no text where the context has nothing to quote.

        Where a reader network has read the sources, its spans say what is quoted; else each unit is weighed.
        """
        query, sources = prompt.query, prompt.context.sources
        if ranked := reading.seen(prompt):
            told = ranked if query.parts else reading.in_own_language(query, ranked, self._encoder)
            chosen = reading.answering(query, told)
            text, citations = _quoted(query, [each.found for each in chosen], marks=True)
            weighed = reading.weighed(ranked, chosen)
            return Draft(text, sources, citations, evidence=reading.likely(query, chosen), selected=weighed)
        evidence = self.evidence(prompt)
        found = selection.selected(query, evidence, self._sentences) if evidence else []
        text, citations = _quoted(query, found)
        weighed = selection.weighed(evidence, found) if evidence else ()
        return Draft(text, sources, citations, evidence=_confidence(query.language, evidence), selected=weighed)

    def confidence(self, prompt: Prompt) -> float:
        """How likely it is, 0–1, that the context answers the question; 0 without one.

        Where no reader network has read it, sentences of it are encoded.
        """
        if ranked := reading.seen(prompt):
            return reading.likely(prompt.query, ranked)
        return _confidence(prompt.query.language, self.evidence(prompt))

    def evidence(self, prompt: Prompt) -> Evidence | None:
        """Weigh what the context says; None where it has nothing to quote."""
        return selection.evidence_of(prompt.query, prompt.context.sources, self._encoder)


def _confidence(language: Language, evidence: Evidence | None) -> float:
    if evidence is None:
        return 0.0
    return 1 / (1 + math.exp(-(_BIAS[language] + _COSINE * evidence.cosine + _COVERAGE * evidence.coverage)))


def _quoted(query: Query, found: Sequence[Found], *, marks: bool = False) -> tuple[str, tuple[Citation, ...]]:
    """The text of an answer and its citations, numbered in order of appearance, source by source.

    With `marks`, what was found is marked in the quotes that hold it.
    """
    numbers = {n: i for i, n in enumerate(dict.fromkeys(each.source.n for each in found), 1)}
    ordered = sorted(found, key=lambda each: (numbers[each.source.n], each.start))
    texts: list[str] = []
    citations: list[Citation] = []
    for _, group in groupby(ordered, key=lambda each: each.source.n):
        of_source = list(group)
        source = of_source[0].source
        n = numbers[source.n]
        for spans in together(source, [widened(source, each.start, each.end, query) for each in of_source]):
            for span in (span for span in spans if not is_header(source, span)):
                cited = citation(source, n, *span)
                citations.append(_marked(cited, span, of_source) if marks else cited)
            texts.append(_shown(source, spans, n, query.language))
    return "\n\n".join(texts), tuple(citations)


def _marked(cited: Citation, span: tuple[int, int], found: Sequence[Found]) -> Citation:
    """The quote of this span of its source with the place in it of the first thing found that it holds."""
    for _, start, end in found:
        inner = max(start, span[0]), min(end, span[1])
        if inner[0] < inner[1]:
            return replace(cited, answer=(inner[0] - span[0], inner[1] - span[0]))
    return cited


def _shown(source: Source, spans: Sequence[tuple[int, int]], n: int, language: Language) -> str:
    """What the reader sees of a passage: its quotes, one below the other, and their number."""
    quotes = [source.text[start:end] for start, end in spans]
    header = far_header(source, spans[0][0])
    left = left_out(source, spans)
    quoted = "\n".join((header, *quotes) if header else quotes)
    between = "\n\n" if quoted.endswith(_BLOCK) else " "
    marked = f"{quoted}{between}[{n}]"
    return f"{marked}\n\n{_LEFT_OUT[language].format(left)}" if left else marked
