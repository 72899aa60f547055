"""Examples of readers: what a file may say, splits by origin, what is drawn to learn from."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from wenyuan.errors import SourceError, WrongUse
from wenyuan.training.data.examples import Example
from wenyuan.training.data.reading import (
    GradedPassage,
    ReadingExample,
    draw,
    read_reading,
    split_by_origin,
    write_reading,
)

QUESTION = ReadingExample(
    "多久换一次滤芯？",
    (
        GradedPassage("每 500 小时更换一次。", 3, (0, 11)),
        GradedPassage("滤芯可以更换。", 1),
        GradedPassage("水泵重 3 千克。"),
    ),
    "zh",
    "enterprise",
    "pump",
)
NEAR_MISS = ReadingExample("who made the filter", (GradedPassage("The filter is white."), GradedPassage("Pumps.")))


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    write_reading(tmp_path / name, [QUESTION, NEAR_MISS])
    assert read_reading(tmp_path / name) == [QUESTION, NEAR_MISS]
    assert (QUESTION.near_miss, NEAR_MISS.near_miss) == (False, True)


def test_a_span_of_null_is_none(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_text('{"query": "q", "passages": [{"text": "t", "span": null, "grade": 0}]}\n')
    assert read_reading(file) == [ReadingExample("q", (GradedPassage("t"),))]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"query": " "}, "'query'"),
        ({"lang": "de"}, "'lang' is 'de'"),
        ({"passages": []}, "'passages'"),
        ({"passages": [{"text": ""}]}, "no 'text'"),
        ({"passages": ["t"]}, "no 'text'"),
        ({"passages": [{"text": "t", "grade": 4}]}, "'grade' is 4"),
        ({"passages": [{"text": "t", "grade": True}]}, "'grade' is True"),
        ({"passages": [{"text": "text", "grade": 3, "span": [1, 5]}]}, "within the 4 characters"),
        ({"passages": [{"text": "text", "grade": 3, "span": [2, 2]}]}, "within the 4 characters"),
        ({"passages": [{"text": "text", "grade": 3, "span": [0.0, 2]}]}, "within the 4 characters"),
        ({"passages": [{"text": "text", "span": [0, 2]}]}, "no 'grade'"),
    ],
    ids=str,
)
def test_a_line_that_does_not_fit_is_named(tmp_path: Path, change: dict[str, object], said: str) -> None:
    file = tmp_path / "r.jsonl"
    row = {"query": "q", "passages": [{"text": "t"}]} | change
    file.write_text(json.dumps({"query": "q", "passages": [{"text": "t"}]}) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(SourceError, match=r"line 2: ") as caught:
        read_reading(file)
    assert said in str(caught.value)


def test_a_file_without_examples_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_text("\n")
    with pytest.raises(WrongUse, match="no example"):
        read_reading(tmp_path / "r.jsonl")


def test_a_reranker_sees_answers_against_what_has_no_grade() -> None:
    assert QUESTION.ranked() == Example(
        QUESTION.query, ("每 500 小时更换一次。",), ("水泵重 3 千克。",), language="zh", source="enterprise"
    )
    assert NEAR_MISS.ranked().positives == ()


def test_an_origin_is_on_one_side_which_its_name_alone_decides() -> None:
    examples = [ReadingExample(f"q{n}", (GradedPassage("t"),), origin=f"book {n % 40}") for n in range(200)]
    rest, held = split_by_origin(examples, 0.2)
    assert {each.origin for each in rest}.isdisjoint({each.origin for each in held})
    assert 3 <= len({each.origin for each in held}) <= 14
    assert sorted((*rest, *held), key=examples.index) == examples
    fewer = [each for each in examples if each.origin != "book 1"]
    assert split_by_origin(fewer, 0.2)[1] == [each for each in held if each.origin != "book 1"]
    assert split_by_origin(examples, 0) == (examples, [])


def test_evidence_comes_first_and_others_mostly_from_the_top() -> None:
    marked = (GradedPassage("a", 3, (0, 1)), GradedPassage("b", 3, (0, 1)))
    others = tuple(GradedPassage(f"n{n}") for n in range(40))
    example = ReadingExample("q", (*marked, GradedPassage("c", 2), *others))
    rng = random.Random(0)
    drawn = [draw(example, 4, rng) for _ in range(200)]
    assert {passages[0] for passages in drawn} == set(marked)
    assert all(not each.grade for passages in drawn for each in passages[1:])
    places = [others.index(each) for passages in drawn for each in passages[1:]]
    assert len(places) == 600
    assert sum(place < 10 for place in places) > 250  # by chance 150
    assert draw(ReadingExample("q", (GradedPassage("c", 2), *others)), 2, rng)[0].text == "c"


def test_a_near_miss_is_shown_with_the_passage_it_is_asked_about() -> None:
    passages = tuple(GradedPassage(f"p{n}") for n in range(9))
    drawn = [draw(ReadingExample("q", passages), 3, random.Random(seed)) for seed in range(9)]
    assert {each[0] for each in drawn} == {passages[0]}
    assert {len(set(each)) for each in drawn} == {3}
