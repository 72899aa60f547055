"""From a source to what an answer shows of it: its sentences, a citation, the places nearest to a refused question."""

from __future__ import annotations

from collections.abc import Sequence

from wenyuan.text.blocks import Unit, units
from wenyuan.text.sentences import sentences
from wenyuan.types import Answer, Citation, Decision, Language, Source, mark_at

_NEAREST: dict[Language, str] = {"zh": "最接近的章节：", "en": "The nearest sections:"}


def quotable(source: Source) -> list[tuple[int, int]]:
    """Spans (start, end) within the source's text of what says something, in order: sentences, rows, lines.

    Headings, headers of tables, fences and what is for machines say nothing by themselves.
    """
    return [span for unit in units(source.text) for span in _sentences(source.text, unit)]


def _sentences(text: str, unit: Unit) -> list[tuple[int, int]]:
    if unit.kind in ("row", "line"):
        return [(unit.start, unit.end)]
    inner = [(unit.start + start, unit.start + end) for start, end in sentences(text[unit.start : unit.end])]
    return [(start, end) for start, end in inner if any(map(str.isalnum, text[start:end]))]


def citation(source: Source, n: int, start: int, end: int) -> Citation:
    """The citation numbered `n` of `source.text[start:end]`."""
    first, last = source.place(start, end)
    place = mark_at(source.marks, first)
    return Citation(
        n=n,
        document=source.document,
        page=place.page,
        heading=" > ".join(source.headings) or source.title,
        start=first,
        end=last,
        quote=source.text[start:end],
        sheet=place.sheet,
        row=place.row,
        corrected=source.corrected is not None,
    )


def refusal(reason: str, language: Language, sources: Sequence[Source], confidence: float) -> Answer:
    """No answer, and the sections that come nearest so that the reader can look there."""
    places = dict.fromkeys(" › ".join((source.document, *source.headings)) for source in sources)
    lines = [reason, *([_NEAREST[language]] if places else []), *(f"- {place}" for place in list(places)[:3])]
    return Answer(Decision.ABSTAINED, reason, "\n".join(lines), (), confidence)
