"""The names and nouns of a turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.conversation.phrases import content, is_nominal, phrases, repeated, simplified


@pytest.mark.parametrize(
    ("turn", "found"),
    [
        ("PX-200 水泵的保修期是多久?", [("PX-200 水泵", "name"), ("保修期", "noun")]),
        ("你知道战舰少女吗", [("战舰少女", "name")]),
        ("華南分公司在哪?", [("華南分公司", "name")]),
        ("How do you back up TiDB Operator?", [("TiDB Operator", "name")]),
        ("side effects of lavender plants", [("side effects", "side"), ("lavender plants", "noun")]),
        ("the US and Congress", [("US and Congress", "name")]),
        ("learning Norwegian", [("Norwegian", "name")]),
        ("about machine learning", [("machine learning", "noun")]),
        ("42 of 7", []),
        ("", []),
    ],
)
def test_names_nouns_and_sides(turn: str, found: list[tuple[str, str]]) -> None:
    assert [(phrase.text, phrase.kind) for phrase in phrases(turn)] == found


@given(st.text(max_size=80) | st.text("水泵的保修期是多久吗 PX-200'sand.?", max_size=40))
def test_phrases_of_any_turn_are_verbatim_in_order_and_apart(turn: str) -> None:
    end = 0
    for phrase in phrases(turn):
        assert phrase.text == turn[phrase.start : phrase.end] != ""
        assert phrase.start >= end
        end = phrase.end


def test_what_a_phrase_says() -> None:
    [pump, _] = phrases("PX-200 水泵的保修期")
    assert not pump.chinese
    assert "水泵" in pump.words
    assert content("的了") == content("the of") == frozenset()


@pytest.mark.parametrize(
    ("turn", "others", "said"),
    [
        ("水泵保修多久", ["水泵的保修"], ["水泵", "保修"]),
        ("水泵保修多久", ["水泵保修两年"], ["水泵保修"]),
        ("水泵保修", ["水泵保修"], ["水泵保修"]),
        ("華南分公司", ["华南分公司"], ["華南分公司"]),
        ("什么是什么", ["什么是什么"], []),
        ("pump", ["pump"], []),
    ],
)
def test_what_other_turns_say_too(turn: str, others: list[str], said: list[str]) -> None:
    assert [turn[start:end] for start, end in repeated(turn, others)] == said


def test_simplified_characters_stand_where_the_traditional_ones_did() -> None:
    assert simplified("額定功率") == "额定功率"
    assert simplified("pump") == "pump"


def test_parts_of_speech() -> None:
    assert is_nominal("ns")
    assert is_nominal("n")
    assert not is_nominal("v")
