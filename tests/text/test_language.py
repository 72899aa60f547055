"""The language of a text is that of its script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.text.language import language


@pytest.mark.parametrize(
    "text",
    [
        "如何重置密码？",
        "軟體授權",
        "PPR-9087 的保修期多长",
        "WiFi 连不上怎么办",
        "水",
        "𠮷野家在哪",
        "E1024 错误",
        "📄 文档",
        "？！",
        "123。",
    ],
)
def test_chinese(text: str) -> None:
    assert language(text) == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "How do I reset the password?",
        "What does the character 水 mean in this manual",
        "PPR-9087",
        "12345",
        "",
        "😀",
        "Où est la gare",
    ],
)
def test_english_and_all_else(text: str) -> None:
    assert language(text) == "en"


@given(st.text())
def test_every_text_has_one(text: str) -> None:
    assert language(text) in ("zh", "en")
