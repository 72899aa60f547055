"""Normal forms: what a reader sees as the same text becomes the same text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.normalise import fold, normalise


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ＡＢＣ　１２３！", "ABC 123!"),
        ("  多 \t\n 行\u3000文本  ", "多 行 文本"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
        ("葛\U000e0100飾", "葛飾"),  # an ideographic variation selector
        ("e\u200d\u0301", "é"),  # a joiner between a letter and its accent
        ("ﬁle ①", "file 1"),
        ("\u202eabc\u202c", "abc"),
        ("👩🏽 ok", "👩🏽 ok"),
        ("\u200b \ufeff", ""),
        ("", ""),
    ],
)
def test_normal_form(typed: str, expected: str) -> None:
    assert normalise(typed) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("軟體與網路", "软体与网路"),
        ("資料庫連線", "资料库连线"),
        ("Café", "cafe\u0301".replace("cafe", "Cafe")),
        ("PPR-9087", "ｐｐｒ－９０８７"),
        ("PPR-9087", "ppr‑9087"),  # the hyphen that does not break, as word processors write it
        ("PPR-9087", "PPR−9087"),  # a minus sign
        ("PPR-9087", "PPR–9087"),  # an en dash, as PDF files have it
    ],
)
def test_folding_makes_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("PPR-9087", "PPR-9086"), ("软件", "硬件"), ("a b", "ab")])
def test_folding_keeps_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_normalising_again_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == once.strip()
    assert "  " not in once


@given(st.text(), st.text())
def test_invisible_characters_and_kind_of_space_make_no_difference(left: str, right: str) -> None:
    assert fold(f"{left} {right}") == fold(f"{left}\u3000\u200b\u00a0{right}\ufeff")
