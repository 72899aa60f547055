from __future__ import annotations

from collections.abc import Sequence

import pytest

from wenyuan.training.data.examples import Example
from wenyuan.training.data.mine import Pair, Retrieved, drop_false_negatives, holds, mine

POSITIVE = "The Amazon river carries more water than any other river on Earth, about a fifth of all of it."
NEAR = "The Amazon river carries more water than any other river on Earth, about a fifth of all that."
ANSWERING = "Some say that the AMAZON is the longest of all."
WRONG = [f"Text {n} is about {topic}." for n, topic in enumerate(("rivers", "seas", "water", "earth", "a fifth of it"))]


def hits(*texts: str) -> list[Retrieved]:
    return [(f"d{n}", text, 1.0 - n / 100) for n, text in enumerate(texts)]


def mined(pair: Pair, found: Sequence[Retrieved], others: Sequence[str] = (), **options: int) -> list[Example]:
    pairs = [pair, *(Pair("other", text) for text in others)]
    return [
        e for e in mine(pairs, lambda query: found if query == pair.query else (), **options) if e.query == pair.query
    ]


def test_passages_that_answer_are_no_negatives() -> None:
    found = hits(POSITIVE, NEAR, ANSWERING, *WRONG)
    pair = Pair("Which river carries most water?", POSITIVE, related=frozenset({"d7"}), answers=("Amazon",), source="s")
    [example] = mined(pair, found, negatives=4, at_random=0)
    assert example.positives == (POSITIVE,)
    assert sorted(example.negatives) == sorted(WRONG[:4])  # d7 is related
    assert (example.source, example.positive_scores) == ("s", ())


def test_near_identical_passages_fall_out_without_an_answer_too() -> None:
    [example] = mined(Pair("Which?", POSITIVE), hits(POSITIVE, NEAR, ANSWERING, *WRONG), negatives=6, at_random=0)
    assert set(example.negatives) == {ANSWERING, *WRONG}


def test_the_best_hit_of_a_gold_document_that_holds_the_answer_is_the_positive() -> None:
    found = [("g", "the long document, part one", 3.0), ("x", "wrong", 2.0), ("g", "part two: the Amazon", 1.0)]
    [example] = mined(Pair("q", "whole", gold=frozenset({"g"}), answers=("amazon",)), found, negatives=1, at_random=0)
    assert (example.positives, example.negatives) == (("part two: the Amazon",), ("wrong",))
    [unanswered] = mined(Pair("q", "whole", gold=frozenset({"g"}), answers=("Nile",)), found, negatives=1, at_random=0)
    assert unanswered.positives == ("whole",)


def test_what_the_search_lacks_comes_from_other_pairs_and_a_pair_with_too_few_is_dropped() -> None:
    strangers = [f"a stranger of number {n}" for n in range(20)]
    [example] = mined(Pair("q", POSITIVE), hits(*WRONG), strangers, negatives=7, at_random=1)
    assert len(set(example.negatives)) == 7
    assert set(WRONG) < set(example.negatives)
    repeated = mined(Pair("q", POSITIVE), hits(*WRONG), strangers[:2] * 9, negatives=7, at_random=1)
    assert [len(set(example.negatives)) for example in repeated] == [7]
    [random] = mined(Pair("q", POSITIVE), hits(*WRONG), strangers, negatives=4, at_random=2)
    assert len(set(WRONG) & set(random.negatives)) == 2
    assert mined(Pair("q", POSITIVE), hits(*WRONG), [], negatives=7) == []


def test_the_same_seed_draws_the_same_and_the_top_ranks_come_more_often() -> None:
    texts = [f"passage {n} about matter {n * 7919}" for n in range(30)]
    pair = Pair("q", POSITIVE)
    assert mined(pair, hits(*texts), negatives=5, at_random=0) == mined(pair, hits(*texts), negatives=5, at_random=0)
    drawn = [mined(pair, hits(*texts), negatives=5, at_random=0, seed=seed)[0].negatives for seed in range(60)]
    top = sum(texts.index(text) < 10 for negatives in drawn for text in negatives)
    assert 60 * 5 / 3 * 1.2 < top < 60 * 5 * 0.9


def test_two_rankings_take_turns() -> None:
    rankings = {"zh": hits("z0", "z1"), "en": hits("e0", "e1")}
    pair = Pair("zh", POSITIVE, lookups=("en", "zh"))
    [example] = mine([pair], rankings.__getitem__, negatives=2, at_random=0, depth=1)
    assert set(example.negatives) == {"e0", "z0"}


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        ("一九八四年，在臺灣", ("台湾",), True),
        ("In １９８４", ("1984",), True),
        ("nothing", ("thing else",), False),
        ("x", (), False),
    ],
)
def test_an_answer_is_found_whatever_its_width_or_script(text: str, answers: tuple[str, ...], expected: bool) -> None:
    assert holds(text, answers) is expected


def test_a_teacher_drops_negatives_it_prefers_to_a_positive() -> None:
    example = Example("q", ("a", "b"), ("c", "d", "e"), (5.0, 2.0), (3.0, 1.5, -4.0))
    assert drop_false_negatives(example).negatives == ("d", "e")
    kept = drop_false_negatives(example, margin=1.0)
    assert (kept.negatives, kept.negative_scores) == (("e",), (-4.0,))
    assert drop_false_negatives(Example("q", ("a",), ("c",))).negatives == ("c",)
