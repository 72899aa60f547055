"""Where evidence stands: in chunks of a document that a question was written for, and of answers in a passage."""

from __future__ import annotations

from answered import example as case
from wenyuan.training.data.evidence import from_answers, from_cases
from wenyuan.training.data.examples import Example
from wenyuan.training.data.reading import GradedPassage
from wenyuan.types import Chunk

TEXT = "The pump is blue. Its filter lasts 500 hours. The warranty is two years."
EVIDENCE = "500 hours"
AT = TEXT.index(EVIDENCE)


def chunk(document: str, start: int, end: int, text: str = TEXT, title: str = "Pump") -> Chunk:
    return Chunk(start, document, title, 0, text[start:end], start, end, ("Care",))


OWN = [chunk("d1", 0, 17), chunk("d1", 18, 45), chunk("d1", 46, 72)]
FOUND = [
    chunk("d2", 0, 4, "Twin"),
    OWN[1],
    chunk("d3", 0, 5, "Other"),
    chunk("d2", 0, 5, "Twins"),
    chunk("d4", 0, 3, "Not"),
]


def made(own=OWN, near_miss=None, qrels=None, **options):
    one = case("q1", evidence=EVIDENCE, start=AT, near_miss=near_miss)
    return list(from_cases([one], lambda _: own, lambda _: FOUND, qrels or {}, **options))


def test_the_evidence_is_marked_in_what_the_reader_sees_and_others_take_turns() -> None:
    (found,) = made(source="enterprise", origins={"d1": "manual"})
    first, *others = found.passages
    assert first.text == "Pump > Care\n" + TEXT[18:45]
    assert first.grade == 3
    assert first.text[slice(*first.span)] == EVIDENCE
    assert [each.text.partition("\n")[2] for each in others] == [
        TEXT[46:72],
        "Twin",
        TEXT[0:17],
        "Other",
        "Twins",
        "Not",
    ]
    assert {(each.grade, each.span) for each in others} == {(0, None)}
    assert (found.query, found.language, found.source, found.origin) == ("q1?", "en", "enterprise", "manual")


def test_graded_documents_are_no_negatives_and_their_evidence_is_not_known() -> None:
    found, miss = made(near_miss="who made it?", qrels={"q1": {"d2": 2, "d4": 1}})
    assert [(each.text.partition("\n")[2], each.grade) for each in found.passages] == [
        *((TEXT[18:45], 3), ("Twin", 2), ("Not", 1), (TEXT[46:72], 0), ("Other", 0), (TEXT[0:17], 0))
    ]
    assert [each.span is None for each in found.passages] == [False, *[True] * 5]
    assert (miss.query, miss.near_miss, miss.origin) == ("who made it?", True, "d1")
    assert [each.text.partition("\n")[2] for each in miss.passages] == [TEXT[18:45], TEXT[46:72], "Other", TEXT[0:17]]


def test_evidence_in_two_chunks_is_marked_in_both_and_across_two_in_the_one_with_most() -> None:
    both = [chunk("d1", 0, 45), chunk("d1", 18, 72)]
    (found,) = made(both)
    assert [each.text[slice(*each.span)] for each in found.passages[:2]] == [EVIDENCE] * 2
    across = [chunk("d1", 0, AT + 3), chunk("d1", AT + 3, 72)]
    (found,) = made(across)
    marked = [each for each in found.passages if each.grade]
    assert [each.text[slice(*each.span)] for each in marked] == [" hours"]
    assert not made([chunk("d1", 0, 17)])


def test_an_answer_that_stands_once_in_the_passage_is_its_evidence() -> None:
    right = Example(
        "when?", ("It was in 1870. Then 1871 and 1871.",), ("In 1920.", "No."), language="en", source="squad"
    )
    (found,) = from_answers([right], {"when?": ("1871", "1870")})
    assert found.passages == (
        GradedPassage(right.positives[0], 3, (10, 14)),
        GradedPassage("In 1920."),
        GradedPassage("No."),
    )
    assert (found.query, found.language, found.source) == ("when?", "en", "squad")
    assert not list(from_answers([right], {"when?": ("1871",)}))
    assert not list(from_answers([right], {}))
    twice = list(from_answers([right, right], {"when?": ("1870",)}))
    assert len({each.origin for each in twice}) == 1
