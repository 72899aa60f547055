"""The form in which figures are looked for: as long as the text, and every place known in both."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.quantities.folding import folded


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("１２．５％", "12.5%"),
        ("１，３５０，０００", "1,350,000"),
        ("在２０２０，３００人", "在2020，300人"),
        ("貳萬圓", "贰万元"),
        ("5–10", "5-10"),
        ("5～10", "5~10"),
        ("⼆⼗", "二十"),
        ("10³ m²", "10³ m²"),
    ],
)
def test_forms(text: str, form: str) -> None:
    assert folded(text).text == form


@given(st.text())
def test_every_place_is_known_in_the_text(text: str) -> None:
    form = folded(text)
    spans = [form.span(at, at + 1) for at in range(len(form.text))]
    assert all(end == start + 1 for start, end in spans)
    assert [start for start, _ in spans] == sorted({start for start, _ in spans})
    assert all(
        folded(text[start:end]).text in (character, "，")
        for (start, end), character in zip(spans, form.text, strict=True)
    )


def test_a_span_leaves_out_what_is_invisible_behind_it() -> None:
    assert folded("a\u200b1\u200b2\u200bb").span(1, 3) == (2, 5)
