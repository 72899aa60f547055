"""The page of answers: its numbers are the record's, the wrong ones come first, nothing else is asked for."""

from __future__ import annotations

import re

from answered import answer, example
from pages import Reader
from wenyuan.evaluate.answers import judge
from wenyuan.evaluate.answers_page import ANSWER_NAMES, LENGTHS, answers_page, groups
from wenyuan.evaluate.record import answers_record

HOSTILE = '<script>alert("x")</script>'


def record():
    right = ("d1", 0, "the evidence")
    outcomes = [
        judge(example("right", near_miss="谁发明了它？"), answer(right, confidence=0.95), {}),
        judge(example("right", near_miss="谁发明了它？"), answer(right, confidence=0.9), {}, near_miss=True),
        judge(example(f"wrong {HOSTILE}", pair="zh→en"), answer(("d9", 3, f"x {HOSTILE}"), confidence=0.7), {}),
        judge(example("near", pair="zh→en", style="why"), answer(("d1", 40, "elsewhere"), confidence=0.6), {}),
        judge(example("silent"), answer(confidence=0.2), {}),
    ]
    return answers_record("set", "dev.jsonl", outcomes, "wenyuan eval set --answers dev.jsonl")


def test_the_numbers_of_the_page_are_those_of_the_record() -> None:
    made = record()
    text = Reader(answers_page(made)).text
    assert list(groups(made)) == ["all", "en→en", "zh→en", "fact", "why"]
    for group, figures in groups(made).items():
        for name in ANSWER_NAMES:
            if figures[name] is not None:
                digits = 0 if name in LENGTHS else 3
                low, high = figures["intervals"][name]
                count = figures["counts"][name]
                assert f"{figures[name]:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}] n {count}" in text, group
    assert "4 questions and 1 near-misses" in text
    assert made["command"] in text
    last = made["risk_coverage"][-1]
    assert f"coverage {last['coverage']:.3f}, risk {last['risk']:.3f}" in text


def test_wrong_answers_come_first_the_surest_before_the_others() -> None:
    text = Reader(answers_page(record())).text
    order = ["谁发明了它？", "wrong <script>", "near?", "silent?", "right?"]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    for verdict in ("though it has no answer", "another document", "another place", "though it has an answer"):
        assert verdict in text
    assert "quoted from d9, characters 3–" in text


def test_the_page_refers_to_nothing_and_what_is_hostile_stays_text() -> None:
    made = answers_page(record())
    read = Reader(made)
    assert read.places == ["data:,"]
    assert not re.search(r"https?:|@import|url\(", made)
    assert "default-src 'none'" in made, "the browser itself refuses requests"
    assert read.tags.count("script") == 1
    assert HOSTILE in read.text
    assert '<strong lang="zh">谁发明了它？</strong>' in made


def test_it_fits_a_telephone_and_can_be_filtered_by_pair() -> None:
    made = answers_page(record())
    assert 'content="width=device-width' in made
    assert "prefers-color-scheme: dark" in made
    assert "<option>zh→en</option>" in made
    assert made.count('<article class="panel" data-pair="zh→en"') == 2
