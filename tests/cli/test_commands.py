"""Words that are no command."""

from __future__ import annotations

import pytest

from commands import Wenyuan


@pytest.mark.parametrize(
    ("word", "meant"),
    [("serach", "search"), ("ad", "add"), ("lst", "list"), ("rm", "delete"), ("query", "ask"), ("init", "add")],
)
def test_the_command_that_was_meant_is_named(wenyuan: Wenyuan, word: str, meant: str) -> None:
    done = wenyuan(word, "x")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"wenyuan: There is no command `wenyuan {word}`; did you mean `wenyuan {meant}`?\n"


def test_a_word_like_none_is_sent_to_the_help(wenyuan: Wenyuan) -> None:
    assert "see `wenyuan --help`" in wenyuan("zzz").err
    assert "see `wenyuan rules --help`" in wenyuan("rules", "zzz").err


def test_a_group_of_commands_knows_its_own_words(wenyuan: Wenyuan) -> None:
    assert "did you mean `wenyuan rules check`?" in wenyuan("rules", "chek").err
    assert "see `wenyuan rules --help`" in wenyuan("rules", "ls").err, "`list` is no command of this group"
