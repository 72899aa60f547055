"""Conditions on documents that a question states: "2024年以来的公告", "in the installation manual" → filters.

A date alone is no condition: "Who won in 2022?" asks about the year, not for documents written then. Only a date that
belongs to a word for documents counts, and only a name that some document bears.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from wenyuan.types import And, Condition, Constraint, Filter
from wenyuan.understand.dates import TIME_EN, TIME_ZH, Span, span

Named = Callable[[str], Sequence[str]]
"""A name of a document, as a question says it → the ids of the documents that bear it."""

_NEWS_ZH = "公告|通知|通告|公文|新闻|报道|文章|帖子|邮件|纪要|更新日志|版本说明|发布说明"
_BOOKS_ZH = "手册|指南|说明书|文档|文件|资料|报告|制度|规定|规范|白皮书|合同|协议|FAQ|常见问题"
_NEWS_EN = "announcements?|notices?|news|articles?|posts?|e-?mails?|memos?|minutes|release notes|changelogs?|updates?"
_BOOKS_EN = "manuals?|guides?|handbooks?|documents?|docs|reports?|polic(?:y|ies)|specifications?|white ?papers?|FAQs?"

# The date stands before the word in Chinese, behind it in English; a few words may stand between.
_DATED_ZH = re.compile(
    rf"(?P<time>{TIME_ZH.pattern})(?:发布|发表|更新|发出|印发|写)?的?[^，。？！?!,\s]{{0,8}}?(?:{_NEWS_ZH}|{_BOOKS_ZH})",
    re.I,
)
_DATED_EN = re.compile(
    rf"\b(?:{_NEWS_EN}|{_BOOKS_EN})\b(?:\s+\w+){{0,4}}?\s+(?P<time>{TIME_EN.pattern})"
    rf"|\b(?P<time2>(?:last|this) (?:year|month|week)|yesterday|today)['’]s\s+(?:\w+\s+){{0,2}}"
    rf"(?:{_NEWS_EN}|{_BOOKS_EN})\b",
    re.I,
)
_NAMED = (
    re.compile(r"《(?P<name>[^》]{2,60})》"),
    re.compile(
        rf"(?:在|根据|按照|依据|依照|参照|从)(?P<name>[^，。？！?!,\s]{{1,24}}?(?:{_BOOKS_ZH}))",
        re.I,
    ),
    re.compile(
        r"\b(?:in|from|according to|per|see|under)\s+(?:the|our|your)\s+[\"“]?"
        rf"(?P<name>(?:[\w.&'’-]+\s+){{1,6}}?(?:{_BOOKS_EN}))\b",
        re.I,
    ),
)


def constraints(question: str, named: Named | None = None, now: datetime | None = None) -> tuple[Constraint, ...]:
    """The conditions that a normalised question states, in its order; `now` is what "last year" starts from."""
    found = [*_times(question, now or datetime.now(UTC)), *(_names(question, named) if named else ())]
    return tuple(sorted(found, key=lambda each: question.find(each.phrase)))


def _times(question: str, now: datetime) -> Iterator[Constraint]:
    for pattern in (_DATED_ZH, _DATED_EN):
        for match in pattern.finditer(question):
            phrase = match["time"] or match["time2"]
            meant = span(phrase, now)
            if meant:
                yield Constraint(phrase, _within(meant))


def _within(meant: Span) -> Filter:
    parts: list[Filter] = []
    if meant.start is not None:
        parts.append(Condition("time", "gte", meant.start))
    if meant.end is not None:
        parts.append(Condition("time", "lt", meant.end))
    return And(tuple(parts)) if len(parts) > 1 else parts[0]


def _names(question: str, named: Named) -> Iterator[Constraint]:
    for pattern in _NAMED:
        for match in pattern.finditer(question):
            if documents := named(match["name"]):
                yield Constraint(match["name"], Condition("document", "in", tuple(documents)))
