"""The manual says the same in both languages."""

from __future__ import annotations

import re

import pytest

from .manual import ROOT, Block, page

NAMES = sorted(path.name for path in (ROOT / "docs" / "en").glob("*.md"))
_WORDS = re.compile(
    r"""(["'“”])(?:(?!\1).)*\1|#.*|\d+-\d+|[^\x00-\x7f]+"""
)  # quoted texts, comments, positions, Chinese


def bare(block: Block) -> list[str]:
    """The lines of a block without what may differ with the language; printed text differs in every line."""
    if block.language in ("text", "markdown", "json", "jsonl", "tsv", "python"):
        return []
    lines = (_WORDS.sub("", line.replace("/zh/", "/")).split() for line in block.text.splitlines())
    return [" ".join(line) for line in lines]


def test_both_languages_have_the_same_pages() -> None:
    assert sorted(path.name for path in (ROOT / "docs" / "zh").glob("*.md")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_the_same_headings_and_blocks_in_both_languages(name: str) -> None:
    en, zh = (page(ROOT / "docs" / language / name) for language in ("en", "zh"))
    assert en.outline() == zh.outline()
    blocks = list(en.blocks()), list(zh.blocks())
    assert [block.language for block in blocks[0]] == [block.language for block in blocks[1]]
    assert [bare(block) for block in blocks[0]] == [bare(block) for block in blocks[1]]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_the_same_tables_in_both_languages(name: str) -> None:
    rows = [
        [row.count("|") for row in re.findall(r"^\|.*\|$", page(ROOT / "docs" / language / name).text, re.MULTILINE)]
        for language in ("en", "zh")
    ]
    assert rows[0] == rows[1]
