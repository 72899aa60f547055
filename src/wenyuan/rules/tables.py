"""The tables of `rules.toml`: which keys there are, what each may hold, and what is made of it.

A `ValueError` of a validator is the second half of a sentence, which `read` completes with the place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Self

import regex
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from wenyuan.errors import WrongUse
from wenyuan.filters import check, every, read_test, read_tree
from wenyuan.rules.rule import Curated, Intent, Rule, RuleTest, Scale, When
from wenyuan.text.normalise import fold
from wenyuan.types import Condition, Filter, Language


def _listed(value: object) -> object:
    """One text may be written without brackets."""
    return [value] if isinstance(value, str) else value


def _visible(value: str) -> str:
    if not fold(value):
        raise ValueError("it is empty; write at least one visible character, or take it out")
    return value


def _moment(value: object) -> float:
    """A moment, in UTC where no zone is given; of a day, its beginning."""
    read = _date(value)
    if not isinstance(read, datetime):
        read = datetime(read.year, read.month, read.day, tzinfo=UTC)
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _end(value: object) -> float:
    """A moment; of a day, its end."""
    whole = not isinstance(_date(value), datetime)
    return _moment(value) + (timedelta(days=1).total_seconds() if whole else 0)


def _date(value: object) -> date:
    """TOML's own dates, and those written as text; those with a time are `datetime`, which is a `date`, too."""
    if isinstance(value, str):
        for kind in (date, datetime):
            try:
                return kind.fromisoformat(value)
            except ValueError:
                continue
    if isinstance(value, date):
        return value
    raise ValueError("it is not a date; write it like 2026-01-31 or 2026-01-31T08:00:00+08:00")


def _pattern(value: object) -> regex.Pattern[str]:
    if not isinstance(value, str):
        raise ValueError("it is not a text; write the regular expression in quotes")
    try:
        return regex.compile(_visible(value), regex.IGNORECASE)
    except regex.error as error:
        raise ValueError(f"it is no regular expression ({error}); correct it") from error


def _filter_by(read: Callable[[Any], Filter]) -> Callable[[object], Filter]:
    def validated(value: object) -> Filter:
        try:
            made = read(value)
            check(made)
        except WrongUse as error:
            raise ValueError(str(error).removesuffix(".")) from error
        return made

    return validated


def _test(value: object) -> Filter:
    if not isinstance(value, str):
        raise WrongUse('It is not a text; write a test like "type=pdf".')
    return read_test(value)


_Text = Annotated[str, AfterValidator(_visible)]
_Texts = Annotated[list[_Text], BeforeValidator(_listed), Field(min_length=1)]
_Moment = Annotated[float, BeforeValidator(_moment)]
_End = Annotated[float, BeforeValidator(_end)]
_Test = Annotated[Any, BeforeValidator(_filter_by(_test))]
_Tree = Annotated[Any, BeforeValidator(_filter_by(read_tree))]


class Table(BaseModel):
    """What all tables share: unknown keys are errors, and no value is turned into one of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class WhenTable(Table):
    """`when`: what a question must be like."""

    all: _Texts | None = None
    any: _Texts | None = None
    pattern: Annotated[Any, BeforeValidator(_pattern)] = None
    intent: Annotated[list[Intent], BeforeValidator(_listed), Field(min_length=1)] | None = None
    language: Language | None = None

    def made(self) -> When:
        """The conditions."""
        phrases = tuple(self.all or ()), tuple(self.any or ())
        return When(*phrases, self.pattern, tuple(self.intent or ()), self.language)


class ChosenTable(Table):
    """Documents by id, by folder, by tests or by a filter tree; all that is given must hold."""

    documents: _Texts | None = None
    source: _Texts | None = None
    where: Annotated[list[_Test], BeforeValidator(_listed), Field(min_length=1)] | None = None
    filter: _Tree | None = None

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if not (self.documents or self.source or self.where or self.filter):
            raise ValueError("it names no documents; give it documents, source, where or filter")
        return self

    def made(self) -> Filter | None:
        """The filter that these documents pass."""
        named = [("document", self.documents), ("source", self.source)]
        parts: list[Filter] = [
            Condition(name, "in", tuple(values)) if len(values) > 1 else Condition(name, "eq", values[0])
            for name, values in named
            if values
        ]
        return every([*parts, *(self.where or ()), *([self.filter] if self.filter else ())])


class BoostTable(ChosenTable):
    """`boost`: documents, and what their scores are multiplied by."""

    factor: Annotated[float, Field(gt=1, le=1000)]


class BuryTable(ChosenTable):
    """`bury`: documents, and what their scores are multiplied by; without a factor they go to the end."""

    factor: Annotated[float, Field(gt=0, lt=1)] | None = None


class AnswerTable(Table):
    """`answer`: an answer with its source and its last day."""

    text: _Text
    expires: _End
    document: _Text | None = None
    url: _Text | None = None
    quote: _Text | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.document is None) == (self.url is None):
            raise ValueError("it must have one source; give it either document or url")
        if self.url is not None and not self.url.startswith(("https://", "http://")):
            raise ValueError(f"'{self.url}' is no address of a page; write it like https://example.com/page")
        if self.quote is not None and self.document is None:
            raise ValueError("a quote can be found in a document only; give it document, or take quote out")
        return self

    def made(self) -> Curated:
        """The answer."""
        return Curated(self.text.strip(), self.expires, self.document, self.url, self.quote or "")


class RuleTable(Table):
    """`[[rule]]`."""

    name: _Text
    from_: Annotated[_Moment | None, Field(alias="from")] = None
    until: _End | None = None
    when: WhenTable = WhenTable()
    pin: _Texts | None = None
    boost: BoostTable | None = None
    bury: BuryTable | None = None
    exclude: ChosenTable | None = None
    filter: ChosenTable | None = None
    answer: AnswerTable | None = None

    def made(self) -> Rule:
        """The rule."""
        return Rule(
            name=self.name,
            when=self.when.made(),
            starts=self.from_,
            ends=self.until,
            pin=tuple(self.pin or ()),
            boost=_scale(self.boost),
            bury=_scale(self.bury),
            exclude=None if self.exclude is None else self.exclude.made(),
            filter=None if self.filter is None else self.filter.made(),
            answer=None if self.answer is None else self.answer.made(),
        )


class TestTable(Table):
    """`[[test]]`: a question and what must become of it."""

    question: _Text
    expect: Annotated[list[_Text], BeforeValidator(_listed)] | None = None
    top: _Text | None = None
    at: _Moment | None = None

    @model_validator(mode="after")
    def _expects_something(self) -> Self:
        if self.expect is None and self.top is None:
            raise ValueError("it expects nothing; give it expect (names of rules, [] for none) or top (a document)")
        return self

    def made(self) -> RuleTest:
        """The test."""
        return RuleTest(self.question, None if self.expect is None else tuple(self.expect), self.top, self.at)


class FileTable(Table):
    """The whole file."""

    rule: list[RuleTable] = []
    test: list[TestTable] = []


TABLES: dict[str, type[Table]] = {
    "rule": RuleTable,
    "test": TestTable,
    "when": WhenTable,
    "boost": BoostTable,
    "bury": BuryTable,
    "exclude": ChosenTable,
    "filter": ChosenTable,
    "answer": AnswerTable,
}


def _scale(table: BoostTable | BuryTable | None) -> Scale | None:
    documents = table and table.made()
    return Scale(documents, table.factor or 0.0) if table and documents else None
