"""Question sets as people write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wenyuan.errors import SourceError
from wenyuan.evaluate.question_set import cases, grades, judgements, read_set

PATH = Path("support.jsonl")
TEXTS = {"pump.md": "The warranty lasts 24 months.", "泵.md": "保修期为 24 个月。"}


def lines(*rows: object) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def test_a_line_is_a_question_and_what_is_known_of_its_answer() -> None:
    known, unknown = read_set(
        lines(
            {"question": "保修期多长？", "documents": ["泵.md", "pump.md"], "evidence": "24 个月", "answer": "两年"},
            {"question": "Who owns the moon?", "answerable": False},
        ),
        PATH,
    )
    assert (known.documents, known.evidence, known.answer, known.answerable) == (
        *(("泵.md", "pump.md"), "24 个月"),
        *("两年", True),
    )
    assert (unknown.documents, unknown.answerable, unknown.line) == ((), False, 2)
    assert grades([known, unknown]) == {known.id: {"泵.md": 2, "pump.md": 2}}
    assert judgements([known, unknown], PATH).queries == {known.id: "保修期多长？"}


def test_a_line_of_eval_answers_is_two_questions() -> None:
    row = {
        "id": "q1",
        "passage": "pump.md",
        "question": "How long?",
        "language": "en",
        "passage_language": "en",
        "style": "fact",
        "evidence": "24 months",
        "start": 19,
        "end": 28,
        "unanswerable": "How much?",
    }
    asked, near_miss = read_set(lines(row), PATH)
    assert (asked.id, asked.documents, asked.style) == ("q1", ("pump.md",), "fact")
    assert (near_miss.id, near_miss.question, near_miss.answerable) == ("q1-near-miss", "How much?", False)


def test_cases_have_the_place_of_their_evidence() -> None:
    questions = read_set(
        lines(
            {"question": "保修期多长？", "document": "pump.md", "evidence": "24 months"},
            {"question": "How long?", "document": "pump.md"},
            {"question": "谁？", "answerable": False},
        ),
        PATH,
    )
    quoted, open_, none = cases(questions, TEXTS.get, PATH)
    assert (quoted.start, quoted.end, quoted.pair, quoted.asked) == (19, 28, "zh→en", (False,))
    assert (open_.evidence, open_.start, open_.end) == ("", 0, 0)
    assert (none.near_miss, none.asked, none.pair) == ("谁？", (True,), "zh→zh")


def test_the_same_words_have_the_same_id_wherever_they_stand() -> None:
    one, other = {"question": "How long?", "document": "pump.md"}, {"question": "Who?", "answerable": False}
    ids = [{each.question: each.id for each in read_set(lines(*rows), PATH)} for rows in ((one, other), (other, one))]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"document": "a"}, "'question' is missing"),
        ({"question": " ", "document": "a"}, "'question' is no text"),
        ({"question": "x"}, "it names no document"),
        ({"question": "x", "documents": []}, "it names no document"),
        ({"question": "x", "documents": "a"}, "'documents' is no list"),
        ({"question": "x", "documents": [1]}, "'documents' is no list"),
        ({"question": "x", "document": "a", "answerable": "no"}, "'answerable' is 'no'"),
        ({"question": "x", "document": "a", "answerable": False}, "it has no answer, and yet"),
        ({"question": "x", "evidence": "y", "answerable": False}, "it has no answer, and yet"),
        ({"question": "x", "document": "a", "evidnce": "y"}, "unknown key 'evidnce'"),
        ([1], "no JSON object"),
        ({"question": "First?", "document": "a"}, "'First\\?' is there twice"),
    ],
)
def test_a_line_that_is_no_question_is_named(row: object, said: str) -> None:
    with pytest.raises(SourceError, match=rf"support\.jsonl, line 3: .*{said}"):
        read_set(lines({"question": "First?", "document": "a"}) + "\n\n" + lines(row), PATH)


def test_too_many_and_none_are_refused() -> None:
    many = [{"question": f"q{n}", "answerable": False} for n in range(5_001)]
    for text, said in ((lines(*many), "more than 5000"), ("\n \n", "there is no question")):
        with pytest.raises(SourceError, match=said):
            read_set(text, PATH)
    with pytest.raises(SourceError, match="no question names a document"):
        judgements(read_set(lines(many[0]), PATH), PATH)


def test_what_is_not_there_is_named() -> None:
    for row, said in (
        ({"question": "x", "documents": ["pump.md", "nope.md"]}, "no document 'nope.md'"),
        ({"question": "x", "document": "pump.md", "evidence": "36 months"}, "does not stand in 'pump.md'"),
    ):
        with pytest.raises(SourceError, match=f"line 1: .*{said}"):
            cases(read_set(lines(row), PATH), TEXTS.get, PATH)
