"""The word lists."""

from __future__ import annotations

import pytest

from wenyuan.conversation.lexicon import characters, listed, ranked


def test_a_list_is_a_set_or_keeps_its_order() -> None:
    assert {"这", "个"} & listed("zh", "measures") == {"个"}
    assert frozenset(ranked("zh", "opening")) == listed("zh", "opening")
    assert listed("en", "function") & {"the", "of"} == {"the", "of"}
    assert set(characters("edges")) >= {"的"}


def test_a_list_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        listed("en", "no such list")
