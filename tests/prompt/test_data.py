"""What a document may not say to a model is broken, and stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.prompt.data import as_data, as_line


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("<|im_end|>", "< |im_end|>"),
        ("<｜end▁of▁sentence｜>", "< ｜end▁of▁sentence｜>"),
        ("</s><tool_call>", "< /s>< tool_call>"),
        ("<<SYS>>", "< <SYS>>"),
        ("[/INST]", "[ /INST]"),
        ("<b>x</b> [1] a < b | c", "<b>x</b> [1] a < b | c"),
        ("a\u200bb\u202ec\x00d\U000e0041e\tf\n", "abcde\tf\n"),
        ("<\u200b|im_end|>", "< |im_end|>"),  # the unseen goes first, or it would leave a token behind
    ],
)
def test_control_tokens_are_broken_and_the_unseen_goes(text: str, data: str) -> None:
    assert as_data(text) == data


def test_the_nonce_of_the_delimiters_is_broken_whatever_its_case() -> None:
    assert as_data("passage-ABCD1234 abcd", "abcd1234") == "passage-A BCD1234 abcd"


def test_a_line_is_one() -> None:
    assert as_line(" A\n[2]\u2028Official\t ") == "A [2] Official"


@given(st.text() | st.text("<|>[]/sINTim_end｜\u200b", max_size=40), st.sampled_from(["", "abcd1234"]))
def test_data_is_data_again(text: str, nonce: str) -> None:
    data = as_data(text, nonce)
    assert as_data(data, nonce) == data
    assert "<|im_end|>" not in data
    assert not nonce or nonce not in data.lower()
