"""Tokens counted without a tokenizer, and prompts that a server cut."""

from __future__ import annotations

import pytest

from wenyuan.chat.meter import Meter
from wenyuan.chat.profile import Profile
from wenyuan.types import Message, Request, ToolSchema


def request(characters: int, tools: tuple[ToolSchema, ...] = ()) -> Request:
    return Request((Message("user", "水" * characters),), tools)


def test_what_the_server_counts_makes_later_counts_closer() -> None:
    meter = Meter(Profile())
    assert meter.count(["水" * 1000]) == [1000]
    meter.learn(request(1000), 600)
    assert meter.count(["水" * 1000]) == [630]


@pytest.mark.parametrize(("counted", "most"), [(1, 600), (40_000, 3200)])
def test_a_count_that_no_tokenizer_makes_teaches_little(counted: int, most: int) -> None:
    meter = Meter(Profile())
    meter.learn(request(100), counted)
    assert 400 < meter.count(["水" * 1000])[0] < most


def test_a_prompt_of_which_much_is_missing_was_cut() -> None:
    meter = Meter(Profile())
    meter.learn(request(1000), 650)
    assert meter.was_cut(request(8000), 4096)
    assert not meter.was_cut(request(8000), 5200)


def test_without_anything_learnt_only_a_count_that_no_tokenizer_reaches_is_a_cut() -> None:
    meter = Meter(Profile())
    assert meter.was_cut(request(8000), 2048)
    assert not meter.was_cut(request(8000), 4096)


def test_short_prompts_are_not_judged_and_functions_and_long_ones_do_not_teach() -> None:
    meter = Meter(Profile())
    assert not meter.was_cut(request(100), 1)
    meter.learn(request(1000, (ToolSchema("a", "b", {}),)), 5000)
    meter.learn(request(8000), 2048)
    assert meter.count(["水" * 1000]) == [1000]


def test_a_calibrated_profile_is_believed() -> None:
    meter = Meter(Profile(calibrated=True, han_tokens=0.6))
    meter.learn(request(1000), 900)
    assert meter.expected(request(1000)) == 600
