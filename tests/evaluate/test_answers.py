"""Examples as they are read, answers as they are judged and counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answered import answer, example
from wenyuan.errors import SourceError, WrongUse
from wenyuan.evaluate.answers import ask_cases, figures, grouped, judge, read_cases, risk_coverage

LINE = {
    "id": "q1",
    "passage": "d1",
    "question": "滤芯多久更换一次？",
    "language": "zh",
    "passage_language": "en",
    "style": "fact",
    "answer": "500 小时",
    "evidence": "every 500 hours",
    "start": 10,
    "end": 25,
    "unanswerable": None,
}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "asked.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    return path


def test_a_line_is_a_question_its_evidence_and_its_near_miss(tmp_path: Path) -> None:
    path = write(tmp_path, LINE, LINE | {"id": "q2", "unanswerable": "滤芯多少钱？"})
    first, second = read_cases(path)
    assert (first.line, first.pair, first.near_miss) == (1, "zh→en", None)
    assert (second.line, second.near_miss) == (2, "滤芯多少钱？")


def test_a_limit_draws_the_same_ones_each_time(tmp_path: Path) -> None:
    path = write(tmp_path, *(LINE | {"id": f"q{n}"} for n in range(20)))
    few = [each.id for each in read_cases(path, 5)]
    assert len(set(few)) == 5
    assert few == [each.id for each in read_cases(path, 5)]
    assert few != [each.id for each in read_cases(path, 5, seed=1)]
    assert len(read_cases(path, 20)) == 20


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question": None}, "'question' is missing"),
        ({"question": " "}, "'question' is no text"),
        ({"passage": 7}, "'passage' is no text"),
        ({"language": "fr"}, "'language' is 'fr'; write \"zh\" or \"en\""),
        ({"end": 24}, "the 15 characters of 'evidence'"),
        ({"start": "10"}, "'start' '10'"),
        ({"start": -5, "end": 10}, "'start' -5"),
        ({"unanswerable": ""}, "'unanswerable' is no text"),
        ({"id": "q1"}, "the id 'q1' is there twice"),
    ],
)
def test_a_line_that_is_no_example_is_named(tmp_path: Path, change, said: str) -> None:
    path = write(tmp_path, LINE, LINE | {"id": "q2"} | change)
    with pytest.raises(SourceError, match=r"asked\.jsonl, line 2: ") as caught:
        read_cases(path)
    assert said in str(caught.value)


def test_a_file_without_questions_or_none_at_all_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no question"):
        read_cases(write(tmp_path))
    with pytest.raises(WrongUse, match=r"There is no file .*absent\.jsonl"):
        read_cases(tmp_path / "absent.jsonl")


@pytest.mark.parametrize(
    ("quotes", "holds", "names"),
    [
        ([("d1", 5, "use it ＥＶＥＲＹ 500\nhours.")], True, True),  # folded
        ([("d1", 10, "every 500 hour")], True, True),  # 14 of 15 characters
        ([("d1", 10, "every 500 hou")], False, True),
        ([("d1", 10, "every 5"), ("d1", 17, "00 hours")], True, True),  # by two quotes
        ([("d1", 10, "every 500"), ("d1", 12, "ery 500 ")], False, True),  # characters count once
        ([("d2", 0, "every 500 hours")], False, False),  # another document, not judged
        ([("twin", 0, "every 500 hours")], True, True),
        ([("twin", 10, "EVERY xxx hours")], False, True),  # the evidence stands there in the passage alone
        ([("topic", 0, "every 500 hours")], False, False),  # graded too low
        ([], False, False),
    ],
)
def test_quotes_hold_the_evidence_by_text_or_by_place(quotes, holds: bool, names: bool) -> None:
    asked = example(passage="d1", evidence="every 500 hours", start=10)
    outcome = judge(asked, answer(*quotes), {"d1": 3, "twin": 2, "topic": 1})
    assert (outcome.holds_evidence, outcome.names_document, outcome.right) == (holds, names, holds)


def test_a_near_miss_is_right_when_it_is_declined() -> None:
    asked = example(near_miss="unknown?")
    assert judge(asked, answer(), {}, near_miss=True).right
    given = judge(asked, answer(("d1", 0, asked.evidence)), {}, near_miss=True)
    assert (given.right, given.holds_evidence, given.question) == (False, False, "unknown?")


def test_every_question_is_asked_and_its_near_miss_after_it() -> None:
    heard: list[str] = []
    told: list[tuple[int, int]] = []

    def ask(question: str):
        heard.append(question)
        return answer(("twin", 0, "the evidence"))

    asked = [example("a", near_miss="not a"), example("b")]
    outcomes = ask_cases(asked, ask, {"b": {"twin": 3}}, lambda n, total: told.append((n, total)))
    assert heard == ["a?", "not a", "b?"]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [each.right for each in outcomes] == [False, False, True]


def outcomes():
    """Two right answers, one from a wrong document, one refusal; one near-miss answered, one declined."""
    right, wrong = ("d1", 0, "the evidence"), ("d9", 0, "something else here")
    return [
        judge(example("a"), answer(right, confidence=0.9), {}),
        judge(example("b", pair="zh→zh"), answer(right, right, confidence=0.7), {}),
        judge(example("c", pair="zh→zh"), answer(wrong, confidence=0.8), {}),
        judge(example("d", style="why"), answer(confidence=0.1), {}),
        judge(example("a", near_miss="x"), answer(wrong, confidence=0.6), {}, near_miss=True),
        judge(example("b", pair="zh→zh", near_miss="x"), answer(confidence=0.2), {}, near_miss=True),
    ]


def test_figures_are_shares_areas_and_medians_with_intervals() -> None:
    made = figures(outcomes())
    assert {name: (figure.value, figure.n) for name, figure in made.items()} == {
        "evidence": (0.5, 4),
        "right_document": (0.5, 4),
        "answered": (0.75, 4),
        "declined": (0.5, 2),
        "auroc": (0.75, 4),  # .9 and .7 of the right against .8 and .6 of the wrong: three of four
        "auroc_answerable": (pytest.approx(6 / 8), 6),
        "quote_chars": (19, 3),
        "quote_words": (3, 3),
    }
    assert all(figure.low <= figure.value <= figure.high for figure in made.values())
    assert (made["evidence"].low, made["evidence"].high) == pytest.approx((0.150, 0.850), abs=1e-3), "Wilson's"
    assert figures(outcomes()) == made


def test_a_tie_of_confidence_counts_half() -> None:
    tied = [
        judge(example(), answer(quote, confidence=0.5), {}) for quote in (("d1", 0, "the evidence"), ("d9", 0, "x"))
    ]
    assert figures(tied)["auroc"].value == 0.5


def test_there_is_no_figure_of_nothing() -> None:
    made = figures([judge(example(), answer(confidence=0.1), {})])
    assert made["declined"] == (None, None, None, 0)
    assert made["auroc"] == (None, None, None, 0)
    assert made["auroc_answerable"] == (None, None, None, 1), "nothing to tell it from"
    assert made["quote_chars"].value is None
    assert made["evidence"].value == 0


def test_words_are_counted_where_english_is_quoted() -> None:
    made = figures([judge(example(), answer(("d1", 0, "滤芯每运行五百小时更换一次")), {})])
    assert (made["quote_chars"].value, made["quote_words"].n) == (13, 0)


def test_groups_are_by_name_and_near_misses_are_in_their_questions() -> None:
    pairs = grouped(outcomes(), lambda one: one.pair)
    assert {name: len(group) for name, group in pairs.items()} == {"en→en": 3, "zh→zh": 3}
    assert list(grouped(outcomes(), lambda one: one.style)) == ["fact", "why"]


def test_the_curve_falls_from_the_surest_answer_to_all_that_were_given() -> None:
    curve = [(point.confidence, round(point.coverage, 3), round(point.risk, 3)) for point in risk_coverage(outcomes())]
    assert curve == [(0.9, 0.167, 0.0), (0.8, 0.333, 0.5), (0.7, 0.5, 0.333), (0.6, 0.667, 0.5)]
    assert risk_coverage([judge(example(), answer(), {})]) == []


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.9]), st.booleans()), min_size=1, max_size=300))
def test_a_curve_ends_with_all_answers_and_has_a_point_a_confidence_at_most(given_: list[tuple[float, bool]]) -> None:
    quotes = {True: ("d1", 0, "the evidence"), False: ("d9", 0, "x")}
    judged = [judge(example(), answer(quotes[right], confidence=sure), {}) for sure, right in given_]
    curve = risk_coverage(judged)
    assert len(curve) == len({sure for sure, _ in given_})
    assert curve[-1].coverage == 1
    assert curve[-1].risk == pytest.approx(1 - sum(right for _, right in given_) / len(given_))
