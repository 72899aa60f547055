"""A place of a turn that a topic fills."""

from __future__ import annotations

import pytest

from wenyuan.conversation.gaps import Gap


@pytest.mark.parametrize(
    ("gap", "filled"),
    [
        (Gap(0, 1, "{}"), "水泵多重?"),
        (Gap(1, 1, "{}的"), "它水泵的多重?"),
        (Gap(3, 4, "{}吗"), "它多重水泵吗"),
    ],
)
def test_the_topic_stands_in_the_form_and_the_form_in_the_turn(gap: Gap, filled: str) -> None:
    assert gap.filled("它多重?", "水泵") == filled


def test_braces_of_a_topic_are_only_text() -> None:
    assert Gap(0, 1, "{}的").filled("它?", "{0} {x}") == "{0} {x}的?"
