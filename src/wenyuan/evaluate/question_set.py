"""Question sets as people write them, one JSON object a line: a question, and what is known of its answer.

    {"question": "How long is the warranty?", "document": "pump.md", "evidence": "The warranty lasts 24 months."}
    {"question": "Which colour is the moon pump?", "answerable": false}

Lines of `wenyuan eval --answers` are read, too: there the document is called `passage`, and its near-miss is one more
question without an answer. What `answer` says is for people; it is not compared.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from wenyuan.evaluate.answers import AnswerCase
from wenyuan.evaluate.beir import Judgements
from wenyuan.evaluate.metrics import Qrels
from wenyuan.jsonl import JsonRow, malformed, parse_rows
from wenyuan.text.language import language
from wenyuan.text.normalise import fold

_KEYS = ("question", "document", "documents", "evidence", "answer", "answerable", "style", "id")
_OF_ANSWERS = ("passage", "language", "passage_language", "start", "end", "unanswerable")
_STYLE = "asked"
_GRADE = 2  # of a document that a person names: an important part of the answer
_MOST = 5_000

TextOf = Callable[[str], str | None]
"""The text of a document; None where there is no such document."""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question of a set."""

    line: int  # from 1
    id: str
    question: str
    documents: tuple[str, ...]  # that answer it; none where nothing does
    evidence: str | None  # the words of the first of them that answer it
    answer: str | None
    style: str

    @property
    def answerable(self) -> bool:
        """Whether it has an answer."""
        return bool(self.documents)

    def shape(self) -> dict[str, object]:
        """As JSON."""
        return {
            "id": self.id,
            "question": self.question,
            "documents": list(self.documents),
            "evidence": self.evidence,
            "answer": self.answer,
            "answerable": self.answerable,
        }


def read_set(text: str, path: Path) -> list[AskedQuestion]:
    """The questions of a set that sentences call by its path.

    Raises:
        SourceError: a line is no question, one is there twice, or there is none or too many; the sentence names it.
    """
    lines = ((n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip())
    found: dict[str, AskedQuestion] = {}
    for number, row in parse_rows(path, lines):
        for each in _questions(path, number, row):
            if each.id in found:
                raise malformed(path, number, f"the question {each.question!r} is there twice", "remove one of the two")
            found[each.id] = each
    if not found:
        raise malformed(path, 1, "there is no question", "write one a line")
    if len(found) > _MOST:
        raise malformed(path, _MOST + 1, f"there are more than {_MOST} questions", "make two sets of it")
    return list(found.values())


def cases(questions: Sequence[AskedQuestion], text_of: TextOf, path: Path) -> list[AnswerCase]:
    """The questions as answers are measured by them.

    Raises:
        SourceError: there is no document of that name, or its evidence does not stand in it; the sentence names it.
    """
    return [_case(each, text_of, path) for each in questions]


def grades(questions: Sequence[AskedQuestion]) -> Qrels:
    """Question → right document → its grade."""
    return {each.id: dict.fromkeys(each.documents, _GRADE) for each in questions if each.answerable}


def judgements(questions: Sequence[AskedQuestion], path: Path) -> Judgements:
    """The questions that have an answer, as searches are measured by them.

    Raises:
        SourceError: none has.
    """
    answerable = {each.id: each.question for each in questions if each.answerable}
    if not answerable:
        raise malformed(path, 1, "no question names a document", "name those that answer it")
    return Judgements(answerable, {id_: dict(found) for id_, found in grades(questions).items()})


def _questions(path: Path, number: int, row: JsonRow) -> Iterator[AskedQuestion]:
    if unknown := [key for key in row if key not in (*_KEYS, *_OF_ANSWERS)]:
        raise malformed(path, number, f"it has an unknown key {unknown[0]!r}", f"write one of {', '.join(_KEYS)}")
    question = _text(path, number, row, "question")
    if question is None:
        raise malformed(path, number, "'question' is missing", "write what is asked")
    documents, evidence = _documents(path, number, row), _text(path, number, row, "evidence")
    answerable = row.get("answerable", True)
    if not isinstance(answerable, bool):
        raise malformed(path, number, f"'answerable' is {answerable!r}", "write true or false")
    if answerable and not documents:
        raise malformed(
            path, number, "it names no document", 'name the one that answers it, or write "answerable": false'
        )
    if not answerable and (documents or evidence):
        raise malformed(
            path, number, "it has no answer, and yet names a document or evidence", "leave out one of the two"
        )
    id_, style = _text(path, number, row, "id"), _text(path, number, row, "style") or _STYLE
    answer = _text(path, number, row, "answer")
    yield AskedQuestion(number, id_ or _id(question), question, documents, evidence, answer, style)
    if near_miss := _text(path, number, row, "unanswerable"):
        yield AskedQuestion(number, f"{id_ or _id(question)}-near-miss", near_miss, (), None, None, style)


def _documents(path: Path, number: int, row: JsonRow) -> tuple[str, ...]:
    several = row.get("documents", [])
    if not isinstance(several, list) or not all(isinstance(each, str) and each for each in several):
        raise malformed(path, number, "'documents' is no list of names", 'write ["a.md", "b.md"]')
    named = [_text(path, number, row, key) for key in ("document", "passage")]
    every: list[str] = [*filter(None, named), *several]
    return tuple(dict.fromkeys(every))


def _text(path: Path, number: int, row: JsonRow, key: str) -> str | None:
    value = row.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise malformed(path, number, f"{key!r} is no text", "write one in quotes, or leave it out")
    return value


def _id(question: str) -> str:
    """The same for the same words, so that runs over sets that were edited compare."""
    return f"q-{hashlib.sha256(fold(question).encode()).hexdigest()[:10]}"


def _case(each: AskedQuestion, text_of: TextOf, path: Path) -> AnswerCase:
    asked_in = language(each.question)
    if not each.answerable:
        return AnswerCase(each.line, each.id, "", "", f"{asked_in}→{asked_in}", each.style, "", 0, 0, each.question)
    passage, evidence = each.documents[0], each.evidence or ""
    texts = [text_of(document) for document in each.documents]
    for document, text in zip(each.documents, texts, strict=True):
        if text is None:
            raise malformed(path, each.line, f"there is no document {document!r}", "name documents by their ids")
    start = (texts[0] or "").find(evidence)
    if start < 0:
        said = f"'evidence' does not stand in {passage!r}"
        raise malformed(path, each.line, said, "copy it from there, word for word")
    pair = f"{asked_in}→{language(evidence or texts[0] or '')}"
    end = start + len(evidence)
    return AnswerCase(each.line, each.id, passage, each.question, pair, each.style, evidence, start, end, None)
